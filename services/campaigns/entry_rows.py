"""One row of a campaign's file into an entry, and entries with a problem back into rows."""

import csv
import io
from collections.abc import Sequence

from domain.entries import DUPLICATE, Entry, FileSource
from domain.errors import Invalid
from domain.imports import KEPT_ERRORS
from domain.tables import safe_cell
from services import phones
from services.imports.encodings import UNREADABLE
from services.imports.reading import CELL_LIMIT, LINE_LIMIT, Record
from store.campaigns.entries import EntryProblem

EXTRA = ""
"""Key of what a row has beyond the columns, or of a line that could not be read."""

ROW_PROBLEMS = (
    "extra_cells", "unclosed_quote", "unreadable", "undecodable", "cell_too_long", "row_too_long"
)  # fmt: skip
NO_COLUMN = "phone_column"
_SENTENCES = {
    "extra_cells": "The row has more cells than the table has columns.",
    "unclosed_quote": "A quotation mark opens here and never closes.",
    "unreadable": "This line cannot be read as a row.",
    "undecodable": "Some letters cannot be read. Choose how letters are written in this file.",
    "cell_too_long": f"A cell has more than {CELL_LIMIT:,} characters.",
    "row_too_long": f"The row has more than {LINE_LIMIT:,} characters.",
    DUPLICATE: "The same number stands further up in the file.",
    NO_COLUMN: "Choose the column that holds the phone number.",
}


class EntryReader:
    """Turns records into entries by the choices made for one file."""

    def __init__(self, source: FileSource) -> None:
        self._columns = source.columns
        self._phone = source.phone_column
        self._region = source.default_region or None
        self._kept = 0
        self.taken = 0
        self.dropped = 0

    def read(self, record: Record) -> Entry | None:
        """The entry of a record: usable, or with the problem it has.

        Of rows that cannot be read the first are kept, the others only counted: None.
        """
        self.taken += 1
        entry = self._entry(record)
        if entry.problem in ROW_PROBLEMS:
            if self._kept >= KEPT_ERRORS:
                self.dropped += 1
                return None
            self._kept += 1
        return entry

    def _entry(self, record: Record) -> Entry:
        cells = [cell.replace("\x00", "") for cell in record.cells]
        if record.problem:
            return Entry(record.line, "", None, {EXTRA: cells[0]}, record.problem)
        if any(UNREADABLE in cell for cell in cells):
            readable = [cell.replace(UNREADABLE, "\ufffd") for cell in cells]
            values = dict(zip(self._columns, readable, strict=False))
            return Entry(record.line, "", None, values, "undecodable")
        values = dict(zip(self._columns, cells, strict=False))
        extra = cells[len(self._columns) :]
        phone, key, problem = self.phone(values.get(self._phone, ""))
        if any(cell.strip() for cell in extra):
            values[EXTRA] = ", ".join(extra)
            key, problem = None, "extra_cells"
        return Entry(record.line, phone, key, values, problem)

    def phone(self, given: str) -> tuple[str, str | None, str | None]:
        """E.164 and key, or the number as given with the problem it has."""
        if not self._phone:
            return "", None, NO_COLUMN
        try:
            found = phones.parse(given, self._region)
        except Invalid as invalid:
            return given[:80], None, invalid.code
        return found.e164, found.key, None


def sentence(problem: str) -> str:
    """What is wrong with a row."""
    return _SENTENCES.get(problem) or phones.sentence(problem)


def lines_csv(columns: Sequence[str], found: Sequence[EntryProblem] | None) -> str:
    """Rows with line and reason behind them; the heading with a byte order mark for None."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    if found is None:
        writer.writerow([*map(safe_cell, columns), "line", "problem"])
        return f"\ufeff{stream.getvalue()}"
    for entry in found:
        cells = [entry.values.get(column, "") for column in columns]
        if extra := entry.values.get(EXTRA):
            place = -1 if any(cells) else 0
            cells[place] = ", ".join(filter(None, (cells[place], extra)))
        reason = sentence(entry.problem)
        writer.writerow([*map(safe_cell, cells), str(entry.row), reason])
    return stream.getvalue()
