"""Which character separates the columns: the one that gives the rows as many cells as the heading."""

import io
from itertools import islice

from domain.imports import Target
from domain.mappings import detect_mapping
from domain.sentences import N_
from services.imports.headers import find_header
from services.imports.reading import parse_lines

DELIMITERS: tuple[tuple[str, str], ...] = (
    (",", N_("Comma ,")),
    (";", N_("Semicolon ;")),
    ("\t", N_("Tab")),
    ("|", N_("Bar |")),
)
_ROWS = 300
_WORTH_OF_A_COLUMN = 0.01
_SHORT_ROW = 0.5
_MOST = 0.8
_NAMELESS = 0.9
_NO_HEADING = 0.9
_BELOW_TITLES = 0.95


def detect_delimiter(text: str) -> str:
    """The column separator of a sample of a file; a comma if there is one column."""
    first, _, _ = text.partition("\n")
    named = first.strip("\ufeff \r\"'").lower()
    if named.startswith("sep=") and len(named) == 5:
        return named[4]
    scores = {mark: _score(_rows(text, mark)) for mark, _ in DELIMITERS}
    best = max(scores, key=lambda mark: scores[mark])
    if scores[best] > 0 and not _is_one_column(first):
        return best
    absent = {mark: sum(len(row) > 1 for row in _rows(text, mark)) for mark in scores}
    return min(absent, key=lambda mark: absent[mark])


def _is_one_column(first: str) -> bool:
    """Whether the first line is only the heading of a single column of numbers."""
    name = first.strip("\ufeff \r\"'")
    return detect_mapping([name], [], ()) == [Target.PHONE] and name.replace(" ", "").isalpha()


def _rows(text: str, delimiter: str) -> list[list[str]]:
    records = parse_lines(io.StringIO(text, newline=None), delimiter)
    return [record.cells for record in islice(records, _ROWS) if not record.problem]


def _score(rows: list[list[str]]) -> float:
    """The share of rows with as many cells as the heading; 0 if it has one column."""
    if not rows:
        return 0.0
    index, named = find_header(rows)
    body = rows[index + 1 :] if named else rows[index:]
    if not body:
        body = rows[index:]
    widths = [_width(row) for row in (rows[index : index + 1] if named else body)]
    width = max(set(widths), key=widths.count)
    if width < 2:
        return 0.0
    # The last column may be unnamed: then the heading ends with the separator, or even without it.
    wide = len(rows[index]) if named else width
    lengths = [len(row) for row in body]
    usual = max(set(lengths), key=lengths.count)
    nameless = usual > wide and lengths.count(usual) >= _MOST * len(body)
    share = sum(
        _NAMELESS if nameless and len(row) == usual else _agreement(row, width, wide)
        for row in body
    ) / len(body)
    # A heading that would have to be skipped as a title is evidence against the separator.
    doubt = (1 if named else _NO_HEADING) * (_BELOW_TITLES if index else 1)
    return share * (1 + _WORTH_OF_A_COLUMN * min(width, 20)) * doubt


def _width(row: list[str]) -> int:
    """The number of columns up to the last non-empty one."""
    return max((i for i, cell in enumerate(row, 1) if cell.strip()), default=0)


def _agreement(row: list[str], width: int, wide: int) -> float:
    if len(row) in {width, wide} or (len(row) > width >= _width(row)):
        return 1.0
    return _SHORT_ROW if 1 < len(row) < width else 0.0
