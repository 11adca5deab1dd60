"""Read values out of JSON that others wrote, whatever type they turn out to have."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST = 500
"""Characters of a short text; what is longer is cut."""

DEEPEST = 50
"""Levels of JSON inside a text that are read; below stands "…"."""

_MILLISECONDS = 100_000_000_000
"""As seconds the year 5138, as milliseconds 1973: no time of Meta's lies on the wrong side."""

Object = Mapping[str, Any]

# Neither PostgreSQL nor a page can hold NUL and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text that others wrote, fit to be shown and kept; None when nobody can read it.

    Fractions stay what they are written as: 12.50 is no 12.5.

    A text nested without end and an escaped half of an emoji are JSON too: the one would end in
    an exhausted stack, the other in a page that cannot be encoded.
    """
    try:
        return _fit(json.loads(text, parse_float=Decimal), 0)
    except (ValueError, RecursionError):
        return None


def _fit(value: object, depth: int) -> object:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if not isinstance(value, dict | list):
        return value
    if depth == DEEPEST:
        return "…"
    if isinstance(value, list):
        return [_fit(item, depth + 1) for item in value]
    return {str(_fit(key, 0)): _fit(item, depth + 1) for key, item in value.items()}


def quantity(value: object) -> int | Decimal:
    """How many pieces, or how much of one; one when it is no number."""
    found = amount(value)
    if found is None or not 0 <= found <= 1_000_000:
        return 1
    return int(found) if found == found.to_integral_value() else found


def amount(value: object) -> Decimal | None:
    """A sum of money, exact."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 15 else None


def seconds(told: float) -> float:
    """Unix seconds, also of what is written in milliseconds, as some of Meta's products do."""
    return told if told < _MILLISECONDS else told / 1000


def moment(value: object) -> datetime | None:
    """Unix time as text or number."""
    try:
        return datetime.fromtimestamp(seconds(int(str(value))), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def web_address(value: object) -> str:
    """An http or https address; empty when it is something else."""
    address = text_of(value)
    return address if address.lower().startswith(("https://", "http://")) else ""


def obj(value: object) -> Object:
    """An object; empty when it is something else."""
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> list[Object]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def full_text(value: object) -> str:
    """A text in full."""
    return value if isinstance(value, str) else text_of(value)


def text_of(value: object) -> str:
    """One short text; yes and no for booleans, nothing for what is no text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float | Decimal):
        return str(value)[:LONGEST]
    return ""
