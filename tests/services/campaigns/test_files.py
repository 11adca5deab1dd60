"""Files of CSV campaigns: read in any shape, and frozen with every row accounted for."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say
from domain.actors import SYSTEM
from domain.campaigns import CampaignType, Variable
from domain.entries import FileSource
from domain.errors import Conflict, Invalid
from domain.sentences import Sentence
from services.campaigns import report
from services.campaigns.drafts import preview, write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.files import consent, entry_rows, intake, loading
from services.campaigns.files.intake import Reading, Upload
from services.campaigns.launching import freezing, launch, preflight
from services.vault import Vault, new_key
from tests import factories
from tests.words import refused_with

VAULT = Vault([new_key()])
NAMED: list[Any] = [
    {
        "type": "BODY",
        "text": "Hi {{1}}, {{2}} is ready.",
        "example": {"body_text": [["Mara", "bread"]]},
    }
]
PEOPLE = """Name;WhatsApp;Product
Ana;+34 611 000 001;bread
Ben;0034611000002;cake
Ana again;+34611000001;tea
Nobody;12;tea
Carla;+55 11 8765-4321;
Carla too;+55 11 98765-4321;pie
Extra;+34 611 000 003;a;b
"""


async def prepared(session: AsyncSession, *, category: str = "UTILITY") -> UUID:
    channel_id = await factories.channel(session, VAULT)
    template_id = await factories.template(session, category=category, components=NAMED)
    made = await write.create(session, SYSTEM, "From a file", CampaignType.CSV)
    change = DraftChange(channel_id=channel_id, template_id=template_id)
    await write.change(session, made.id, SYSTEM, change, None)
    return made.id


async def load(
    session: AsyncSession,
    campaign_id: UUID,
    folder: Path,
    content: str | bytes,
    wanted: Reading | None = None,
) -> FileSource:
    raw = content.encode() if isinstance(content, str) else content
    upload = Upload("people.csv", io.BytesIO(raw), folder, 10_000_000)
    return await intake.take(session, campaign_id, SYSTEM, upload, wanted or Reading())


def chosen(found: object) -> FileSource:
    assert isinstance(found, FileSource)
    return found


async def mapped(session: AsyncSession, campaign_id: UUID, default: str = "") -> None:
    values = {
        "body.1": Variable("column:Name", "friend"),
        "body.2": Variable("column:Product", default),
    }
    await write.change(session, campaign_id, SYSTEM, DraftChange(variables=values), None)


async def launched(session: AsyncSession, campaign_id: UUID) -> int:
    await launch.launch(session, campaign_id, SYSTEM, factories.NOW)
    return await freezing.freeze(session, campaign_id)


async def test_every_row_is_usable_or_says_why_not(session: AsyncSession, tmp_path: Path) -> None:
    campaign_id = await prepared(session)
    source = await load(session, campaign_id, tmp_path, PEOPLE)
    assert (source.phone_column, source.name_column) == ("WhatsApp", "Name")
    assert (source.rows, source.usable, source.duplicate, source.invalid) == (7, 3, 2, 2)
    lines = "".join([line async for line in intake.problems_csv(session, campaign_id, say)])
    assert lines.removeprefix("\ufeff").splitlines() == [
        "Name,WhatsApp,Product,line,problem",
        "Ana again,+34611000001,tea,4,The same number appears earlier in the file.",
        f"Nobody,12,tea,5,{say(Sentence('phone_country.file'))}",
        "Carla too,'+55 11 98765-4321,pie,7,The same number appears earlier in the file.",
        'Extra,\'+34 611 000 003,"a, b",8,The row has more cells than the table has columns.',
    ]
    assert list(tmp_path.rglob("*.csv")) == []  # nothing of a person is left on disk


async def test_the_audience_is_the_file_and_its_sums_are_true(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await prepared(session)
    await load(session, campaign_id, tmp_path, PEOPLE)
    await mapped(session, campaign_id)
    check = await preflight.check(session, campaign_id, factories.NOW)
    assert check.problems == {}
    assert check.preflight.total == 2
    assert check.preflight.excluded == {"missing_variable": 1, "invalid": 2, "duplicate": 2}
    assert await launched(session, campaign_id) == 2
    assert await freezing.freeze(session, campaign_id) == 2
    found = await report.report(session, campaign_id)
    assert found.exclusions == check.preflight.excluded
    assert (found.campaign.progress.total, found.campaign.progress.excluded) == (2, 5)
    query = text("""
        SELECT r.seq, r.phone, r.variables, c.name, c.source
        FROM campaign_recipients r JOIN contacts c ON c.id = r.contact_id ORDER BY seq""")
    assert [tuple(row) for row in (await session.execute(query)).all()] == [
        (1, "+34611000001", ["Ana", "bread"], "Ana", "campaign"),
        (2, "+34611000002", ["Ben", "cake"], "Ben", "campaign"),
    ]


async def test_people_you_know_keep_their_rules_and_their_names(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await prepared(session, category="MARKETING")
    await session.execute(
        text("""
        INSERT INTO contacts (id, phone, phone_key, name, blocked_at, marketing_opt_out_at) VALUES
        (gen_random_uuid(), '+34611000001', '34611000001', 'Blocked', now(), NULL),
        (gen_random_uuid(), '+34611000002', '34611000002', 'Opted out', NULL, now()),
        (gen_random_uuid(), '+34611000003', '34611000003', 'Known', NULL, NULL)""")
    )
    rows = "\n".join(f"P{n},+3461100000{n},x" for n in (1, 2, 3))
    await load(
        session, campaign_id, tmp_path, f"Name,Phone,Product\n{rows}\nUS,+1 212 555 0123,x\n"
    )
    values = {"body.1": Variable("name"), "body.2": Variable("column:Product")}
    await write.change(session, campaign_id, SYSTEM, DraftChange(variables=values), None)
    excluded = {"contact_blocked": 1, "opted_out": 1, "us_marketing": 1}
    check = await preflight.check(session, campaign_id, factories.NOW)
    assert (check.preflight.total, check.preflight.excluded) == (1, excluded)
    view = await report.one(session, campaign_id)
    for reason, name in (("us_marketing", "US"), ("opted_out", "Opted out")):
        found = await preview.left_out(session, view, reason)
        assert [person.name for person in found] == [name]
    assert await launched(session, campaign_id) == 1
    query = text("SELECT variables FROM campaign_recipients")
    assert (await session.execute(query)).scalar_one() == ["Known", "x"]
    assert (await report.report(session, campaign_id)).exclusions == excluded


async def test_another_column_or_country_is_read_without_a_new_upload(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await prepared(session)
    content = "Home,Mobile\n912345678,611000001\n+34912345679,611000002\n912345678,611000001\n"
    source = await load(session, campaign_id, tmp_path, content)
    assert source.usable < 3
    source = chosen(await intake.choose(session, campaign_id, SYSTEM, "Mobile", "ES"))
    assert (source.usable, source.duplicate, source.invalid) == (2, 1, 0)
    source = chosen(await intake.choose(session, campaign_id, SYSTEM, "Home", "ES"))
    assert (source.usable, source.duplicate, source.invalid) == (2, 1, 0)
    with refused_with(Invalid, "column"):
        await intake.choose(session, campaign_id, SYSTEM, "Work", "ES")
    with refused_with(Invalid, "country"):
        await intake.choose(session, campaign_id, SYSTEM, "Home", "XX")


async def test_variables_are_guessed_by_the_names_of_columns(
    session: AsyncSession, tmp_path: Path
) -> None:
    named: list[Any] = [{"type": "BODY", "text": "Hi {{first_name}}", "example": {}}]
    template_id = await factories.template(session, components=named)
    await session.execute(text("UPDATE templates SET parameter_format = 'NAMED'"))
    session.expire_all()
    made = await write.create(session, SYSTEM, "Guess", CampaignType.CSV)
    await write.change(session, made.id, SYSTEM, DraftChange(template_id=template_id), None)
    await load(session, made.id, tmp_path, "Phone,First name\n+34611000001,Ana\n")
    assert (await report.one(session, made.id)).variables == {
        "body.first_name": {"field": "column:First name", "default": ""}
    }
    message = await preview.message(session, await report.one(session, made.id))
    assert message is not None
    assert message.examples[0].shown["body"] == "Hi Ana"
    await load(session, made.id, tmp_path, "Phone,Vorname\n+34611000001,Ana\n")
    problems = (await preflight.check(session, made.id, factories.NOW)).problems
    assert (
        "variables" in problems
        or (await report.one(session, made.id)).variables["body.first_name"]["field"]
        != "column:First name"
    )


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Phone", "Product"])
    sheet.append([34611000001, "bread"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


async def test_a_workbook_is_read_like_a_table(session: AsyncSession, tmp_path: Path) -> None:
    campaign_id = await prepared(session)
    source = await load(session, campaign_id, tmp_path, workbook())
    assert (source.columns, source.usable) == (["Phone", "Product"], 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import_empty"),
        (b"\n\n  \n", "import_empty"),
        (b"Phone,Name\n", "import_empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "import_binary"),
        (b"%PDF-1.7 nothing", "import_binary"),
        (b"PK\x03\x04 not a workbook", "import_binary"),
        (
            (",".join(f"c{n}" for n in range(501)) + "\n" + "," * 500 + "\n").encode(),
            "import_columns",
        ),
        (b"Phone\n" + b"+34611000001\n" * 400_000 * 3, "import_too_large"),
    ],
)
async def test_a_file_that_is_no_table_has_one_clear_message_and_harms_nothing(
    session: AsyncSession, tmp_path: Path, content: bytes, code: str
) -> None:
    campaign_id = await prepared(session)
    before = await load(session, campaign_id, tmp_path, PEOPLE)
    with pytest.raises(Invalid) as caught:
        await load(session, campaign_id, tmp_path, content)
    assert caught.value.code == code
    assert (await report.one(session, campaign_id)).file == before
    assert (await preflight.check(session, campaign_id, factories.NOW)).preflight.excluded


async def test_a_file_without_numbers_asks_for_the_column(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await prepared(session)
    source = await load(session, campaign_id, tmp_path, "Name,City\nAna,Madrid\n")
    assert (source.phone_column, source.rows, source.usable) == ("", 1, 0)
    problems = (await preflight.check(session, campaign_id, factories.NOW)).problems
    assert "No column of the file looks like phone numbers" in say(problems["audience"])


async def test_more_than_a_million_rows_are_refused(
    session: AsyncSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "ROW_LIMIT", 2)
    campaign_id = await prepared(session)
    with refused_with(Invalid, "2 rows"):
        await load(session, campaign_id, tmp_path, PEOPLE)


async def test_odd_text_is_kept_as_it_is(session: AsyncSession, tmp_path: Path) -> None:
    campaign_id = await prepared(session)
    content = 'Phone,Name,Name\n+34611000001,"a\tb\\n""c""\nd",\u00e9\x00\u2028\U0001f600\n'
    source = await load(session, campaign_id, tmp_path, content)
    assert source.columns == ["Phone", "Name", "Name (2)"]
    stored = (await session.execute(text("SELECT values FROM campaign_entries"))).scalar_one()
    assert stored["Name"] == 'a\tb\\n"c"\nd'
    assert stored["Name (2)"] == "\u00e9\u2028\U0001f600"


async def test_a_file_belongs_to_a_draft(session: AsyncSession, tmp_path: Path) -> None:
    campaign_id = await prepared(session)
    await load(session, campaign_id, tmp_path, PEOPLE)
    await mapped(session, campaign_id, "something")
    await launched(session, campaign_id)
    with pytest.raises(Conflict):
        await load(session, campaign_id, tmp_path, PEOPLE)
    with pytest.raises(Conflict):
        await intake.choose(session, campaign_id, SYSTEM, "Name", "")


async def test_a_draft_without_a_file_cannot_be_launched(session: AsyncSession) -> None:
    campaign_id = await prepared(session)
    problems = (await preflight.check(session, campaign_id, factories.NOW)).problems
    assert "Upload the file" in say(problems["audience"])
    with refused_with(Conflict, "no file"):
        await intake.choose(session, campaign_id, SYSTEM, "Phone", "")


async def test_changing_one_s_mind_about_the_type_loses_no_file(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await prepared(session)
    await load(session, campaign_id, tmp_path, PEOPLE)
    for kind in (CampaignType.CONTACTS, CampaignType.API):
        await write.change(session, campaign_id, SYSTEM, DraftChange(type=kind), None)
        check = await preflight.check(session, campaign_id, factories.NOW)
        assert check.preflight.total == 0
    await write.change(session, campaign_id, SYSTEM, DraftChange(type=CampaignType.CSV), None)
    await mapped(session, campaign_id)
    assert (await preflight.check(session, campaign_id, factories.NOW)).preflight.total == 2


async def test_whoever_uploads_hears_how_far_it_is(
    session: AsyncSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CHUNK", 100)
    monkeypatch.setattr(loading, "TELL_EVERY_S", 0.0)
    heard: list[float] = []

    async def tell(done: int, total: int) -> None:
        heard.append(done / total)

    content = "Phone\n" + "".join(f"+346110{number:05}\n" for number in range(3000))
    campaign_id = await prepared(session)
    upload = Upload("people.csv", io.BytesIO(content.encode()), tmp_path, 10_000_000, tell)
    assert (await intake.take(session, campaign_id, SYSTEM, upload, Reading())).usable == 3000
    assert heard == sorted(heard)
    assert len(heard) > 5
    assert heard[0] < 0.5
    assert heard[-1] == 1.0


DAMAGED = (
    b'Name,Phone\nAna,+34611000001\n"Open,+34611000002\nJo\xe3o,+34611000003\n'
    b"Bo,+34611000004\nEva,+34611000005,more\n"
)


@pytest.mark.parametrize("kept", [0, 1, 1000])
async def test_rows_that_cannot_be_read_are_kept_up_to_a_number_and_all_counted(
    session: AsyncSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(entry_rows, "KEPT_ERRORS", kept)
    campaign_id = await prepared(session)
    source = await load(session, campaign_id, tmp_path, DAMAGED, Reading(encoding="utf-8"))
    assert (source.rows, source.usable) == (5, 2)
    problems = text("SELECT problem FROM campaign_entries WHERE problem IS NOT NULL ORDER BY row")
    found = (await session.scalars(problems)).all()
    assert found == ["unclosed_quote", "undecodable", "extra_cells"][:kept]


async def test_a_file_without_names_of_columns_is_all_people(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await prepared(session)
    people = "Ana,+34611000001\nBo,+34611000002\n"
    source = await load(session, campaign_id, tmp_path, people, Reading(has_header=False))
    assert (source.columns, source.usable) == (["Column 1", "Column 2"], 2)


async def test_a_column_of_many_different_texts_is_not_about_consent(
    session: AsyncSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = await prepared(session)
    with pytest.raises(Conflict):
        await consent.choose(session, campaign_id, SYSTEM, "Marketing")
    people = "Phone,Marketing\n+34611000001,yes\n+34611000002,no\n+34611000003,perhaps\n"
    await load(session, campaign_id, tmp_path, people)
    chosen = await consent.choose(session, campaign_id, SYSTEM, "Marketing")
    assert (chosen.consent_column, chosen.unclear_consents) == ("Marketing", ["perhaps"])
    monkeypatch.setattr(consent, "MOST_ANSWERS", 2)
    for column, key in (
        ("Marketing", "campaign_file_consent.answers"),
        ("Name", "campaign_file_consent"),
    ):
        with pytest.raises(Invalid) as refused:
            await consent.choose(session, campaign_id, SYSTEM, column)
        assert refused.value.sentence.key == key
    assert (await consent.choose(session, campaign_id, SYSTEM, "")).consent_column == ""
