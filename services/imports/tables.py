"""A stored file, text or workbook, as a table: its first rows, and all of them as CSV."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from domain.contacts import clean_text
from domain.errors import Invalid
from domain.imports import COLUMN_LIMIT, ImportOptions
from services.imports import apart, reading
from services.imports.dialects import detect_delimiter
from services.imports.encodings import UNREADABLE
from services.imports.headers import filled, find_header
from services.imports.moments import exact, shown

SAMPLE_ROWS = 50
WORKBOOK = ".xlsx"

# Separate threads, so that waiting for a large workbook does not use up everyone else's.
_pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="tables")


@dataclass(frozen=True, slots=True)
class Glance:
    """The first rows of a file, read with given options."""

    options: ImportOptions
    rows: list[reading.Record]


def file_gone() -> Invalid:
    """The error for an upload this process cannot find."""
    return Invalid("import_file_gone")


def is_workbook(path: Path) -> bool:
    """Whether a stored file is a workbook; its name says so."""
    return path.suffix == WORKBOOK


def suffix(path: Path) -> str:
    """The suffix to store the file with: a compressed file may be a workbook, which shows when it is opened."""
    with path.open("rb") as stream:
        return WORKBOOK if stream.read(4) == b"PK\x03\x04" else ".csv"


def detect(path: Path) -> ImportOptions:
    """How to read the file, as far as can be detected."""
    size = path.stat().st_size
    if is_workbook(path):
        return ImportOptions(size=size)
    encoding = reading.detect_encoding(path)
    delimiter = detect_delimiter(reading.sample_text(path, encoding))
    return ImportOptions(encoding=encoding, delimiter=delimiter, size=size)


def glance(path: Path, options: ImportOptions, *, guess_header: bool = False) -> Glance:
    """The columns and the first rows; raises Invalid when there are no rows or too many columns.

    A workbook's dates are ``moments``.
    """
    if is_workbook(path):
        seen = apart.look(path, options.sheet)
        options = replace(
            options, sheets=seen.sheets, sheet=seen.sheet,
            hidden_rows=seen.hidden_rows, hidden_columns=seen.hidden_columns,
        )  # fmt: skip
        rows = seen.rows
    else:
        rows = _first_rows(path, options)
    if not rows:
        raise Invalid("import_empty.rows")
    return _framed(rows, options, guess_header=guess_header)


async def glanced(path: Path, options: ImportOptions, *, guess_header: bool = False) -> Glance:
    """Run ``glance`` without blocking the event loop."""
    look = partial(glance, path, options, guess_header=guess_header)
    return await asyncio.get_running_loop().run_in_executor(_pool, look)


def _first_rows(path: Path, options: ImportOptions) -> list[reading.Record]:
    with reading.open_records(path, options.encoding, options.delimiter) as (records, _):
        until = SAMPLE_ROWS + 20
        found = list(islice(records, until))
        if options.header_line and (
            not found or found[-1].line < options.header_line + SAMPLE_ROWS
        ):
            found += islice(
                (record for record in records if record.line >= options.header_line), SAMPLE_ROWS
            )
    return found


def _framed(rows: list[reading.Record], options: ImportOptions, *, guess_header: bool) -> Glance:
    """The table in the rows: its headings or substitutes, and the rows below."""
    has_header, start = options.has_header, options.header_line
    if guess_header and not start:
        index, has_header = find_header([[*map(exact, row.cells)] for row in rows])
        start = rows[index].line if index else 0
    table = [row for row in rows if row.line >= start]
    if not table:
        raise Invalid("import_header")
    body = table[1:] if has_header else table
    names = _names(table[0].cells, has_header=has_header, body=body)
    if has_header and not body:
        raise Invalid("import_empty.header")
    options = replace(
        options, has_header=has_header, headers=names, header_line=start if start > 1 else 0
    )
    return Glance(options, body[:SAMPLE_ROWS])


def _names(first: list[str], *, has_header: bool, body: list[reading.Record]) -> list[str]:
    width = len(first) if has_header else max(len(row.cells) for row in body)
    if has_header and not any(map(str.strip, first[-1:])):
        # If all rows end with a separator, there is no column after it.
        used = max((_used(row.cells) for row in body), default=0)
        width = max(_used(first), min(width, used))
    if width > COLUMN_LIMIT:
        raise Invalid("import_columns", column_limit=COLUMN_LIMIT)
    names = [*map(shown, first), *[""] * width][:width] if has_header else [""] * width
    readable = (name.replace(UNREADABLE, "\ufffd") for name in names)
    return [clean_text(name, 100) or f"Column {i}" for i, name in enumerate(readable, 1)]


def _used(cells: list[str]) -> int:
    return max((i for i, cell in enumerate(cells, 1) if cell.strip()), default=0)


def name_samples(path: Path, options: ImportOptions, most: int = 3) -> list[str]:
    """A few cells with non-ASCII letters, to show a person whether the letters are right."""
    if is_workbook(path):
        return []
    found: Counter[str] = Counter()
    for record in reading.odd_records(path, options.encoding, options.delimiter):
        for cell in record.cells:
            if not cell.isascii() and 1 < len(cell) <= 60:
                found[cell.replace(UNREADABLE, "\ufffd").strip()] += 1
        if len(found) >= 4 * most:
            break
    return sorted(found, key=lambda text: (filled([text]) == 0, text.count("\ufffd") == 0))[:most]


def csv_path(path: Path, options: ImportOptions) -> Path:
    """Where a workbook's sheet is exported; for a text file, the file itself."""
    if not is_workbook(path):
        return path
    number = options.sheets.index(options.sheet) if options.sheet in options.sheets else 0
    return path.with_suffix(f".{number}.sheet.csv")


async def readable(path: Path, options: ImportOptions) -> tuple[Path, ImportOptions]:
    """The file as CSV and how to read it; a workbook is exported once, its dates as ``moments``."""
    target = csv_path(path, options)
    if target == path:
        return path, options
    if not target.is_file():
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(_pool, apart.to_csv, path, target, options.sheet)
    size = target.stat().st_size
    return target, replace(options, encoding="utf-8", delimiter=",", size=size)


def remove(path: Path) -> None:
    """Delete the stored file and what was exported from it."""
    path.unlink(missing_ok=True)
    for derived in path.parent.glob(f"{path.stem}.*"):
        derived.unlink(missing_ok=True)
