"""What a file says about consent is kept with who, when and which file; a no always counts."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say
from domain.actors import SYSTEM
from domain.campaigns import Audience, CampaignType, Variable
from domain.consent import Standing
from domain.consent_answers import consent_of
from domain.contacts import ContactFilter, Selection
from domain.errors import Conflict, Invalid
from services.campaigns import report
from services.campaigns.drafts import write as drafts
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.files import consent as file_consent
from services.campaigns.files import intake
from services.campaigns.files.intake import Reading, Upload
from services.campaigns.launching import freezing, launch, preflight
from services.campaigns.views import CampaignView
from services.contacts import consent, search, write
from services.contacts.write import ContactChange
from services.imports import preview, run
from services.vault import Vault, new_key
from tests import factories
from tests.services.campaigns import test_files
from tests.services.imports.uploads import uploaded

pytestmark = pytest.mark.fault("A5")

FILE = """Name,Phone,Consent
Yes,+34611000001,yes
No,+34611000002,No
Open,+34611000003,
Twice,+34611000004,yes
Again,+34611000004,unsubscribed
"""


async def take(session: AsyncSession, folder: Path, content: str, *, agreed: bool = False) -> None:
    record = await uploaded(session, content.encode(), folder)
    options = replace(record.options, agreed=agreed)
    record = await preview.set_mapping(session, record, options, record.mapping)
    await run.check(session, record.id, data_dir=folder)
    await run.run(session, record.id, data_dir=folder)


async def standings(session: AsyncSession) -> dict[str, Standing]:
    page = await search.page(session, ContactFilter(), limit=50)
    return {item.name: item.consent for item in page.items}


async def test_a_file_says_it_person_by_person(session: AsyncSession, tmp_path: Path) -> None:
    for _ in range(2):  # every month the same file
        await take(session, tmp_path, FILE)
        assert await standings(session) == {
            "Yes": Standing.AGREED, "No": Standing.STOPPED, "Open": Standing.NEVER_ASKED,
            "Twice": Standing.STOPPED,
        }  # fmt: skip
        assert await session.scalar(text("SELECT count(*) FROM consents")) == 3
    for kind, names in (
        (Standing.STOPPED, {"No", "Twice"}), (Standing.AGREED, {"Yes"}), (Standing.NEVER_ASKED, {"Open"}),
    ):  # fmt: skip
        found = await search.page(session, ContactFilter(consent=kind))
        assert {item.name for item in found.items} == names
    stopped = (await search.page(session, ContactFilter(search="No"))).items[0]
    told = await consent.history(session, stopped.id)
    assert [(say(item.sentence), item.detail) for item in told] == [
        ("The imported file said no", "a.csv")
    ]


async def test_an_export_tells_who_agreed_from_who_was_never_asked(
    session: AsyncSession, tmp_path: Path
) -> None:
    await take(session, tmp_path, FILE)
    before = await standings(session)
    told = "".join([part async for part in search.export(session, Selection())])
    rows = csv.DictReader(io.StringIO(told.removeprefix("\ufeff")))
    assert {row["name"]: row["consent"] for row in rows} == {
        "Yes": "yes", "No": "no", "Open": "", "Twice": "no",
    }  # fmt: skip
    await session.execute(text("DELETE FROM consents"))
    await session.execute(text("DELETE FROM contacts"))
    await take(session, tmp_path, told)
    assert await standings(session) == before


async def test_without_a_column_nobody_was_asked_unless_somebody_says_so(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = "Name,Phone\nAna,+34611000001\nBea,+34611000002\n"
    await take(session, tmp_path, content)
    assert set((await standings(session)).values()) == {Standing.NEVER_ASKED}
    ana = (await search.page(session, ContactFilter(search="Ana"))).items[0]
    await consent.stop(session, SYSTEM, ana.id)
    await take(session, tmp_path, content, agreed=True)
    # A yes in a file lifts nothing that somebody stopped.
    assert await standings(session) == {"Ana": Standing.STOPPED, "Bea": Standing.AGREED}


async def test_an_import_brings_a_deleted_person_back_as_opted_out(
    session: AsyncSession, tmp_path: Path
) -> None:
    await take(session, tmp_path, FILE)
    gone = (await search.page(session, ContactFilter(search="No"))).items[0]
    await write.delete(session, SYSTEM, gone.id)
    await take(session, tmp_path, FILE.replace(",No\n", ",\n"), agreed=True)
    assert (await standings(session))["No"] is Standing.STOPPED


async def test_a_contact_that_is_added_by_hand_was_not_asked(session: AsyncSession) -> None:
    made = await write.create(session, SYSTEM, ContactChange(phone="+34611000001"))
    assert made.consent is Standing.NEVER_ASKED


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        ("yes", True), ("Opted in", True), ("SUBSCRIBED", True), ("1", True), ("acepto", True), ("einverstanden", True),
        ("no", False), ("Opt-out", False), ("unsubscribed", False), ("BAJA", False), ("0", False), ("abgemeldet", False),
        ("stop", False), ("perhaps", None), ("2024-05-01", None), ("✓", True), ("✔️", True), ("☐", False), ("❌", False),
        ("Not opted in", False), ("NOT_OPTED_IN", False), ("no consent", False), ("does not consent", False), ("No, thanks", False),
        ("Sin consentimiento", False), ("no suscrito", False), ("nicht zugestimmt", False), ("keine Einwilligung", False),
        ("non accepté", False), ("não aceito", False), ("brak zgody", False), ("без согласия", False), ("never_subscribed", False),
        ("please unsubscribe", False), ("not asked", None), ("not sure", None), ("no answer", None), ("pending", None),
    ],
)  # fmt: skip
def test_words_of_a_consent_column(cell: str, answer: bool | None) -> None:
    assert consent_of(cell) is answer


def test_a_mark_in_a_column_that_asks_to_stop_is_a_no() -> None:
    answers = [consent_of(cell, asks_to_stop=True) for cell in ("✓", "☐", "no consent", "?")]
    assert answers == [False, True, False, None]


# The file of a campaign.


async def _draft(
    session: AsyncSession, folder: Path, category: str, content: str = FILE
) -> CampaignView:
    channel_id = await factories.channel(session, Vault([new_key()]))
    template_id = await factories.template(session, category=category)
    created = await drafts.create(session, SYSTEM, "Spring", CampaignType.CSV)
    await test_files.load(session, created.id, folder, content)
    change = DraftChange(
        channel_id=channel_id,
        template_id=template_id,
        variables={"body.1": Variable("column:Name", "you")},
    )
    return await drafts.change(session, created.id, SYSTEM, change, None)


async def test_a_campaign_file_leaves_out_whom_it_says_no_for(
    session: AsyncSession, tmp_path: Path
) -> None:
    made = await _draft(session, tmp_path, "MARKETING", FILE + "Odd,+34611000005,perhaps\n")
    found = (await preflight.check(session, made.id, factories.NOW)).preflight
    assert (found.total, found.never_asked) == (2, 1)
    assert found.excluded == {"file_no_consent": 3, "duplicate": 1}
    await launch.launch(session, made.id, SYSTEM, factories.NOW)
    assert await freezing.freeze(session, made.id) == 2
    # It is kept as these people's opt-out, and as the others' agreement.
    assert await standings(session) == {
        "Yes": Standing.AGREED, "No": Standing.STOPPED, "Open": Standing.NEVER_ASKED,
        "Twice": Standing.STOPPED, "Odd": Standing.NEVER_ASKED,
    }  # fmt: skip
    no = (await search.page(session, ContactFilter(search="No"))).items[0]
    told = await consent.history(session, no.id)
    assert (say(told[0].sentence), told[0].detail) == ("A campaign's file said no", "Spring")


async def test_a_no_to_marketing_is_none_to_service_messages(
    session: AsyncSession, tmp_path: Path
) -> None:
    made = await _draft(session, tmp_path, "UTILITY")
    found = (await preflight.check(session, made.id, factories.NOW)).preflight
    assert (found.total, found.never_asked, found.excluded) == (4, 0, {"duplicate": 1})


async def test_another_column_may_say_it(session: AsyncSession, tmp_path: Path) -> None:
    content = (
        "Name,Phone,Wants news\nAna,+34611000001,si\nBea,+34611000002,baja\nEva,+34611000002,si\n"
    )
    made = await _draft(session, tmp_path, "MARKETING", content)
    assert (await preflight.check(session, made.id, factories.NOW)).preflight.never_asked == 2
    await file_consent.choose(session, made.id, SYSTEM, "Wants news")
    found = (await preflight.check(session, made.id, factories.NOW)).preflight
    assert (found.total, found.never_asked) == (1, 0)
    assert found.excluded == {"file_no_consent": 1, "duplicate": 1}
    await file_consent.choose(session, made.id, SYSTEM, "")
    assert (await preflight.check(session, made.id, factories.NOW)).preflight.never_asked == 2
    with pytest.raises(Invalid):
        await file_consent.choose(session, made.id, SYSTEM, "Nothing")


async def test_another_column_of_numbers_asks_every_person_anew(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = (
        "Name,Phone,Mobile,Consent\nAna,+34911000001,+34611000001,yes\n"
        "Bea,+34911000001,+34611000002,no\nEva,+34911000001,+34611000003,\n"
    )
    made = await _draft(session, tmp_path, "MARKETING", content)
    await intake.choose(session, made.id, SYSTEM, "Phone", "")
    found = (await preflight.check(session, made.id, factories.NOW)).preflight
    assert (found.total, found.excluded) == (0, {"file_no_consent": 1, "duplicate": 2})
    await intake.choose(session, made.id, SYSTEM, "Mobile", "")
    found = (await preflight.check(session, made.id, factories.NOW)).preflight
    assert (found.total, found.never_asked) == (2, 1)
    assert found.excluded == {"file_no_consent": 1}


async def test_a_file_that_waits_for_its_worker_is_not_lost(
    session: AsyncSession, tmp_path: Path
) -> None:
    made = await _draft(session, tmp_path, "MARKETING")
    arriving = Upload("people.csv", io.BytesIO(FILE.encode()), tmp_path, 10_000_000)
    waiting = await intake.submit(session, made.id, SYSTEM, arriving, Reading())
    assert waiting.source.consent_column == "Consent"
    with pytest.raises(Conflict):
        await file_consent.choose(session, made.id, SYSTEM, "")
    with pytest.raises(Conflict):
        await intake.choose(session, made.id, SYSTEM, "Phone", "")
    assert (await report.one(session, made.id)).pending == waiting


async def test_people_never_asked_can_be_left_out(session: AsyncSession, tmp_path: Path) -> None:
    made = await _draft(session, tmp_path, "MARKETING")
    await drafts.change(session, made.id, SYSTEM, DraftChange(agreed_only=True), None)
    found = (await preflight.check(session, made.id, factories.NOW)).preflight
    assert (found.total, found.never_asked) == (1, 0)
    assert found.excluded == {"file_no_consent": 2, "never_asked": 1, "duplicate": 1}


async def test_an_audience_counts_people_never_asked(session: AsyncSession, tmp_path: Path) -> None:
    await take(session, tmp_path, FILE)
    channel_id = await factories.channel(session, Vault([new_key()]))
    template_id = await factories.template(session, category="MARKETING")
    created = await drafts.create(session, SYSTEM, "Spring")
    change = DraftChange(
        channel_id=channel_id, template_id=template_id, audience=Audience(everyone=True),
        variables={"body.1": Variable("name", "you")},
    )  # fmt: skip
    await drafts.change(session, created.id, SYSTEM, change, None)
    found = (await preflight.check(session, created.id, factories.NOW)).preflight
    assert (found.total, found.never_asked, found.excluded) == (2, 1, {"opted_out": 2})
    only = replace(change, audience=Audience(everyone=True, agreed_only=True))
    await drafts.change(session, created.id, SYSTEM, only, None)
    found = (await preflight.check(session, created.id, factories.NOW)).preflight
    assert (found.total, found.excluded) == (1, {"opted_out": 2, "never_asked": 1})
