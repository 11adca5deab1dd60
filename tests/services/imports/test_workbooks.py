"""Workbooks: the sheet a person means, cells as they are shown, and bombs refused (issue 7, B4, B5, C3)."""

import io
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from domain.errors import Invalid
from domain.imports import ImportOptions
from services.imports import spreadsheets, tables
from services.imports.cell_formats import display
from services.imports.moments import exact, shown
from services.imports.reading import open_records
from tests.words import refused_with


def saved(book: Workbook, folder: Path) -> Path:
    path = folder / "people.xlsx"
    book.save(path)
    return path


def sheet_of(book: Workbook) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    return sheet


async def rows_of(
    path: Path, options: ImportOptions, text: Callable[[str], str] = shown
) -> list[list[str]]:
    readable, options = await tables.readable(path, options)
    opened = open_records(readable, "utf-8", ",", first_line=options.header_line)
    with opened as (records, _):
        return [[*map(text, record.cells)] for record in records][1:]


@pytest.mark.fault("B4")
async def test_the_first_visible_sheet_with_data_and_its_names(tmp_path: Path) -> None:
    book = Workbook()
    sheet_of(book).title = "Cover"
    hidden = book.create_sheet("Old")
    hidden.append(["Name", "Phone"])
    hidden.append(["Hidden", "+34611000199"])
    hidden.sheet_state = "hidden"
    people = book.create_sheet("People")
    people["A1"] = "Contacts of May"
    people.merge_cells("A1:C1")
    for row in ([], ["Name", "Phone", "City"], ["Ana", "+34611000101", "Vigo"]):
        people.append(row)
    other = book.create_sheet("Others")
    other.append(["Nombre", "Móvil"])
    other.append(["Eva", "+34611000102"])
    path = saved(book, tmp_path)
    seen = tables.glance(path, tables.detect(path), guess_header=True)
    assert (seen.options.sheets, seen.options.sheet) == (["People", "Others"], "People")
    assert (seen.options.headers, seen.options.header_line) == (["Name", "Phone", "City"], 3)
    assert await rows_of(path, seen.options) == [["Ana", "+34611000101", "Vigo"]]
    chosen = tables.glance(path, ImportOptions(sheet="Others"), guess_header=True)
    assert chosen.options.headers == ["Nombre", "Móvil"]
    assert await rows_of(path, chosen.options) == [["Eva", "+34611000102"]]
    with refused_with(Invalid, "sheet"):
        tables.glance(path, ImportOptions(sheet="Old"))


CELLS: list[tuple[Any, str, str, str]] = [
    (12.5, "0.00", "12.50", "12.50"),
    (1234.5, '#,##0.00\\ "€"', "1,234.50 €", "1,234.50 €"),
    (0.155, "0.0%", "15.5%", "15.5%"),
    (7, "00000", "00007", "00007"),
    (34611000106, "General", "34611000106", "34611000106"),
    (34611000106.0, "0", "34611000106", "34611000106"),
    ("900719925474099312", "@", "900719925474099312", "900719925474099312"),
    (0.1 + 0.2, "General", "0.3", "0.3"),
    (True, "General", "TRUE", "TRUE"),
    ("#N/A", "General", "", ""),
    (datetime(2026, 5, 1, 14, 30), "dd/mm/yyyy hh:mm", "01/05/2026 14:30", "2026-05-01 14:30"),
    (datetime(2026, 5, 1), "d mmm yyyy", "1 May 2026", "2026-05-01"),
    (datetime(2026, 5, 1), "[$-407]d. mmmm yyyy", "1. Mai 2026", "2026-05-01"),
    (datetime(2026, 5, 1, 14, 30), "dd.mm.yyyy", "01.05.2026", "2026-05-01"),
    (clock(14, 5), "h:mm", "14:05", "14:05"),
    (5551234567, "(000) 000-0000", "(555) 123-4567", "(555) 123-4567"),
    (-5, "0.00;[Red](0.00)", "(5.00)", "(5.00)"),
]


@pytest.mark.fault("B5")
async def test_cells_are_what_they_show(tmp_path: Path) -> None:
    book = Workbook()
    sheet = sheet_of(book)
    sheet.append(["Phone", "Value"])
    for number, (value, shape, _, _) in enumerate(CELLS, 2):
        sheet.cell(number, 1, f"+346110001{number:02}")
        cell = sheet.cell(number, 2, value)
        cell.number_format = shape
        if value == "#N/A":
            cell.data_type = "e"
    path = saved(book, tmp_path)
    options = tables.glance(path, tables.detect(path), guess_header=True).options
    for text, place in ((shown, 2), (exact, 3)):
        found = await rows_of(path, options, text)
        assert [(*row, "")[1] for row in found] == [cell[place] for cell in CELLS]


