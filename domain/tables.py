"""Cells of exported tables: what a spreadsheet must not take for a formula."""

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r")
_HARMLESS = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


def safe_cell(text: str) -> str:
    """The text, with an apostrophe in front when a spreadsheet would run it.

    Phone numbers and plain numbers stay as they are.
    """
    if text.startswith(_STARTS) and not _HARMLESS.fullmatch(text):
        return f"'{text}"
    return text
