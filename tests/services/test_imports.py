"""Imports: what is reported is what the database holds, whatever the file looks like."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say
from domain.actors import SYSTEM
from domain.contacts import ContactFilter, FieldType, ImportStatus
from domain.errors import Conflict, DomainError, Invalid
from domain.imports import UpdatePolicy
from services.contacts import fields, groups, search, write
from services.contacts.write import ContactChange
from services.imports import preview, report, run
from tests.services.imports.uploads import EVERYONE, MESSY, csv_of, ready, text_of, uploaded


async def test_numbers_add_up_and_equal_the_database(session: AsyncSession, tmp_path: Path) -> None:
    await fields.create(session, SYSTEM, label="Born", kind=FieldType.DATE)
    record = await ready(session, MESSY, tmp_path, new_group="Spring")
    assert record.mapping == ["name", "phone", "", "field:born", "consent"]
    counts = await run.check(session, record.id, data_dir=tmp_path)
    assert (counts.rows, counts.new, counts.duplicate, counts.invalid) == (8, 4, 1, 3)
    assert counts.importable + counts.duplicate + counts.invalid == counts.rows
    assert await search.count(session, EVERYONE) == 0
    assert (await preview.get(session, record.id)).status is ImportStatus.PREVIEWED

    done = await run.run(session, record.id, data_dir=tmp_path)
    assert replace(done, dry_run=True) == counts
    assert await search.count(session, EVERYONE) == done.new == 4
    group = (await groups.every(session))[0]
    assert (group.name, group.members) == ("Spring", done.grouped)
    page = await search.page(session, ContactFilter(search="Ana"))
    assert page.items[0].fields == {"born": "1990-05-01"}
    assert page.items[0].marketing_opt_out_at is None
    stopped = (await search.page(session, ContactFilter(opted_out=True))).items
    assert {item.name for item in stopped} == {"Bia", "Caio"}


async def test_row_errors_come_back_as_the_rows_they_were(
    session: AsyncSession, tmp_path: Path
) -> None:
    await fields.create(session, SYSTEM, label="Born", kind=FieldType.DATE)
    record = await ready(session, MESSY, tmp_path)
    await run.check(session, record.id, data_dir=tmp_path)
    lines = list(csv.reader((await text_of(report.errors_csv(session, record, say))).splitlines()))
    assert lines[0] == ["\ufeffName", "Phone", "City", "Born", "Consent", "line", "problem"]
    by_line = {row[-2]: row for row in lines[1:]}
    assert set(by_line) == {"4", "5", "6", "7", "8"}
    assert by_line["4"][:2] == ["Ana again", "'+55 11 8765-4321"]
    assert by_line["4"][-1] == "Phone: Same number as line 2."
    assert "digits only" in by_line["5"][-1]
    assert "quotation mark" in by_line["6"][-1]
    assert by_line["7"][-1].startswith("Imported without this value: Born: write a date")
    assert "Consent: “perhaps” is neither yes nor no" in by_line["7"][-1]
    assert "more cells" in by_line["8"][-1]
    reasons = {code: number for code, _, number in await report.reasons(session, record.id)}
    assert reasons["duplicate"] == 1


@pytest.mark.parametrize(
    ("policy", "name", "city", "counts"),
    [
        (UpdatePolicy.FILL, "Ana", "Rio", (0, 1, 0)),
        (UpdatePolicy.OVERWRITE, "Ana Maria", "Rio", (0, 1, 0)),
        (UpdatePolicy.SKIP, "Ana", None, (0, 0, 1)),
    ],
)
async def test_known_contacts_follow_the_policy(
    session: AsyncSession,
    tmp_path: Path,
    policy: UpdatePolicy,
    name: str,
    city: str | None,
    counts: tuple[int, int, int],
) -> None:
    await fields.create(session, SYSTEM, label="City", kind=FieldType.TEXT)
    known = await write.create(session, SYSTEM, ContactChange(phone="+5511987654321", name="Ana"))
    content = "Name,Phone,City\nAna Maria,+551187654321,Rio\n"
    record = await ready(session, content, tmp_path, policy=policy)
    tried = await run.check(session, record.id, data_dir=tmp_path)
    done = await run.run(session, record.id, data_dir=tmp_path)
    assert (tried.new, tried.updated, tried.unchanged) == counts
    assert (done.new, done.updated, done.unchanged) == counts
    contact = await search.get(session, known.id)
    assert (contact.name, contact.fields.get("city")) == (name, city)
    assert contact.phone == "+5511987654321"


async def test_importing_the_same_file_twice_changes_nothing(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = "Name,Phone\n" + "".join(f"P{i},+55119876{i:05}\n" for i in range(2500))
    first = await ready(session, content, tmp_path)
    assert (await run.run(session, first.id, data_dir=tmp_path)).new == 2500
    again = await ready(session, content, tmp_path, policy=UpdatePolicy.OVERWRITE)
    counts = await run.run(session, again.id, data_dir=tmp_path)
    assert (counts.new, counts.updated, counts.unchanged) == (0, 0, 2500)
    stamps = text("SELECT count(*) FROM contacts WHERE updated_at <> created_at")
    assert (await session.execute(stamps)).scalar_one() == 0


async def test_consent_in_a_file_never_lifts_an_opt_out(
    session: AsyncSession, tmp_path: Path
) -> None:
    wanted = ContactChange(phone="+5511987654321", opted_out=True)
    known = await write.create(session, SYSTEM, wanted)
    content = "Phone,Consent\n+5511987654321,yes\n"
    record = await ready(session, content, tmp_path, policy=UpdatePolicy.OVERWRITE)
    await run.run(session, record.id, data_dir=tmp_path)
    assert (await search.get(session, known.id)).marketing_opt_out_at is not None


async def test_new_columns_become_fields(session: AsyncSession, tmp_path: Path) -> None:
    record = await uploaded(session, b"Phone,Plan,Plan\n+5511987654321,Gold,3\n", tmp_path)
    mapping = ["phone", "new:text", "new:number"]
    record = await preview.set_mapping(session, record, record.options, mapping)
    await run.check(session, record.id, data_dir=tmp_path)
    assert await fields.every(session) == []
    await run.run(session, record.id, data_dir=tmp_path)
    assert [field.key for field in await fields.every(session)] == ["plan", "plan_2"]
    page = await search.page(session, ContactFilter())
    assert page.items[0].fields == {"plan": "Gold", "plan_2": "3"}


# The next tests commit, so they get their own database.


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import_empty"),
        (b"\xef\xbb\xbf\n \n", "import_empty"),
        (b"Name,Phone\n", "import_empty"),
        (b"%PDF-1.7 ...", "import_binary"),
        (bytes(range(256)) * 40, "import_binary"),
        (b"\xd0\xcf\x11\xe0" + b"a" * 100, "import_binary"),
        (b"PK\x03\x04" + b"a" * 100, "import_binary"),
        (b"a," * 600 + b"\n" + b"1," * 600, "import_columns"),
        (b"a,b\n" * 400_000, "import_too_large"),
    ],
)
async def test_files_that_are_no_table_are_refused(
    session: AsyncSession, tmp_path: Path, data: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        await uploaded(session, data, tmp_path)
    assert refusal.value.code == code
    assert list((tmp_path / "imports").iterdir()) == []


@pytest.mark.parametrize(
    ("encoding", "delimiter", "newline"),
    [
        ("utf-8", ",", "\n"),
        ("utf-8", "|", "\r"),
        ("utf-8-sig", ";", "\r\n"),
        ("utf-16", "\t", "\r\n"),
        ("utf-16-le", ",", "\n"),
        ("utf-16-be", ";", "\n"),
        ("cp1252", ";", "\r\n"),
        ("latin-1", "\t", "\r"),
    ],
)
async def test_every_dialect_is_read(
    session: AsyncSession, tmp_path: Path, encoding: str, delimiter: str, newline: str
) -> None:
    rows = [["Nome", "Telefone"], *([f"João {i}", f"+55119876543{i:02}"] for i in range(20))]
    content = "".join(delimiter.join(row) + newline for row in rows)
    record = await ready(session, content.encode(encoding), tmp_path)
    counts = await run.run(session, record.id, data_dir=tmp_path)
    assert counts.new == 20
    page = await search.page(session, ContactFilter())
    assert {contact.name for contact in page.items} == {f"João {i}" for i in range(20)}


async def test_a_file_of_200_columns_and_nul_characters(
    session: AsyncSession, tmp_path: Path
) -> None:
    header = ["Phone", "Name", *(f"c{i}" for i in range(198))]
    content = csv_of([header, ["+5511987654321", "A\x00na", *("\x00x" for _ in range(198))]])
    record = await uploaded(session, content.encode(), tmp_path)
    mapping = ["phone", "name", *("new:text" for _ in range(198))]
    record = await preview.set_mapping(session, record, record.options, mapping)
    assert (await run.run(session, record.id, data_dir=tmp_path)).new == 1
    contact = (await search.page(session, ContactFilter())).items[0]
    assert (contact.name, len(contact.fields)) == ("Ana", 198)


async def test_a_workbook_is_read_like_a_table(session: AsyncSession, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Name", "Phone"], ["Ana", 5511987654321], ["Bia", "+55 11 98765-4322"]):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    record = await uploaded(session, stream.getvalue(), tmp_path, "people.xlsx")
    assert (await run.run(session, record.id, data_dir=tmp_path)).new == 2


async def test_reading_can_be_corrected(session: AsyncSession, tmp_path: Path) -> None:
    data = "Имя;Телефон\nЮлия;+5511987654321\n".encode("cp1251")
    record = await uploaded(session, data, tmp_path)
    options = replace(record.options, encoding="cp1251")
    record = await preview.reread(session, record, options, tmp_path)
    assert record.mapping == ["name", "phone"]
    _, rows = await preview.first_rows(session, record, tmp_path)
    assert rows[0].name == "Юлия"
    with pytest.raises(Invalid):
        await preview.reread(session, record, replace(options, encoding="rot13"), tmp_path)


async def test_a_lost_file_is_said_and_can_fail_the_import(
    session: AsyncSession, tmp_path: Path
) -> None:
    record = await ready(session, "Phone\n+5511987654321\n", tmp_path)
    await run.start(session, record.id)
    (tmp_path / record.file_path).unlink()
    with pytest.raises(DomainError) as refusal:
        await run.run(session, record.id, data_dir=tmp_path)
    await run.fail(session, record.id, refusal.value.sentence)
    failed = await preview.get(session, record.id)
    assert (failed.status, failed.error) == (ImportStatus.FAILED, refusal.value.sentence.packed())


async def test_a_started_import_can_no_longer_be_changed(
    session: AsyncSession, tmp_path: Path
) -> None:
    record = await ready(session, "Phone\n+5511987654321\n", tmp_path)
    await run.start(session, record.id)
    with pytest.raises(Conflict):
        await preview.get_open(session, record.id)


async def test_history_is_newest_first_and_paged(session: AsyncSession, tmp_path: Path) -> None:
    made = [(await ready(session, f"Phone\n+551198765432{i}\n", tmp_path)).id for i in range(3)]
    first = await report.history(session, limit=2)
    assert [record.id for record in first.items] == [made[2], made[1]]
    rest = await report.history(session, before=first.next_before, limit=2)
    assert [record.id for record in rest.items] == [made[0]]
    assert rest.next_before is None
