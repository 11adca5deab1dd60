"""Turns rows of a campaign's file into entries, and entries with a problem back into rows."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from domain.consent_answers import said_in
from domain.entries import DUPLICATE, Entry, FileSource
from domain.errors import Invalid
from domain.headings import asks_to_stop
from domain.imports import KEPT_ERRORS
from domain.numbering import Found
from domain.sentences import Say, Sentence
from domain.tables import csv_line
from services import phones
from services.imports.answers import named_answer
from services.imports.encodings import UNREADABLE
from services.imports.moments import shown
from services.imports.reading import Record
from services.imports.rows import PROBLEMS
from services.numbering.files import FileNumbers
from store.campaigns.entries import EntryProblem

EXTRA = ""
"""Key of a row's surplus cells, or of a line that could not be read."""

ROW_PROBLEMS = (
    "extra_cells", "unclosed_quote", "unreadable", "undecodable", "cell_too_long", "row_too_long"
)  # fmt: skip
NO_COLUMN = "phone_column"
_SENTENCES = {
    **{code: PROBLEMS[code] for code in ROW_PROBLEMS},
    DUPLICATE: Sentence("row_duplicate.further"),
    NO_COLUMN: Sentence("mapping_phone"),
}


@lru_cache(4096)
def said(cell: str, column: str) -> str | None:
    """What a cell of the consent column says: stop, agree, unclear, or None when it is empty."""
    return said_in(cell, asks_to_stop=asks_to_stop(column))


class EntryReader:
    """Turns records into entries using the choices made for one file."""

    def __init__(self, source: FileSource) -> None:
        self._columns = source.columns
        self._phone = source.phone_column
        self._region = source.default_region or None
        self._kept = 0
        self._consent = source.consent_column
        self.unclear_consents: set[str] = set()
        self._country = source.country_column
        self.numbers = FileNumbers(self._region, source.written)
        self.taken = 0
        self.dropped = 0

    def read(self, record: Record) -> Entry | None:
        """The entry for a record: usable, or with its problem.

        Only the first unreadable rows are kept, the others just counted: None.
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
        cells = [shown(cell.replace("\x00", "")) for cell in record.cells]
        if record.problem:
            return Entry(record.line, "", None, {EXTRA: cells[0]}, record.problem)
        if any(UNREADABLE in cell for cell in cells):
            readable = [cell.replace(UNREADABLE, "\ufffd") for cell in cells]
            values = dict(zip(self._columns, readable, strict=False))
            return Entry(record.line, "", None, values, "undecodable")
        values = dict(zip(self._columns, cells, strict=False))
        extra = cells[len(self._columns) :]
        given = values.get(self._phone, "")
        if any(cell.strip() for cell in extra):
            values[EXTRA] = ", ".join(extra)
            return Entry(record.line, given[:80], None, values, "extra_cells")
        answer, country = values.get(self._consent, ""), values.get(self._country, "")
        return self.person(record.line, given, values, answer, country)

    def person(
        self, row: int, given: str, values: dict[str, str], answer: str, country: str = ""
    ) -> Entry:
        """The entry for a number, with what the consent column's cell says about marketing."""
        entry = self._phone_of(row, given, values, country)
        if not self._consent:
            return entry
        consent = said(answer, self._consent)
        if consent == "unclear":
            named_answer(answer, self.unclear_consents)
        return replace(entry, consent=consent)

    def _phone_of(self, row: int, given: str, values: dict[str, str], country: str) -> Entry:
        """The entry for a number: E.164 and key, or the number as given with its problem."""
        if not self._phone:
            return Entry(row, "", None, values, NO_COLUMN)
        try:
            found = self.numbers.read(given, country)
        except Invalid as invalid:
            return Entry(row, given[:80], None, values, invalid.code)
        if isinstance(found, Found):
            phone = found.phone
            return Entry(row, phone.e164, phone.key, values, None, phone.region)
        return Entry(row, given[:80], None, values, "phone_unclear", doubtful=found)


def sentence(problem: str, given: str, source: FileSource) -> Sentence:
    """What is wrong with a row, in the words an import of the same file would use."""
    region = source.default_region
    if problem == "phone_unclear" and given:
        return phones.why_unclear(given, region, source.written)
    return _SENTENCES.get(problem) or phones.why_refused(problem, given, region)


def lines_csv(source: FileSource, found: Sequence[EntryProblem] | None, say: Say) -> str:
    """Rows with line and reason appended; the heading with a byte order mark for None."""
    if found is None:
        return "\ufeff" + csv_line([*source.columns, "line", "problem"])
    lines = []
    for entry in found:
        cells = [entry.values.get(column, "") for column in source.columns]
        if extra := entry.values.get(EXTRA):
            place = -1 if any(cells) else 0
            cells[place] = ", ".join(filter(None, (cells[place], extra)))
        reason = say(sentence(entry.problem, entry.phone, source))
        lines.append(csv_line([*cells, str(entry.row), reason]))
    return "".join(lines)
