"""Reads answers as the types they should have: anything else from Meta counts as missing."""

from collections.abc import Mapping
from typing import Any, TypeGuard

TEXT_LIMIT = 2_000
NUMBER_DIGITS = 18
ID_LIMIT = 512


def mapping(value: object) -> dict[str, Any]:
    """The object, or an empty one."""
    return dict(value) if isinstance(value, Mapping) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; anything else is dropped."""
    return [dict(item) for item in value if isinstance(item, Mapping)] if _is_list(value) else []


def texts(value: object) -> list[str]:
    """The texts of a list."""
    return [text(item) for item in value if text(item)] if _is_list(value) else []


def text(value: object, limit: int = TEXT_LIMIT) -> str:
    """A text or number as storable text; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value)[:limit].replace("\x00", "�")


def number(value: object) -> int | None:
    """A whole number, even if written as text."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**NUMBER_DIGITS else None
    written = value.strip()
    digits = written.removeprefix("-")
    short = len(digits) <= NUMBER_DIGITS and digits.isascii() and digits.isdigit()
    return int(written) if short else None


def answered_id(value: object) -> str | None:
    """An id in an answer: a short printable text (or a number), never repaired."""
    if type(value) is str:
        return value if 0 < len(value) <= ID_LIMIT and value.isprintable() else None
    found = text(value, ID_LIMIT + 1)
    usable = 0 < len(found) <= ID_LIMIT and found.isprintable() and found == str(value)
    return found if usable else None


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
