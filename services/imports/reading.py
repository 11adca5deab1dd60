"""Reads a file of rows in any encoding and dialect, line by line and without trusting its quotes."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from domain.errors import Invalid
from domain.tables import unmarked
from services.imports import encodings

CELL_LIMIT = 32_767
"""The most characters of a cell, as in a workbook."""

LINE_LIMIT = 1024 * 1024
"""The most characters of a row; the rest is ignored."""

QUOTED_LINES = 50
"""A quoted cell with more lines than this is an unclosed quote."""

_SAMPLE_BYTES = 256 * 1024
_SHOWN = 200
_WIDE_RECORDS = 20_000
_WEB_PAGE = "web_page"
_OTHER_TEXTS = {
    b"begin:vcard": "cards",
    b"<!doctype html": _WEB_PAGE,
    b"<html": _WEB_PAGE,
    b"<table": _WEB_PAGE,
    b"<?xml": "xml",
    b'{"': "json",
    b'[{"': "json",
}
_MAGIC = {
    b"%PDF": "pdf",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"\xd0\xcf\x11\xe0": "excel",
    b"PK\x03\x04": "compressed",
    b"\x1f\x8b": "compressed",
    b"7z\xbc\xaf": "compressed",
}


@dataclass(slots=True)  # not frozen: there is one per row
class Record:
    """One row with the line it starts on; ``problem`` is set when it could not be read."""

    line: int
    cells: list[str]
    problem: str = ""


def _refuse_binary(sample: bytes) -> None:
    kind = next((name for magic, name in _MAGIC.items() if sample.startswith(magic)), "")
    first = sample[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    kind = kind or next((name for text, name in _OTHER_TEXTS.items() if first.startswith(text)), "")
    if kind:
        raise Invalid(f"import_binary.{kind}")
    # Tab, line feed, form feed and carriage return are text; some programs pad cells with NULs.
    controls = sum(0 < byte < 32 and byte not in b"\t\n\f\r" for byte in sample)
    if controls > len(sample) * 0.02 or sample.count(0) > len(sample) * 0.3:
        raise Invalid("import_binary")


def detect_encoding(path: Path) -> str:
    """The encoding of the file; raises Invalid when it is empty or not text."""
    if code := encodings.marked(path):
        return code
    with path.open("rb") as stream:
        _refuse_binary(stream.read(_SAMPLE_BYTES))
    return encodings.detect(path)


def sample_text(path: Path, encoding: str, characters: int = 256 * 1024) -> str:
    """The start of the file, in whole lines unless it is a single line."""
    with path.open("rb") as raw, _text(raw, encoding) as stream:
        text = stream.read(characters)
    whole, newline, _ = text.rpartition("\n")
    return whole if newline and len(text) == characters else text


def _parse(text: str, delimiter: str, *, strict: bool = False) -> list[str] | None:
    """The cells of one record; None when its quotes make no sense."""
    # Some programs write a space between the separator and the quotation mark.
    spaced = f'{delimiter} "' in text
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=strict, skipinitialspace=spaced))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else ([] if not rows else None)


class _Lines:
    """Numbered lines that can be put back."""

    def __init__(self, stream: Iterable[str]) -> None:
        self._stream = iter(stream)
        self._back: list[str] = []
        self.number = 0

    def next(self) -> str | None:
        line = self._back.pop() if self._back else next(self._stream, None)
        self.number += line is not None
        return line

    def put_back(self, lines: list[str]) -> None:
        self._back.extend(reversed(lines))
        self.number -= len(lines)


def _quoted(first: str, lines: _Lines, delimiter: str, width: int) -> tuple[list[str], str]:
    """A record whose first line leaves a quote open: its cells, and a problem or ""."""
    taken: list[str] = []
    quotes, size = first.count('"'), len(first)
    while quotes % 2 and len(taken) < QUOTED_LINES and size < CELL_LIMIT:
        line = lines.next()
        if line is None:
            break
        taken.append(line)
        quotes += line.count('"')
        size += len(line)
    if quotes % 2 == 0:
        cells = _parse((first + "".join(taken)).rstrip("\n"), delimiter, strict=True)
        # Two unclosed quotes join two rows into one, which is wider than the table.
        if cells is not None and not 0 < width < len(cells):
            return cells, ""
    # The quote was never closed: the lines after it are separate rows.
    lines.put_back(taken)
    text = first.rstrip("\n")
    opens_cell = text.startswith('"') or f'{delimiter}"' in text or f'{delimiter} "' in text
    cells = _parse(text, delimiter)
    if cells is None or opens_cell:
        return [text], "unclosed_quote"
    return cells, ""


def _record(line: str, lines: _Lines, delimiter: str, width: int) -> tuple[list[str], str]:
    if len(line) >= LINE_LIMIT:
        return [line[:_SHOWN]], "row_too_long"
    quotes = line.count('"')
    if not quotes:  # nearly always
        cells, problem = line.rstrip("\n").split(delimiter), ""
    elif quotes % 2:
        cells, problem = _quoted(line, lines, delimiter, width)
    else:
        parsed = _parse(line.rstrip("\n"), delimiter)
        cells, problem = (parsed, "") if parsed is not None else ([line.strip()], "unreadable")
    if "'" in line:
        cells = [*map(unmarked, cells)]
    if len(line) > CELL_LIMIT and any(len(cell) > CELL_LIMIT for cell in cells):
        return [cell[:_SHOWN] for cell in cells], problem or "cell_too_long"
    return cells, problem


def parse_lines(stream: Iterable[str], delimiter: str, width: int = 0) -> Iterator[Record]:
    """Every row that is not blank; a broken one carries its problem and does not affect others. ``width`` is the number
    of columns, if known.
    """
    lines = _Lines(stream)
    while (line := lines.next()) is not None:
        start = lines.number
        if not line.strip():
            continue
        cells, problem = _record(line, lines, delimiter, width)
        if problem or "".join(cells).strip():
            yield Record(start, cells, problem)


def _bounded(stream: TextIO) -> Iterator[str]:
    """Lines up to a maximum length; the rest of a longer one is ignored."""
    while line := stream.readline(LINE_LIMIT):
        yield line
        while len(line) == LINE_LIMIT and not line.endswith("\n"):
            line = stream.readline(LINE_LIMIT)


def _text(raw: BinaryIO, encoding: str) -> io.TextIOWrapper:
    encoding = encodings.without_mark(raw.read(4), encoding)
    raw.seek(0)
    return io.TextIOWrapper(raw, encoding=encoding, errors=encodings.MARK, newline=None)


@contextmanager
def open_records(
    path: Path, encoding: str, delimiter: str, *, first_line: int = 0, width: int = 0
) -> Iterator[tuple[Iterator[Record], Callable[[], int]]]:
    """The file's rows, including the header, and a function that returns the bytes read.

    ``first_line`` skips titles above the table. Bytes without a meaning in the encoding become
    ``encodings.UNREADABLE``.
    """
    with path.open("rb") as raw:
        stream = _text(raw, encoding)
        records = parse_lines(_bounded(stream), delimiter, width)
        yield _rows_only(records, first_line), raw.tell


def odd_records(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    """Rows with non-ASCII letters from anywhere in the file, each line by itself."""
    if encoding.startswith(("utf-16", "utf-32")):
        with open_records(path, encoding, delimiter) as (records, _):
            yield from islice(records, _WIDE_RECORDS)
        return
    with path.open("rb") as stream:
        while piece := stream.readline(LINE_LIMIT):
            if not piece.isascii():
                lines = piece.decode(encoding, encodings.MARK).removeprefix("\ufeff").splitlines()
                yield from parse_lines((line for line in lines if not line.isascii()), delimiter)


def _rows_only(records: Iterator[Record], first_line: int) -> Iterator[Record]:
    """Without titles, Excel's ``sep=;`` in the first line and a byte order mark."""
    for record in records:
        if record.line == 1:
            text = "".join(record.cells).strip("\ufeff \t\"'").lower()
            if text.startswith("sep=") and len(text) <= 5:
                continue
            if record.cells and record.cells[0].startswith("\ufeff"):
                record.cells[0] = record.cells[0][1:]
        if record.line >= first_line:
            yield record
            break
    yield from records
