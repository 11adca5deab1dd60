"""Exported tables: one way to write their lines, in which no spreadsheet finds a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

# Some programs take the full-width signs for the plain ones.
_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_HIDDEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}
_HARMLESS = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


# A spreadsheet whose country separates with semicolons or tabs takes a comma file's line apart at
# these, and finds no quotes in force: what follows them is the beginning of a cell there.
_CUTS = re.compile(r"([;\t\r\n]+)")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe in front of whatever a spreadsheet would run.

    Phone numbers and plain numbers stay as they are.
    """
    if _begins_formula(text) and not _HARMLESS.fullmatch(text):
        text = f"'{text}"
    if not _CUTS.search(text):
        return text
    first, *rest = _CUTS.split(text)
    return first + "".join(map(_safe_piece, rest))


def _safe_piece(piece: str) -> str:
    """The beginning of a cell for whoever cuts there; one quote more may stand before it."""
    runs = _begins_formula(piece.lstrip('"')) and not _HARMLESS.fullmatch(piece.strip())
    return f"'{piece}" if runs and not _CUTS.fullmatch(piece) else piece


def _begins_formula(text: str) -> bool:
    """Whether the first sign that can be seen begins a formula, or a control character is in front."""
    first = next((char for char in text if unicodedata.category(char) not in _HIDDEN), "")
    return (first.startswith(_STARTS) and first != "") or text[:1] in {"\t", "\r"}


_MARKED = re.compile(r"'(?=[\d=+\-@\uff1d\uff0b\uff0d\uff20])(?:\D.*|[\d .,:/()+-]+)", re.DOTALL)


def unmarked(cell: str) -> str:
    """A cell without the apostrophe by which programs say that digits, or what begins like a formula, are text.

    A word that begins with one keeps it.
    """
    return cell[1:] if cell[:1] == "'" and _MARKED.fullmatch(cell) else cell


def csv_line(cells: Iterable[str]) -> str:
    """A line of a CSV that leaves the house: every cell is made safe."""
    stream = io.StringIO()
    csv.writer(stream).writerow(map(safe_cell, cells))
    return stream.getvalue()
