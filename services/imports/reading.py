"""A file of rows in any encoding and dialect, read line by line without trusting its quotes."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Invalid

ENCODINGS: tuple[tuple[str, str], ...] = (
    ("utf-8", "Unicode (UTF-8)"),
    ("utf-16", "Unicode (UTF-16)"),
    ("cp1252", "Western European (Windows)"),
    ("latin-1", "Western European (ISO)"),
    ("cp1250", "Central European"),
    ("cp1251", "Cyrillic"),
    ("cp1253", "Greek"),
    ("cp1254", "Turkish"),
    ("cp1255", "Hebrew"),
    ("cp1256", "Arabic"),
    ("shift_jis", "Japanese (Shift JIS)"),
    ("gb18030", "Chinese (GB 18030)"),
    ("big5", "Chinese (Big5)"),
    ("cp949", "Korean"),
)
DELIMITERS: tuple[tuple[str, str], ...] = (
    (",", "Comma ,"),
    (";", "Semicolon ;"),
    ("\t", "Tab"),
    ("|", "Bar |"),
)
FIELD_BYTES = 128 * 1024
QUOTED_LINES = 50
"""A quoted cell longer than this many lines is a quote that nobody closed."""

_SAMPLE_BYTES = 256 * 1024
_CHUNK = 1024 * 1024
_MAGIC = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save it as .xlsx or .csv",
    b"PK\x03\x04": "a compressed file",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "a compressed file",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One row with the line it starts on; ``problem`` is set when it could not be read."""

    line: int
    cells: list[str]
    problem: str = ""


def _is_utf8(path: Path) -> bool:
    with path.open(encoding="utf-8") as stream:
        try:
            while stream.read(_CHUNK):
                pass
        except UnicodeDecodeError:
            return False
    return True


def _refuse_binary(sample: bytes) -> None:
    kind = next((name for magic, name in _MAGIC.items() if sample.startswith(magic)), "")
    if kind:
        raise Invalid("import_binary", f"This is {kind}, not a table of contacts.")
    # Tab, line feed, form feed and carriage return are text; some programs pad cells with NULs.
    controls = sum(0 < byte < 32 and byte not in b"\t\n\f\r" for byte in sample)
    if controls > len(sample) * 0.02 or sample.count(0) > len(sample) * 0.3:
        raise Invalid("import_binary", "This is not a text file. Save the table as CSV or XLSX.")


def detect_encoding(path: Path) -> str:
    """The encoding of the file; Invalid when it is empty or no text."""
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE_BYTES)
    if not sample.strip(b"\x00\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise Invalid("import_empty", "The file is empty.")
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    zeros = [sample[start::2].count(0) / max(1, len(sample) // 2) for start in (0, 1)]
    if max(zeros) > 0.3 and min(zeros) < 0.1:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    _refuse_binary(sample)
    if _is_utf8(path):
        return "utf-8-sig" if sample.startswith(b"\xef\xbb\xbf") else "utf-8"
    undefined = any(byte in sample for byte in b"\x81\x8d\x8f\x90\x9d")
    return "latin-1" if undefined else "cp1252"


def _score(lines: list[str], delimiter: str) -> float:
    """How well the delimiter explains the lines: columns times the share of lines that agree."""
    widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    if not widths:
        return 0.0
    usual = max(set(widths), key=widths.count)
    return 0.0 if usual < 2 else usual**0.5 * widths.count(usual) / len(widths)


def detect_delimiter(text: str) -> str:
    """The column separator of a piece of a file; a comma when there is one column."""
    first, _, _ = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4]
    lines = [line for line in text.splitlines()[:60] if line.strip()]
    best, best_score = ",", 0.0
    for delimiter, _ in DELIMITERS:
        try:
            score = _score(lines, delimiter)
        except csv.Error:
            continue
        if score > best_score:
            best, best_score = delimiter, score
    return best


def sample_text(path: Path, encoding: str, characters: int = 64 * 1024) -> str:
    """The beginning of the file, whole lines only unless it is one line."""
    with path.open(encoding=encoding, errors="replace") as stream:
        text = stream.read(characters)
    whole, newline, _ = text.rpartition("\n")
    return whole if newline and len(text) == characters else text


def _parse(text: str, delimiter: str) -> list[str] | None:
    """The cells of one record; None when its quotes make no sense."""
    try:
        rows = list(csv.reader([text], delimiter=delimiter))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else ([] if not rows else None)


class _Lines:
    """Lines with their numbers, some of which can be put back."""

    def __init__(self, stream: Iterator[str]) -> None:
        self._stream = stream
        self._back: list[str] = []
        self.number = 0

    def next(self) -> str | None:
        line = self._back.pop() if self._back else next(self._stream, None)
        self.number += line is not None
        return line

    def put_back(self, lines: list[str]) -> None:
        self._back.extend(reversed(lines))
        self.number -= len(lines)


def _quoted(first: str, lines: _Lines, delimiter: str) -> tuple[list[str], str]:
    """A record whose first line leaves a quote open: its cells, and a problem or ""."""
    taken: list[str] = []
    quotes, size = first.count('"'), len(first)
    while quotes % 2 and len(taken) < QUOTED_LINES and size < FIELD_BYTES:
        line = lines.next()
        if line is None:
            break
        taken.append(line)
        quotes += line.count('"')
        size += len(line)
    if quotes % 2 == 0:
        cells = _parse((first + "".join(taken)).rstrip("\n"), delimiter)
        if cells is not None:
            return cells, ""
    # Nobody closed the quote: the lines behind it are rows of their own.
    lines.put_back(taken)
    text = first.rstrip("\n")
    opens_cell = text.startswith('"') or f'{delimiter}"' in text
    cells = _parse(text, delimiter)
    if cells is None or opens_cell:
        return [text], "unclosed_quote"
    return cells, ""


def parse_lines(stream: Iterator[str], delimiter: str) -> Iterator[Record]:
    """Every row that is not blank; a broken one carries its problem and harms no other."""
    lines = _Lines(stream)
    while (line := lines.next()) is not None:
        start = lines.number
        if not line.strip():
            continue
        if line.count('"') % 2:
            cells, problem = _quoted(line, lines, delimiter)
        else:
            parsed = _parse(line.rstrip("\n"), delimiter)
            cells, problem = (parsed, "") if parsed is not None else ([line.strip()], "unreadable")
        if problem or any(cell.strip() for cell in cells):
            yield Record(start, cells, problem)


@contextmanager
def open_records(
    path: Path, encoding: str, delimiter: str
) -> Iterator[tuple[Iterator[Record], Callable[[], int]]]:
    """The file's rows, header included, and a function that tells how many bytes are read."""
    with path.open("rb") as raw:
        stream = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline=None)
        records = parse_lines(iter(stream), delimiter)
        yield _without_separator_line(records), raw.tell


def _without_separator_line(records: Iterator[Record]) -> Iterator[Record]:
    """Excel's ``sep=;`` in the first line is no row."""
    for number, record in enumerate(records):
        text = "".join(record.cells).strip().lower()
        if number == 0 and text.startswith("sep=") and len(text) <= 5:
            continue
        yield record
