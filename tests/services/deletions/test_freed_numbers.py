"""Using the number or name of something deleted a moment ago means something new."""

import ast
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.campaigns import CampaignType, Variable
from domain.errors import Conflict
from domain.imports import ImportCounts
from services import deletions, demo, samples
from services.campaigns import push
from services.campaigns.drafts import write as drafts
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.files import intake
from services.campaigns.files.intake import Reading, Upload
from services.campaigns.launching import freezing, launch
from services.campaigns.push import Given
from services.contacts import write
from services.contacts.write import ContactChange
from services.demo import DemoNumber
from services.imports import preview, run, upload
from services.messages.address import Address, resolve
from services.vault import Vault, new_key
from tests import factories
from tests.deliveries import SENDER, as_bytes, envelope, value
from tests.services.deletions.conftest import (
    ANA,
    Sessions,
    column,
    delete,
    go,
    person,
    undo,
)
from tests.services.receiving.conftest import receive, said

pytestmark = pytest.mark.fault("8B6")

ROOT = Path(__file__).parents[3]
PHONE, OTHER = f"+{SENDER}", "+34611999888"
FILE = f"Name,Phone\nAfter,{PHONE}\nOther,{OTHER}\n"


async def import_file(
    sessions: Sessions, folder: Path, content: str = FILE, group: str = ""
) -> ImportCounts:
    """A file, checked and imported: both must say the same."""
    async with sessions.begin() as session:
        record = await upload.upload(
            session, user_id=None, file_name="a.csv", source=io.BytesIO(content.encode()),
            data_dir=folder, max_bytes=10_000,
        )  # fmt: skip
        options = replace(record.options, default_region="ES", new_group=group)
        record = await preview.set_mapping(session, record, options, record.mapping)
        checked = await run.check(session, record.id, data_dir=folder)
        done = await run.run(session, record.id, data_dir=folder)
    assert (checked.new, checked.updated, checked.unchanged) == (
        done.new,
        done.updated,
        done.unchanged,
    )
    assert checked.grouped == done.grouped
    return done


async def imported(sessions: Sessions, folder: Path) -> None:
    done = await import_file(sessions, folder)
    assert (done.new, done.unchanged) == (2, 0)


async def created(sessions: Sessions, _: Path) -> None:
    async with sessions.begin() as session:
        await write.create(session, ANA, ContactChange(phone=PHONE, name="After"))


async def given_another_number(sessions: Sessions, _: Path) -> None:
    (other,) = await column(sessions, f"id FROM contacts WHERE phone = '{OTHER}'")
    assert isinstance(other, UUID)
    async with sessions.begin() as session:
        await write.update(session, ANA, other, ContactChange(phone=PHONE))


async def written_to(sessions: Sessions, _: Path) -> None:
    async with sessions.begin() as session:
        await resolve(session, ANA, Address(None, None, PHONE))


async def draft_of(session: AsyncSession, kind: CampaignType) -> UUID:
    """A draft on the number."""
    (channel_id,) = (await session.scalars(text("SELECT id FROM channels"))).all()
    template_id = await factories.template(session)
    made = await drafts.create(session, SYSTEM, "From outside", kind)
    change = DraftChange(
        channel_id=channel_id, template_id=template_id, variables={"body.1": Variable("", "you")}
    )
    await drafts.change(session, made.id, SYSTEM, change, None)
    return made.id


async def in_a_file(sessions: Sessions, folder: Path) -> None:
    async with sessions.begin() as session:
        campaign_id = await draft_of(session, CampaignType.CSV)
        sent = Upload("people.csv", io.BytesIO(FILE.encode()), folder, 10_000)
        await intake.take(session, campaign_id, SYSTEM, sent, Reading())
        await launch.launch(session, campaign_id, SYSTEM, factories.NOW)
        assert await freezing.freeze(session, campaign_id) == 2


async def _pushed(sessions: Sessions, *, frozen: bool) -> None:
    async with sessions.begin() as session:
        campaign_id = await draft_of(session, CampaignType.API)
        if frozen:
            await launch.launch(session, campaign_id, SYSTEM, factories.NOW)
            await freezing.freeze(session, campaign_id)
        (answer,) = await push.push(session, campaign_id, SYSTEM, [Given(PHONE)])
        assert answer.status.value == "accepted"
        if not frozen:
            await launch.launch(session, campaign_id, SYSTEM, factories.NOW)
            await freezing.freeze(session, campaign_id)


async def handed_in(sessions: Sessions, _: Path) -> None:
    await _pushed(sessions, frozen=True)


async def handed_in_before(sessions: Sessions, _: Path) -> None:
    await _pushed(sessions, frozen=False)


