"""Exported tables, written so that no spreadsheet finds a formula in them."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

# Some programs treat full-width signs like the plain ones.
_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_HIDDEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}
_HARMLESS = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


# A spreadsheet in a country that uses semicolons or tabs splits a comma file's line at these, ignoring the quotes: what
# follows them starts a cell there.
_CUTS = re.compile(r"([;\t\r\n]+)")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before anything a spreadsheet would run.

    Phone numbers and plain numbers stay as they are.
    """
    if _begins_formula(text) and not _HARMLESS.fullmatch(text):
        text = f"'{text}"
    if not _CUTS.search(text):
        return text
    first, *rest = _CUTS.split(text)
    return first + "".join(map(_safe_piece, rest))


def _safe_piece(piece: str) -> str:
    """The start of a cell for a program that splits there; another quote may precede it."""
    runs = _begins_formula(piece.lstrip('"')) and not _HARMLESS.fullmatch(piece.strip())
    return f"'{piece}" if runs and not _CUTS.fullmatch(piece) else piece


def _begins_formula(text: str) -> bool:
    """Whether the first visible character starts a formula, or a control character comes first."""
    first = next((char for char in text if unicodedata.category(char) not in _HIDDEN), "")
    return (first.startswith(_STARTS) and first != "") or text[:1] in {"\t", "\r"}


_MARKED = re.compile(r"'(?=[\d=+\-@\uff1d\uff0b\uff0d\uff20])(?:\D.*|[\d .,:/()+-]+)", re.DOTALL)


def unmarked(cell: str) -> str:
    """A cell without the apostrophe that marks digits, or something like a formula, as text.

    A word that begins with one keeps it.
    """
    return cell[1:] if cell[:1] == "'" and _MARKED.fullmatch(cell) else cell


def csv_line(cells: Iterable[str]) -> str:
    """A line of an exported CSV, with every cell made safe."""
    stream = io.StringIO()
    csv.writer(stream).writerow(map(safe_cell, cells))
    return stream.getvalue()
