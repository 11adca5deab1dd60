"""XLSX workbooks: their sheets, the first rows of one, and exporting one as CSV.

Do not call this on the event loop: ``apart`` runs it in a separate process.
"""

import csv
import errno
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from time import monotonic
from typing import Any

from openpyxl import load_workbook

from domain.columns import could_be_phone, written_as_mobile
from domain.errors import Invalid
from domain.headings import Named, named
from domain.imports import COLUMN_LIMIT, FILE_ROW_LIMIT
from services.imports import moments
from services.imports.cell_formats import display
from services.imports.reading import CELL_LIMIT, Record
from services.imports.sheets import SheetReader

UNPACKED_LIMIT = 600 * 1024 * 1024
STRINGS_LIMIT = 150 * 1024 * 1024
"""The most bytes of a workbook's parts, and of its shared strings, when unpacked."""

RATIO_LIMIT = 200
"""How much larger than packed a workbook may be; real ones stay below 60."""

RATIO_FROM = 8 * 1024 * 1024
PARTS_LIMIT = 5000
OUTPUT_LIMIT = 256 * 1024 * 1024
"""The most characters a sheet may become: one text can be in a million cells."""

SECONDS_LIMIT = 240
_LOOKED_AT = 200
_SHEETS_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Look:
    """The visible non-empty sheets, the one that was read, its first rows, and what is hidden in it."""

    sheets: list[str]
    sheet: str
    rows: list[Record] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: list[str] = field(default_factory=list)


def check(path: Path) -> None:
    """Refuse a workbook that would unpack to far more than its size."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        raise Invalid("import_binary.damaged") from None
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise Invalid("import_binary.compressed")
    unpacked = sum(part.file_size for part in parts)
    strings = sum(part.file_size for part in parts if "sharedstrings" in part.filename.lower())
    swollen = unpacked > RATIO_FROM and unpacked > RATIO_LIMIT * path.stat().st_size
    # Shared strings or styles with an unusual name are caught by the limits of ``apart``.
    if swollen or unpacked > UNPACKED_LIMIT or strings > STRINGS_LIMIT or len(parts) > PARTS_LIMIT:
        raise Invalid("import_too_large.workbook")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A workbook to read row by row; raises Invalid when it cannot be read."""
    try:
        check(path)
        with path.open("rb") as stream:
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            try:
                yield book
            finally:
                book.close()
    except Invalid:
        raise
    # The library reads files made by anything: it may raise any error on a damaged one.
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise  # an error of the output, not the workbook
        if isinstance(error, MemoryError) or "out of memory" in str(error):  # expat's wording
            raise Invalid("import_too_large.workbook") from error
        raise Invalid("import_unreadable") from error


def _visible(book: Any) -> list[Any]:
    """The sheets a person sees; all of them if none is visible."""
    return [s for s in book.worksheets if s.sheet_state == "visible"] or list(book.worksheets)


def _rows(sheet: SheetReader) -> Iterator[list[str]]:
    """Every row of a sheet, even blank ones, as its cells are shown; dates also in exact form."""
    deadline = monotonic() + SECONDS_LIMIT
    for number, row in enumerate(sheet.rows()):
        if number > FILE_ROW_LIMIT:
            raise Invalid("import_rows", file_row_limit=FILE_ROW_LIMIT)
        if monotonic() > deadline:
            raise Invalid("import_slow")
        yield _texts(row)


def _texts(row: Any) -> list[str]:
    cells = [_text(cell) for cell in row if cell is not None]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > COLUMN_LIMIT:
        raise Invalid("import_columns", column_limit=COLUMN_LIMIT)
    return cells


def _text(cell: Any) -> str:
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""  # an error such as #N/A is not a value
    if isinstance(value, str):
        return value if len(value) <= CELL_LIMIT else value[: CELL_LIMIT + 1]
    text = display(value, cell.number_format)
    if not isinstance(value, (date, time)):
        return text
    return moments.joined(text, display(value, cell.number_format, iso_dates=True))


def look(path: Path, sheet: str = "") -> Look:
    """The first rows of a sheet: the first visible one with data, unless one is named."""
    with _opened(path) as book:
        found: dict[str, list[Record]] = {}
        readers = {s.title: SheetReader(s) for s in _visible(book)[:_SHEETS_LOOKED_AT]}
        for title, reader in readers.items():
            if records := list(_first(reader)):
                found[title] = records
        chosen = _chosen(found, sheet)
        reader = readers[chosen]
        return Look(
            list(found), chosen, found[chosen], reader.count_hidden_rows(), reader.passed_over()
        )


def _first(reader: SheetReader) -> Iterator[Record]:
    """The first visible rows, however many a filter hides between them."""
    for line, cells in enumerate(_rows(reader), 1):
        if any(map(str.strip, cells)):
            yield Record(line, cells)
        if line - reader.rows_passed_over >= _LOOKED_AT:
            return


def _chosen(found: dict[str, list[Record]], sheet: str) -> str:
    if sheet and sheet not in found:
        raise Invalid("import_sheet", field="sheet")
    if not found:
        raise Invalid("import_empty.workbook")
    return sheet or _likeliest(found)


def _likeliest(found: dict[str, list[Record]]) -> str:
    """The first sheet with phone numbers, or else with rows that may have some: notes and totals often come first."""
    tables = [title for title, rows in found.items() if len(rows) > 1]
    ways = (_names_phone, could_be_phone)
    likely = (
        title
        for way in ways
        for title in tables
        if any(way(moments.exact(cell)) for row in found[title] for cell in row.cells)
    )
    return next(likely, next(iter(tables), next(iter(found))))


def _names_phone(cell: str) -> bool:
    return (len(cell) <= 40 and named(cell) >= Named.PHONE) or written_as_mobile(cell)


def to_csv(path: Path, target: Path, sheet: str) -> None:
    """Write one sheet to ``target`` as UTF-8 CSV with commas; rows keep their numbers.

    Dates are ``moments``.
    """
    with (
        _opened(path) as book,
        target.open("w", encoding="utf-8", newline="", errors="replace") as out,
    ):
        chosen = next((found for found in book.worksheets if found.title == sheet), None)
        if chosen is None:
            raise Invalid("import_sheet")
        writer = csv.writer(out)
        written = 0
        for cells in _rows(SheetReader(chosen)):
            written += sum(map(len, cells))
            if written > OUTPUT_LIMIT:
                raise Invalid("import_too_large.sheet")
            writer.writerow(cells)