Way = Callable[[Sessions, Path], Awaitable[None]]
WAYS: list[Way] = [
    imported, created, given_another_number, written_to, in_a_file, handed_in, handed_in_before,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_what_comes_in_under_a_number_that_goes_stays(
    sessions: Sessions, tmp_path: Path, way: Way
) -> None:
    await person(sessions, OTHER, "Other")
    before = await person(sessions, PHONE)
    kept = await person(sessions, "+34611777666", "Also deleted")
    if way is imported:
        async with sessions.begin() as session:
            other = await column(sessions, f"id FROM contacts WHERE phone = '{OTHER}'")
            await deletions.contact(session, ANA, UUID(str(other[0])))
    deletion = await delete(sessions, before, kept)
    await way(sessions, tmp_path)
    (after,) = await column(sessions, f"id FROM contacts WHERE phone = '{PHONE}'")
    assert after != before
    assert await column(sessions, f"id FROM contacts WHERE id = '{before}'") == []
    assert await undo(sessions, deletion) == 1
    deletion = await delete(sessions, kept)
    await go(sessions)
    there = await column(sessions, "phone FROM contacts ORDER BY phone")
    assert there == ([PHONE] if way is given_another_number else [PHONE, OTHER])
    with pytest.raises(Conflict):
        await undo(sessions, deletion)


async def test_what_somebody_had_stopped_comes_back_with_their_number(
    sessions: Sessions, tmp_path: Path
) -> None:
    before = await person(sessions, PHONE)
    async with sessions.begin() as session:
        await write.update(session, ANA, before, ContactChange(opted_out=True))
    await delete(sessions, before)
    await import_file(sessions, tmp_path)
    await go(sessions)
    stopped = "phone FROM contacts WHERE marketing_opt_out_at IS NOT NULL"
    assert await column(sessions, stopped) == [PHONE]


async def test_an_import_that_takes_everybody_leaves_nothing_to_take_back(
    sessions: Sessions, tmp_path: Path
) -> None:
    await person(sessions, PHONE)
    await person(sessions, OTHER)
    deletion = await delete(sessions)
    await imported(sessions, tmp_path)
    with pytest.raises(Conflict) as late:
        await undo(sessions, deletion)
    assert late.value.code == "deleted_already"
    await go(sessions)
    assert await column(sessions, "name FROM contacts ORDER BY name") == ["After", "Other"]
    assert await column(sessions, "data FROM journal WHERE kind = 'contacts.deleted'") == [
        {"contacts": 2}
    ]


async def test_a_file_that_is_only_checked_deletes_nobody(
    sessions: Sessions, tmp_path: Path
) -> None:
    before = await person(sessions, PHONE)
    deletion = await delete(sessions, before)
    async with sessions.begin() as session:
        record = await upload.upload(
            session, user_id=None, file_name="a.csv", source=io.BytesIO(FILE.encode()),
            data_dir=tmp_path, max_bytes=10_000,
        )  # fmt: skip
        record = await preview.set_mapping(session, record, record.options, record.mapping)
        assert (await run.check(session, record.id, data_dir=tmp_path)).new == 2
    assert await undo(sessions, deletion) == 0


async def test_the_demo_makes_its_people_again(sessions: Sessions) -> None:
    phone = samples.special_people()[0].phone
    await person(sessions, phone)
    await delete(sessions)
    number = DemoNumber(factories.PHONE_NUMBER_ID, factories.WABA_ID, "token", "secret", "verify")
    async with sessions.begin() as session:
        await demo.seed(
            session, Vault([new_key()]), simulator_url="http://127.0.0.1:1", number=number,
            admin_password="a long password",
        )  # fmt: skip
    await go(sessions)
    assert await column(sessions, f"phone FROM contacts WHERE phone = '{phone}'") == [phone]


# Nobody is forgotten

KNOWN = {
    "store/contacts.py": created,
    "store/imports/staging.py": imported,
    "store/campaigns/audience.py": in_a_file,
    "store/campaigns/pushing.py": handed_in,
    "store/demo.py": test_the_demo_makes_its_people_again,
    "store/receiving/identities.py": "tests/services/deletions/test_waits.py",
    "store/generated.py": "makes people for benchmarks and tests, in a database of their own",
}
"""Every place that makes contacts by their number, and what decides that it frees the number."""


def makes_contacts(tree: ast.AST) -> bool:
    """Whether a module inserts contacts, as SQL or by the table."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and "INSERT INTO contacts" in str(node.value):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node) in {
            "upsert(ContactRow)",
            "insert(ContactRow)",
        }:
            return True
    return False


def test_every_place_that_makes_contacts_is_known() -> None:
    files = [path for path in (ROOT / "store").rglob("*.py") if "migrations" not in path.parts]
    found = {path for path in files if makes_contacts(ast.parse(path.read_text()))}
    assert {path.relative_to(ROOT).as_posix() for path in found} == set(KNOWN)


async def test_a_message_frees_who_is_over_their_time(sessions: Sessions) -> None:
    before = await person(sessions, PHONE)
    await delete(sessions, before)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE deletions SET due_at = now()"))
    await receive(sessions, as_bytes(envelope(("messages", value(messages=[said("Hello")])))))
    (after,) = await column(sessions, "contact_id FROM conversations")
    assert after != before
    await go(sessions)
    assert await column(sessions, "body FROM messages") == ["Hello"]
