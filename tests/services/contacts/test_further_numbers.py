"""A person's other numbers are recognised everywhere: no second contact or message, no lost opt-out."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.campaigns import CampaignType, Variable
from domain.errors import Conflict
from domain.sentences import unpacked
from services.campaigns import push, report
from services.campaigns.drafts import preview
from services.campaigns.drafts import write as drafts
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import freezing, launch, preflight
from services.campaigns.push import Given
from services.contacts import search, write
from services.contacts.write import ContactChange
from services.imports import run
from services.messages import address
from services.messages.address import Address
from services.vault import Vault, new_key
from tests import factories
from tests.services.campaigns import test_files, test_push
from tests.services.imports.uploads import uploaded
from tests.words import refused_with, words_of

pytestmark = [pytest.mark.fault("A1"), pytest.mark.fault("A5")]

AGENT = Actor("user")
OWN, FURTHER, THIRD, LEFT, NEW = (f"3461100070{number}" for number in range(5))


@pytest.fixture(autouse=True)
async def ana(session: AsyncSession) -> UUID:
    """Somebody who stopped marketing, has two further numbers, and left a fourth."""
    made = await write.create(session, AGENT, ContactChange(phone=f"+{OWN}", name="Ana"))
    await write.update(session, AGENT, made.id, ContactChange(opted_out=True))
    await further(session, made.id)
    return made.id


async def further(session: AsyncSession, contact_id: UUID) -> None:
    await session.execute(
        text("""
        INSERT INTO contact_identities (kind, value, contact_id, since, until) VALUES
        ('phone', :further, :id, now(), NULL), ('phone', :third, :id, now(), NULL),
        ('phone', :left, :id, NULL, now() - interval '1 day'), ('user', 'ES.77', :id, now(), NULL)"""),
        {"further": FURTHER, "third": THIRD, "left": LEFT, "id": contact_id},
    )


async def everybody(session: AsyncSession) -> list[tuple[str, str, bool]]:
    """Number, name, and whether marketing is stopped."""
    rows = await session.execute(text("SELECT * FROM contacts ORDER BY phone_key"))
    return [(row.phone_key, row.name, row.marketing_opt_out_at is not None) for row in rows]


async def imported(session: AsyncSession, folder: Path, content: str) -> UUID:
    record = await uploaded(session, content.encode(), folder)
    found = await run.check(session, record.id, data_dir=folder)
    counts = await run.run(session, record.id, data_dir=folder)
    assert (counts.new, counts.updated, counts.unchanged) == (
        found.new, found.updated, found.unchanged,
    )  # fmt: skip
    assert counts.new + counts.updated + counts.unchanged + counts.duplicate == counts.rows
    return record.id


async def test_a_row_with_a_further_number_is_about_the_person(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = f"Name,Phone,Language\nAna Maria,+{FURTHER},es\nBen,+{NEW},de\nCarla,+{LEFT},it\n"
    await imported(session, tmp_path, content)
    assert await everybody(session) == [
        (OWN, "Ana", True), (LEFT, "Carla", False), (NEW, "Ben", False),
    ]  # fmt: skip
    language = await session.scalar(
        text("SELECT language FROM contacts WHERE phone_key = :key"), {"key": OWN}
    )
    assert language == "es"


async def test_several_numbers_of_one_person_in_a_file_are_one_row(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = f"Name,Phone\nAna,+{FURTHER}\nAna,+{OWN}\nAna,+{THIRD}\nBen,+{NEW}\nBen,+{NEW}\n"
    import_id = await imported(session, tmp_path, content)
    assert await everybody(session) == [(OWN, "Ana", True), (NEW, "Ben", False)]
    query = text("SELECT message FROM import_errors WHERE import_id = :id ORDER BY line")
    kept = await session.scalars(query, {"id": import_id})
    assert [words_of(unpacked(said)) for said in kept] == [
        "Same person as line 2, who has several numbers.",
        "Same person as line 2, who has several numbers.",
        "Same number as line 5.",
    ]


async def test_a_no_of_any_of_their_numbers_counts(session: AsyncSession, tmp_path: Path) -> None:
    person = await write.create(session, AGENT, ContactChange(phone=f"+{NEW}", name="Ben"))
    await session.execute(
        text("UPDATE contact_identities SET contact_id = :id WHERE kind = 'phone'"),
        {"id": person.id},
    )
    content = f"Name,Phone,Consent\nBen,+{NEW},yes\nBen,+{FURTHER},no\n"
    await imported(session, tmp_path, content)
    assert (await search.get(session, person.id)).marketing_opt_out_at is not None


async def test_a_further_number_is_taken(session: AsyncSession, ana: UUID) -> None:
    with refused_with(Conflict, "already has this phone number"):
        await write.create(session, AGENT, ContactChange(phone=f"+{FURTHER}"))
    other = await write.create(session, AGENT, ContactChange(phone=f"+{NEW}"))
    with refused_with(Conflict, "already has this phone number"):
        await write.update(session, AGENT, other.id, ContactChange(phone=f"+{FURTHER}"))
    # A number they left is free.
    await write.create(session, AGENT, ContactChange(phone=f"+{LEFT}"))
    await factories.channel(session, Vault([new_key()]))
    found = await address.resolve(session, SYSTEM, Address(None, None, f"+{FURTHER}"))
    assert found[1] == ana


async def test_the_team_may_choose_among_a_persons_numbers(
    session: AsyncSession, ana: UUID
) -> None:
    await write.update(session, AGENT, ana, ContactChange(phone=f"+{FURTHER}"))
    kept = await session.scalars(
        text(
            "SELECT value FROM contact_identities WHERE kind = 'phone' AND until IS NULL ORDER BY 1"
        )
    )
    assert list(kept) == [OWN, THIRD]
    with pytest.raises(Conflict):
        await write.create(session, AGENT, ContactChange(phone=f"+{OWN}"))
    assert await session.scalar(text("SELECT count(*) FROM suppressions")) == 0


FILE = f"""Name,Phone,Consent
Ana,+{OWN},yes
Ben,+{NEW},yes
Ana M,+{FURTHER},yes
A. Maria,+{THIRD},no
"""


async def drafted(session: AsyncSession, folder: Path, content: str, category: str) -> UUID:
    channel_id = await factories.channel(session, Vault([new_key()]))
    template_id = await factories.template(session, category=category)
    made = await drafts.create(session, SYSTEM, "Spring", CampaignType.CSV)
    await test_files.load(session, made.id, folder, content)
    change = DraftChange(
        channel_id=channel_id, template_id=template_id,
        variables={"body.1": Variable("column:Name", "you")},
    )  # fmt: skip
    await drafts.change(session, made.id, SYSTEM, change, None)
    return made.id


async def frozen(session: AsyncSession, campaign_id: UUID) -> list[tuple[str, str]]:
    """Freeze as counted before; number and name of each recipient."""
    before = (await preflight.check(session, campaign_id, factories.NOW)).preflight
    await launch.launch(session, campaign_id, SYSTEM, factories.NOW)
    assert await freezing.freeze(session, campaign_id) == before.total
    excluded = await session.scalar(
        text("SELECT excluded FROM campaign_counters WHERE campaign_id = :id"), {"id": campaign_id}
    )
    assert excluded == sum(before.excluded.values())
    query = text("SELECT * FROM campaign_recipients WHERE campaign_id = :id ORDER BY seq")
    rows = await session.execute(query, {"id": campaign_id})
    return [(row.phone, row.variables[0]) for row in rows]


async def test_a_campaigns_file_reaches_a_person_once(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await drafted(session, tmp_path, FILE, "UTILITY")
    found = (await preflight.check(session, campaign_id, factories.NOW)).preflight
    assert (found.total, found.excluded) == (2, {"duplicate": 2})
    campaign = await report.one(session, campaign_id)
    left = await preview.left_out(session, campaign, "duplicate")
    assert [person.row for person in left] == [4, 5]
    assert await frozen(session, campaign_id) == [(f"+{OWN}", "Ana"), (f"+{NEW}", "Ben")]


async def test_marketing_does_not_reach_who_stopped_by_a_further_number(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = "".join(FILE.splitlines(True)[i] for i in (0, 2, 3))  # the further number alone
    campaign_id = await drafted(session, tmp_path, content, "MARKETING")
    found = (await preflight.check(session, campaign_id, factories.NOW)).preflight
    assert (found.total, found.excluded) == (1, {"opted_out": 1})
    assert await frozen(session, campaign_id) == [(f"+{NEW}", "Ben")]
    assert await everybody(session) == [(OWN, "Ana", True), (NEW, "Ben", False)]


async def test_a_no_of_one_number_in_the_file_is_the_persons(
    session: AsyncSession, tmp_path: Path, ana: UUID
) -> None:
    await session.execute(text("DELETE FROM consents"))
    await session.execute(text("UPDATE contacts SET marketing_opt_out_at = NULL"))
    campaign_id = await drafted(session, tmp_path, FILE, "MARKETING")
    found = (await preflight.check(session, campaign_id, factories.NOW)).preflight
    assert (found.total, found.excluded) == (1, {"duplicate": 2, "file_no_consent": 1})
    assert await frozen(session, campaign_id) == [(f"+{NEW}", "Ben")]
    assert (await search.get(session, ana)).marketing_opt_out_at is not None


async def test_a_program_names_a_person_by_any_number(session: AsyncSession, ana: UUID) -> None:
    campaign_id = await test_push.prepared(session)
    people = [Given(f"+{number}", {"2": "x"}) for number in (FURTHER, NEW, OWN, NEW)]
    answers = await push.push(session, campaign_id, SYSTEM, people)
    assert [answer.status.value for answer in answers] == [
        "accepted", "accepted", "duplicate", "duplicate",
    ]  # fmt: skip
    assert [words_of(answer.detail) for answer in answers[2:]] == [
        "This person is in the list twice, with two numbers.", "This number is in the list twice.",
    ]  # fmt: skip
    assert await test_push.launched(session, campaign_id) == 2
    late = await push.push(session, campaign_id, SYSTEM, [Given(f"+{THIRD}", {"2": "x"})])
    assert late[0].status.value == "duplicate"
    assert [row[1] for row in await test_push.seqs(session, campaign_id)] == [f"+{OWN}", f"+{NEW}"]


async def test_whom_a_program_named_before_the_numbers_were_known_as_one_persons(
    session: AsyncSession, ana: UUID
) -> None:
    await session.execute(text("DELETE FROM contact_identities"))
    campaign_id = await test_push.prepared(session)
    people = [Given(f"+{number}", {"2": "x"}) for number in (FURTHER, NEW, OWN)]
    answers = await push.push(session, campaign_id, SYSTEM, people)
    assert {answer.status.value for answer in answers} == {"accepted"}
    await further(session, ana)
    assert await test_push.launched(session, campaign_id) == 2


# What outlives a deleted contact.


@pytest.mark.parametrize("back", [OWN, FURTHER, THIRD])
async def test_who_comes_back_by_any_of_their_numbers_is_still_opted_out(
    session: AsyncSession, ana: UUID, back: str
) -> None:
    await write.delete(session, AGENT, ana)
    again = await write.create(session, AGENT, ContactChange(phone=f"+{back}"))
    assert again.marketing_opt_out_at is not None
    # The others are remembered on their own: nobody knows yet that they are the same person's.
    for number in {OWN, FURTHER, THIRD} - {back}:
        other = await write.create(session, AGENT, ContactChange(phone=f"+{number}"))
        assert other.marketing_opt_out_at is not None
    stranger = await write.create(session, AGENT, ContactChange(phone=f"+{LEFT}"))
    assert stranger.marketing_opt_out_at is None


async def test_who_comes_back_by_their_id_alone_is_still_opted_out(
    session: AsyncSession, ana: UUID
) -> None:
    await write.delete(session, AGENT, ana)
    await write.create(
        session, AGENT, ContactChange(phone=f"+{OWN}")
    )  # spends nothing but the number
    await session.execute(
        text(
            "INSERT INTO contacts (id, bsuid, source) VALUES (gen_random_uuid(), 'ES.77', 'inbound')"
        )
    )
    stopped = await session.scalars(
        text("SELECT marketing_opt_out_at IS NOT NULL FROM contacts ORDER BY id")
    )
    assert list(stopped) == [True, True]


@pytest.mark.parametrize("by", ["further number", "id"])
async def test_what_is_learned_of_somebody_brings_their_opt_out_back(
    session: AsyncSession, ana: UUID, by: str
) -> None:
    await write.delete(session, AGENT, ana)
    other = await write.create(session, AGENT, ContactChange(phone=f"+{NEW}"))
    assert other.marketing_opt_out_at is None
    tie = (
        {"kind": "phone", "value": FURTHER}
        if by == "further number"
        else {"kind": "user", "value": "ES.77"}
    )
    insert = """INSERT INTO contact_identities (kind, value, contact_id) VALUES (:kind, :value, :id)
        ON CONFLICT (kind, value) DO UPDATE SET contact_id = excluded.contact_id"""
    await session.execute(text(insert), tie | {"id": other.id})
    assert (await search.get(session, other.id)).marketing_opt_out_at is not None
    facts = text("SELECT count(*) FROM consents WHERE contact_id = :id")
    # Learned again by another of them, it stays one fact.
    await session.execute(text(insert), {"kind": "phone", "value": OWN, "id": other.id})
    assert await session.scalar(facts, {"id": other.id}) == 1


async def test_what_was_allowed_again_meanwhile_stays_allowed(
    session: AsyncSession, ana: UUID
) -> None:
    await write.delete(session, AGENT, ana)
    again = await write.create(session, AGENT, ContactChange(phone=f"+{OWN}"))
    allowed = await write.update(session, AGENT, again.id, ContactChange(opted_out=False))
    assert allowed.marketing_opt_out_at is None
    await session.execute(
        text("INSERT INTO contact_identities (kind, value, contact_id) VALUES ('phone', :v, :id)"),
        {"v": FURTHER, "id": again.id},
    )
    assert (await search.get(session, again.id)).marketing_opt_out_at is None


async def test_a_row_from_before_keeps_the_half_that_did_not_come_back(
    session: AsyncSession,
) -> None:
    await session.execute(
        text("""INSERT INTO suppressions (phone_hash, bsuid_hash, facts) VALUES (
            sha256(convert_to(:key, 'UTF8')), sha256(convert_to('ES.88', 'UTF8')), CAST(:facts AS jsonb))"""),
        {
            "key": NEW,
            "facts": '[{"source": "keyword", "keepers": ["person"], "at": "2026-01-05T10:00:00Z"}]',
        },
    )
    first = await write.create(session, AGENT, ContactChange(phone=f"+{NEW}"))
    assert first.marketing_opt_out_at is not None
    await session.execute(
        text(
            "INSERT INTO contacts (id, bsuid, source) VALUES (gen_random_uuid(), 'ES.88', 'inbound')"
        )
    )
    stopped = text("SELECT marketing_opt_out_at FROM contacts WHERE bsuid = 'ES.88'")
    assert await session.scalar(stopped) is not None
    assert await session.scalar(text("SELECT count(*) FROM suppressions")) == 0


async def test_a_number_the_team_takes_from_a_person_stays_opted_out(
    session: AsyncSession, ana: UUID
) -> None:
    await write.update(session, AGENT, ana, ContactChange(phone=f"+{NEW}"))
    again = await write.create(session, AGENT, ContactChange(phone=f"+{OWN}"))
    assert again.marketing_opt_out_at is not None
