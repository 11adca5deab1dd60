"""XLSX workbooks: the first sheet written out as CSV, so that there is one way to read rows."""

import csv
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import load_workbook

from domain.errors import Invalid

ROW_LIMIT = 200_000
UNPACKED_LIMIT = 600 * 1024 * 1024


def is_workbook(path: Path) -> bool:
    """Whether the file is a zip with a workbook inside."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _text(value: Any) -> str:
    """A cell as a person reads it: whole numbers without .0, days without midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        midnight = value.hour == value.minute == value.second == 0
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _rows(stream: BinaryIO) -> Iterator[list[str]]:
    workbook = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = workbook.worksheets[0] if workbook.worksheets else None
        if sheet is None:
            raise Invalid("import_empty", "The workbook has no sheet.")
        # Some programs write a wrong size into the sheet; without it every row is read.
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True)):
            if number > ROW_LIMIT:
                raise Invalid(
                    "import_rows",
                    f"A workbook may have {ROW_LIMIT:,} rows. Save the sheet as CSV instead.",
                )
            yield [_text(value) for value in row]
    finally:
        workbook.close()


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > UNPACKED_LIMIT:
        raise Invalid("import_too_large", "The workbook is too large. Save the sheet as CSV.")


def to_csv(path: Path, target: Path) -> None:
    """Write the first sheet to ``target`` as UTF-8 CSV with commas."""
    _check_size(path)
    try:
        with (
            path.open("rb") as source,
            target.open("w", encoding="utf-8", newline="", errors="replace") as stream,
        ):
            csv.writer(stream).writerows(_rows(source))
    except Invalid:
        raise
    # The reader meets files made by anything: what it raises on a damaged one is not a closed set.
    except Exception as error:
        raise Invalid("import_unreadable", "The workbook is damaged or protected.") from error
