"""Imports and campaign files on real tables: unclear numbers, countries, names of fields, exports (issue 7)."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say, say_error
from domain.actors import SYSTEM
from domain.campaigns import CampaignType
from domain.contacts import ContactFilter, CustomField, FieldType, Selection
from domain.entries import FileSource
from domain.errors import Invalid
from domain.imports import Import, ImportCounts
from domain.mappings import detect_mapping
from domain.numbering import Written
from domain.sentences import Sentence
from domain.tables import csv_line, safe_cell
from services.campaigns import report as campaign_report
from services.campaigns.drafts import preview as campaign_preview
from services.campaigns.drafts import write as drafts
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.files import intake as files
from services.campaigns.files.intake import Reading, Upload
from services.campaigns.launching import freezing, launch, preflight
from services.contacts import fields, search, write
from services.contacts.write import ContactChange
from services.imports import preview, report, run, upload
from services.vault import Vault, new_key
from store import fields as stored_fields
from tests import factories
from tests.words import refused_with, words_of

VAULT = Vault([new_key()])
GERMAN = [f"49171{n:07}" for n in range(1234560, 1234572)]


async def imported(
    session: AsyncSession, content: str, folder: Path, **options: Any
) -> tuple[Import, ImportCounts]:
    record = await upload.upload(
        session,
        user_id=None,
        file_name="people.csv",
        source=io.BytesIO(content.encode()),
        data_dir=folder,
        max_bytes=10_000_000,
    )
    wanted = replace(record.options, **options)
    record = await preview.set_mapping(session, record, wanted, record.mapping)
    tried = await run.check(session, record.id, data_dir=folder)
    done = await run.run(session, record.id, data_dir=folder)
    assert replace(done, dry_run=True) == tried
    return record, done


async def phones_of(session: AsyncSession) -> list[str]:
    rows = await session.execute(text("SELECT phone FROM contacts ORDER BY phone"))
    return list(rows.scalars())


async def lines_of(stream: AsyncIterator[str]) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join([part async for part in stream]))))


def table(*rows: str, header: str = "Name,Phone") -> str:
    return "\n".join([header, *(f"P{n},{row}" for n, row in enumerate(rows, 1))]) + "\n"


@pytest.mark.fault("B1")
async def test_an_import_takes_what_the_whole_file_shows(
    session: AsyncSession, tmp_path: Path
) -> None:
    _, counts = await imported(session, table(*GERMAN), tmp_path, default_region="DE")
    assert (counts.new, counts.unclear, counts.countries) == (12, 0, {"DE": 12})
    assert await phones_of(session) == [f"+{number}" for number in GERMAN]


@pytest.mark.fault("B1")
async def test_an_unclear_number_is_counted_reported_and_never_stored(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = table("491711234567", "+34611000106", "12")
    record, counts = await imported(session, content, tmp_path, default_region="DE")
    assert (counts.rows, counts.new, counts.invalid, counts.unclear) == (3, 1, 1, 1)
    assert await phones_of(session) == ["+34611000106"]
    reasons = {code: message for code, message, _ in await report.reasons(session, record.id)}
    assert "+49491711234567 or +491711234567 (Germany)" in words_of(reasons["phone_unclear"])
    lines = await lines_of(report.errors_csv(session, record, say))
    assert lines[1][:3] == ["P1", "491711234567", "2"]
    assert "Start with +" in lines[1][-1]


@pytest.mark.fault("B1")
async def test_a_person_can_say_how_the_file_is_written(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = table("51987654321")
    _, unclear = await imported(session, content, tmp_path, default_region="BR")
    assert (unclear.new, unclear.unclear) == (0, 1)
    await imported(session, content, tmp_path, default_region="BR", written=Written.NATIONAL)
    await imported(session, content, tmp_path, default_region="BR", written=Written.INTERNATIONAL)
    assert await phones_of(session) == ["+51987654321", "+5551987654321"]


@pytest.mark.fault("B1")
async def test_old_and_new_plans_are_one_contact(session: AsyncSession, tmp_path: Path) -> None:
    content = table("+22990011234", "+2290190011234", "+22507123456", "+2250707123456")
    _, counts = await imported(session, content, tmp_path)
    assert (counts.new, counts.duplicate) == (2, 2)


@pytest.mark.fault("B2")
async def test_two_numbers_in_a_cell_are_unclear_in_an_import_and_in_a_campaign(
    session: AsyncSession, tmp_path: Path
) -> None:
    cells = ['"+34611000106, +34622000107"', "+34611000108 ::: +34911000108", "+34611000109/10"]
    record, counts = await imported(session, table(*cells), tmp_path)
    assert (counts.new, counts.unclear, counts.invalid) == (1, 2, 0)
    reasons = await report.reasons(session, record.id)
    assert reasons == [("phone_two", Sentence("phone_two"), 2)]
    source = await given(session, table(*cells), tmp_path)
    assert (source.usable, source.unclear, source.invalid) == (1, 2, 0)
    with refused_with(Invalid, "There are two numbers here"):
        await write.create(session, SYSTEM, ContactChange(phone="+34611000106 / +34622000107"))


async def drafted(session: AsyncSession) -> UUID:
    channel_id = await factories.channel(session, VAULT)
    components: list[Any] = [{"type": "BODY", "text": "Hello."}]
    template_id = await factories.template(session, category="UTILITY", components=components)
    made = await drafts.create(session, SYSTEM, "From a file", CampaignType.CSV)
    change = DraftChange(channel_id=channel_id, template_id=template_id)
    await drafts.change(session, made.id, SYSTEM, change, None)
    return made.id


async def given(
    session: AsyncSession, content: str, folder: Path, wanted: Reading | None = None
) -> Any:
    made = (await session.execute(text("SELECT id FROM campaigns LIMIT 1"))).scalar()
    made = made or await drafted(session)
    arriving = Upload("people.csv", io.BytesIO(content.encode()), folder, 10_000_000)
    await files.take(session, made, SYSTEM, arriving, wanted or Reading())
    view = await campaign_report.one(session, made)
    return view.file


@pytest.mark.fault("B1")
async def test_a_campaign_file_settles_its_numbers_and_sends_to_nobody_unclear(
    session: AsyncSession, tmp_path: Path
) -> None:
    source = await given(session, table(*GERMAN), tmp_path, Reading(default_region="DE"))
    assert (source.usable, source.unclear, source.countries) == (12, 0, {"DE": 12})
    row = text("SELECT campaign_id FROM campaign_entries LIMIT 1")
    campaign_id = (await session.execute(row)).scalar_one()
    mixed = table(*GERMAN[:5], *(f"171{n:07}" for n in range(1000000, 1000004)))
    arriving = Upload("people.csv", io.BytesIO(mixed.encode()), tmp_path, 10_000_000)
    source = await files.take(session, campaign_id, SYSTEM, arriving, Reading(default_region="DE"))
    assert (source.rows, source.usable, source.unclear, source.invalid) == (9, 4, 5, 0)
    check = await preflight.check(session, campaign_id, factories.NOW)
    assert (check.preflight.total, check.preflight.excluded) == (4, {"unclear": 5})
    lines = await lines_of(files.problems_csv(session, campaign_id, say))
    assert lines[1][:3] == ["P1", GERMAN[0], "2"]
    assert f"+49{GERMAN[0]} or +{GERMAN[0]} (Germany)" in lines[1][-1]
    said = await files.choose(session, campaign_id, SYSTEM, "Phone", "DE", Written.INTERNATIONAL)
    assert isinstance(said, FileSource)
    assert (said.usable, said.unclear) == (9, 0)
    await launch.launch(session, campaign_id, SYSTEM, factories.NOW)
    assert await freezing.freeze(session, campaign_id) == 9
    query = text("SELECT phone FROM campaign_recipients ORDER BY seq")
    sent_to = list((await session.execute(query)).scalars())
    assert sent_to == [
        *(f"+{n}" for n in GERMAN[:5]),
        *(f"+49171{n}" for n in range(1000000, 1000004)),
    ]


@pytest.mark.fault("B3")
async def test_the_order_number_is_not_written_to(session: AsyncSession, tmp_path: Path) -> None:
    rows = "\n".join(f"55119876500{n:02},+34 611 000 0{n:02}" for n in range(10, 20))
    source = await given(session, f"Order no,Billing Phone\n{rows}\n", tmp_path)
    assert (source.phone_column, source.countries) == ("Billing Phone", {"ES": 10})
    unsure = await given(session, f"Order no,Reference\n{rows.replace('+34 ', '')}\n", tmp_path)
    assert (unsure.phone_column, unsure.usable) == ("", 0)
    record = await upload.upload(
        session,
        user_id=None,
        file_name="orders.csv",
        source=io.BytesIO(f"Order no,Contacts A\n{rows.replace('+34 ', '')}\n".encode()),
        data_dir=tmp_path,
        max_bytes=1_000_000,
    )
    assert "phone" not in record.mapping
    views = await preview.columns(record, tmp_path)
    question = preview.phone_question(views, record)
    assert [item.header for item in question] == ["Contacts A"]
    assert len(question[0].samples) == 3


@pytest.mark.fault("B3")
async def test_a_country_that_nothing_suggests_is_pointed_out(
    session: AsyncSession, tmp_path: Path
) -> None:
    spain = [f"+346110001{n:02},Sevilla" for n in range(60)]
    content = table(*spain, "+5511987654321,Sevilla", header="Name,Phone,City")
    _, counts = await imported(session, content, tmp_path)
    assert (counts.countries, counts.surprising) == ({"ES": 60, "BR": 1}, ["BR"])
    named = table(*spain, "+5511987654321,Brasil", header="Name,Phone,Country")
    _, counts = await imported(session, named, tmp_path)
    assert counts.surprising == []
    assert (await given(session, content, tmp_path)).surprising == ["BR"]


@pytest.mark.fault("B6")
@pytest.mark.parametrize(
    "label",
    ["First name", "first_name", "FIRST-NAME", "Vorname", "Prénom", "Nome", "Телефон", "Consent"],
)
async def test_a_field_has_no_built_in_name(session: AsyncSession, label: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await fields.create(session, SYSTEM, label=label, kind=FieldType.TEXT)
    assert refusal.value.code == "field_reserved"
    assert label in say_error(refusal.value)
    made = await fields.create(session, SYSTEM, label="Nickname", kind=FieldType.TEXT)
    with pytest.raises(Invalid):
        await fields.update(session, SYSTEM, made.key, label=label)


@pytest.mark.fault("B6")
async def test_a_column_becomes_no_field_of_a_built_in_name(
    session: AsyncSession, tmp_path: Path
) -> None:
    await fields.create(session, SYSTEM, label="City", kind=FieldType.TEXT)
    for header, code in (("First name", "field_reserved"), ("CITY", "field_known")):
        record = await upload.upload(
            session,
            user_id=None,
            file_name="people.csv",
            source=io.BytesIO(f"Phone,{header}\n+34611000106,Ana\n".encode()),
            data_dir=tmp_path,
            max_bytes=1_000_000,
        )
        with pytest.raises(Invalid) as refusal:
            await preview.set_mapping(session, record, record.options, ["phone", "new:text"])
        assert refusal.value.code == code


@pytest.mark.fault("B6")
async def test_a_field_from_before_does_not_take_a_half_of_the_name(
    session: AsyncSession, tmp_path: Path
) -> None:
    old = CustomField("first_name", "First name", FieldType.TEXT)
    await stored_fields.create(session, old)
    content = "First name,Last name,Phone\nAna,Souza,+34611000106\n"
    await imported(session, content, tmp_path)
    page = await search.page(session, ContactFilter())
    assert [(person.name, person.fields) for person in page.items] == [("Ana Souza", {})]
    lines = await lines_of(search.export(session, Selection()))
    assert lines[0][-1] == "First name (field)"
    assert detect_mapping(["First name (field)"], [], [old]) == ["field:first_name"]


@pytest.mark.fault("C9")
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b"])
@pytest.mark.parametrize(
    "front",
    ["", "\n", "\r\n", "\t", " ", "  \n", "\u00a0", "\u200b", "\ufeff", "\x00", "\x0b", "\u2028"],
)
def test_a_formula_behind_blanks_is_disarmed(front: str, sign: str) -> None:
    cell = f"{front}{sign}HYPERLINK(1)"
    cut = front.strip(" ") in {"\n", "\r\n", "\t"}  # a cell may begin behind it too
    safe = f"'{front}'{sign}HYPERLINK(1)" if cut else f"'{cell}"
    assert safe_cell(cell) == safe
    assert next(csv.reader(io.StringIO(csv_line(["a", cell]), newline="")))[1] == safe


@pytest.mark.fault("C9")
async def test_exports_and_reports_hold_no_formula(session: AsyncSession, tmp_path: Path) -> None:
    bad = "\n=cmd|' /C calc'!A0"
    content = f'Phone,"{bad}",Name\n12,"{bad}",x\n+34611000106,ok,"{bad}"\n'
    record, _ = await imported(session, content, tmp_path)
    cells = [
        cell for line in await lines_of(report.errors_csv(session, record, say)) for cell in line
    ]
    made = await fields.create(session, SYSTEM, label="Note", kind=FieldType.TEXT)
    await session.execute(
        text(
            "UPDATE contacts SET name = CAST(:bad AS text), fields = jsonb_build_object(CAST(:key AS text), CAST(:bad AS text))"
        ),
        {"bad": bad, "key": made.key},
    )
    cells += [cell for line in await lines_of(search.export(session, Selection())) for cell in line]
    assert sum("=cmd" in cell for cell in cells) >= 3
    assert [cell for cell in cells if cell.lstrip("\ufeff\n ").startswith("=")] == []


@pytest.mark.fault("B6")
@pytest.mark.parametrize(
    ("headers", "cells", "name"),
    [
        ("First name,Last name", "Ada,Lovelace", "Ada Lovelace"),
        ("Nachname,Vorname", "Groß,Dieter", "Dieter Groß"),
        ("Last name,City", "Lovelace,London", "Lovelace"),
        ("Name,Surname", "Ada,Lovelace", "Ada Lovelace"),
        ("First name,Last name", " ,Lovelace ", "Lovelace"),
        ("Full name,City", "Ada King,London", "Ada King"),
        ("City,Shop", "London,A", ""),
    ],
)
async def test_people_of_a_campaign_file_get_their_whole_name(
    session: AsyncSession, tmp_path: Path, headers: str, cells: str, name: str
) -> None:
    await given(session, f"{headers},Phone\n{cells},+34611000101\n", tmp_path)
    made = (await session.execute(text("SELECT id FROM campaigns LIMIT 1"))).scalar_one()
    view = await campaign_report.one(session, made)
    assert await campaign_preview.sample(session, view, 5) == [(name, "+34611000101")]
    await launch.launch(session, made, SYSTEM, factories.NOW)
    assert await freezing.freeze(session, made) == 1
    assert list((await session.execute(text("SELECT name FROM contacts"))).scalars()) == [name]


WATI = "Name,CountryCode,Phone\nA,34,611000106\nB,33,612345678\nC,351,912345678\nD,34,34622000107\n"
THEIRS = ["+33612345678", "+34611000106", "+34622000107", "+351912345678"]


@pytest.mark.fault("B1")
async def test_a_column_with_calling_codes_counts_in_imports_and_campaign_files(
    session: AsyncSession, tmp_path: Path
) -> None:
    _, counts = await imported(session, WATI, tmp_path, default_region="ES")
    assert (counts.new, counts.unclear, counts.countries) == (4, 0, {"ES": 2, "FR": 1, "PT": 1})
    assert await phones_of(session) == THEIRS
    source = await given(session, WATI, tmp_path, Reading(default_region="DE"))
    assert (source.usable, source.country_column) == (4, "CountryCode")
    query = text("SELECT phone FROM campaign_entries ORDER BY phone")
    assert list((await session.execute(query)).scalars()) == THEIRS
    row = text("SELECT campaign_id FROM campaign_entries LIMIT 1")
    campaign_id = (await session.execute(row)).scalar_one()
    chosen = await files.choose(session, campaign_id, SYSTEM, "Phone", "ES")
    assert isinstance(chosen, FileSource)
    assert list((await session.execute(query)).scalars()) == THEIRS


@pytest.mark.fault("B3")
@pytest.mark.parametrize(
    ("heading", "code", "surprising"),
    [
        ("CountryCode", "49", []), ("Country code", "+49", []), ("Country", "Deutschland", []),
        ("Country", "Germany (+49)", []), ("Age", "49", ["DE"]), ("CountryCode", "", ["DE"]),
    ],
)  # fmt: skip
async def test_a_country_column_in_any_spelling_is_evidence(
    session: AsyncSession, tmp_path: Path, heading: str, code: str, surprising: list[str]
) -> None:
    content = table(
        "34,+34611000106", "34,+34611000107", f"{code},+491711000010",
        header=f"Name,{heading},Phone",
    )  # fmt: skip
    _, counts = await imported(session, content, tmp_path, default_region="ES")
    assert (counts.countries, counts.surprising) == ({"ES": 2, "DE": 1}, surprising)
    source = await given(session, content, tmp_path, Reading(default_region="ES"))
    assert source.surprising == surprising