@pytest.mark.fault("B5")
@pytest.mark.parametrize(
    ("value", "shape", "text"),
    [
        (900719925474099312, "General", "900719925474099312"),
        (9.00719925474099e17, "General", "9.00719925474099E+17"),
        (5551234, "[<=9999999]000-0000;(000) 000-0000", "555-1234"),
        (0, '0;-0;"none"', "none"),
        (1500000, '0.0,,"M"', "1.5M"),
        (12345, "0.00E+00", "1.23E+04"),
        (-0.001, "0.00", "0.00"),
        (3.14159, "# ?/?", "3.14159"),
        (49.9, '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)', "$49.90"),
        (2.675, "0.00", "2.68"),
        (1e300, "0.00", "1E+300"),
        (datetime(2026, 5, 1), "mm-dd-yy", "2026-05-01"),
        (datetime(2026, 5, 1, 14, 5), "m/d/yyyy h:mm AM/PM", "5/1/2026 2:05 PM"),
    ],
)
def test_formats_that_people_use(value: Any, shape: str, text: str) -> None:
    assert display(value, shape) == text


def bomb(parts: dict[str, bytes], folder: Path) -> Path:
    """A workbook of one sheet in which some parts are replaced."""
    plain = Workbook()
    sheet_of(plain).append(["Phone"])
    stream = io.BytesIO()
    plain.save(stream)
    path = folder / "bomb.xlsx"
    with (
        zipfile.ZipFile(stream) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, parts.pop(name, b"") or named(source.read(name)))
        for name, data in parts.items():
            target.writestr(name, data)
    return path


def named(part: bytes) -> bytes:
    """The list of parts with the list of texts in it."""
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    strings = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/>'
    return part.replace(b"</Types>", strings + b"</Types>")


SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
NO_TEXTS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
NS = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet_xml(rows: bytes) -> bytes:
    return b"<worksheet " + NS + b"><sheetData>" + rows + b"</sheetData></worksheet>"


@pytest.mark.fault("C3")
def test_a_small_workbook_that_swells_is_refused_at_once(tmp_path: Path) -> None:
    row = b"<row>" + b'<c t="inlineStr"><is><t>aaaaaaaaaaaaaaaaaaaa</t></is></c>' * 50 + b"</row>"
    path = bomb({SHEET: sheet_xml(row * 10_000), STRINGS: NO_TEXTS}, tmp_path)
    assert path.stat().st_size < 200_000
    began = time.monotonic()
    with pytest.raises(Invalid) as refused:
        spreadsheets.look(path)
    assert refused.value.code == "import_too_large"
    assert time.monotonic() - began < 1


@pytest.mark.fault("C3")
def test_one_text_in_very_many_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "OUTPUT_LIMIT", 4_000_000)
    text = b"<sst " + NS + b"><si><t>" + b"x" * 30_000 + b"</t></si></sst>"
    cells = b"".join(b'<row r="%d"><c t="s"><v>0</v></c></row>' % i for i in range(1, 400))
    path = bomb({STRINGS: text, SHEET: sheet_xml(cells)}, tmp_path)
    with refused_with(Invalid, "too much text"):
        spreadsheets.to_csv(path, tmp_path / "out.csv", "Sheet")


@pytest.mark.fault("C3")
@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (b'<row r="1"><c r="XFD1"><v>1</v></c></row>', "import_columns"),
        (b'<row r="1"><c><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>', "import_rows"),
    ],
)
def test_columns_and_rows_of_a_sheet_are_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: bytes, code: str
) -> None:
    monkeypatch.setattr(spreadsheets, "FILE_ROW_LIMIT", 10_000)
    path = bomb({SHEET: sheet_xml(rows), STRINGS: NO_TEXTS}, tmp_path)
    with pytest.raises(Invalid) as refused:
        spreadsheets.to_csv(path, tmp_path / "out.csv", "Sheet")
    assert refused.value.code == code


@pytest.mark.fault("C3")
def test_reading_a_workbook_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "SECONDS_LIMIT", -1)
    book = Workbook()
    sheet_of(book).append(["Phone"])
    path = saved(book, tmp_path)
    with pytest.raises(Invalid) as refused:
        spreadsheets.look(path)
    assert refused.value.code == "import_slow"


@pytest.mark.fault("B4")
@pytest.mark.parametrize(
    "notes",
    [
        [["Internal notes"]],
        [["Read me"], ["Made in spring"], ["Ask Ana before use"]],
        [["Made on"], [datetime(2026, 5, 1, 14, 30)]],
    ],
)
async def test_notes_in_front_of_the_table_are_passed_over(tmp_path: Path, notes: Any) -> None:
    book = Workbook()
    sheet_of(book).title = "Notes"
    for row in notes:
        sheet_of(book).append(row)
    people = book.create_sheet("People")
    for row in (["Name", "Phone"], ["Ana", "+34611000101"]):
        people.append(row)
    seen = tables.glance(saved(book, tmp_path), ImportOptions(), guess_header=True)
    assert (seen.options.sheets, seen.options.sheet) == (["Notes", "People"], "People")
    assert seen.options.headers == ["Name", "Phone"]


@pytest.mark.fault("B4")
async def test_a_sheet_of_sums_in_front_is_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    sheet_of(book).title = "Summary"
    for row in (["Month", "Revenue"], ["2026-05", 1234567], ["2026-06", 34611000106]):
        sheet_of(book).append(row)
    people = book.create_sheet("People")
    people.append(["Name", "Mobile"])
    people.append(["Ana", 611000106])
    path = tmp_path / "sums.xlsx"
    book.save(path)
    seen = tables.glance(path, tables.detect(path), guess_header=True)
    assert (seen.options.sheets, seen.options.sheet) == (["Summary", "People"], "People")


def _filtered() -> Workbook:
    book = Workbook()
    sheet = sheet_of(book)
    sheet.append(["Name", "Old mobile", "City", "Mobile"])
    for number in range(1, 501):
        city = "Vigo" if number % 50 == 0 else "Lugo"
        sheet.append([f"P{number}", f"+34622000{number:03}", city, f"+34611000{number:03}"])
        sheet.row_dimensions[number + 1].hidden = city == "Lugo"
    sheet.auto_filter.ref = "A1:D501"
    sheet.column_dimensions["B"].hidden = True
    sheet.column_dimensions.group("F", "XFD", hidden=True)
    return book


@pytest.mark.fault("B4")
async def test_what_a_filter_or_a_person_hid_is_not_read(tmp_path: Path) -> None:
    path = saved(_filtered(), tmp_path)
    seen = tables.glance(path, tables.detect(path), guess_header=True)
    assert seen.options.headers == ["Name", "City", "Mobile"]
    assert (seen.options.hidden_rows, seen.options.hidden_columns) == (490, ["B"])
    assert [row.line for row in seen.rows][:2] == [51, 101]  # as the sheet numbers them
    rows = [row for row in await rows_of(path, seen.options) if row]
    assert rows[0] == ["P50", "Vigo", "+34611000050"]
    assert len(rows) == 10


@pytest.mark.fault("B4")
async def test_hidden_rows_are_counted_however_a_program_writes_them(tmp_path: Path) -> None:
    path, other = saved(_filtered(), tmp_path), tmp_path / "other.xlsx"
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(other, "w") as rewritten:
        for name in book.namelist():
            rewritten.writestr(name, book.read(name).replace(b'hidden="1"', b"hidden = 'true'"))
    seen = tables.glance(other, tables.detect(other), guess_header=True)
    assert (seen.options.hidden_rows, seen.options.hidden_columns) == (490, ["B"])


@pytest.mark.fault("B4")
async def test_hidden_ranges_rows_without_numbers_and_a_sheet_all_hidden(tmp_path: Path) -> None:
    book = Workbook()
    sheet = sheet_of(book)
    for row in (["a", "b", "c", "Phone"], ["1", "2", "3", "+34611000101"]):
        sheet.append(row)
    sheet.column_dimensions.group("A", "C", hidden=True)
    path = saved(book, tmp_path)
    seen = tables.glance(path, tables.detect(path))
    assert (seen.options.headers, seen.options.hidden_columns) == (["Phone"], ["A", "B", "C"])
    for number in (1, 2):
        sheet.row_dimensions[number].hidden = True
    shown_one = book.create_sheet("Shown")
    shown_one.append(["Phone"])
    shown_one.append(["+34611000102"])
    path = saved(book, tmp_path)
    seen = tables.glance(path, tables.detect(path))
    assert (seen.options.sheets, seen.options.hidden_rows) == (["Shown"], 0)
    del book["Shown"]
    path = saved(book, tmp_path)
    with refused_with(Invalid, "not hidden"):
        tables.glance(path, tables.detect(path))


@pytest.mark.fault("C3")
def test_a_look_ends_in_a_sheet_of_blank_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Workbook()
    sheet = sheet_of(book)
    sheet.append(["Name", "Phone"])
    sheet.append(["Ana", "+34611000101"])
    sheet.cell(5000, 1, " ")
    path = saved(book, tmp_path)
    read: list[object] = []
    real = spreadsheets._texts

    def texts(row: Any) -> list[str]:
        read.append(row)
        return real(row)

    monkeypatch.setattr(spreadsheets, "_texts", texts)
    assert len(spreadsheets.look(path).rows) == 2
    assert len(read) < 300
