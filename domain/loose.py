"""Read values out of JSON that others wrote, whatever type they turn out to have."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST = 500
"""The most characters of a short text; longer ones are cut."""

DEEPEST = 50
"""How many levels of JSON within a text are read; deeper ones become "…"."""

_MILLISECONDS = 100_000_000_000
"""The year 5138 in seconds, 1973 in milliseconds: no time from Meta is on the wrong side."""

Object = Mapping[str, Any]

# Neither PostgreSQL nor a page can hold NUL or lone surrogates.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text that others wrote, safe to show and store; None when unreadable.

    Fractions stay as written: 12.50 does not become 12.5.

    Endless nesting, an escaped half of an emoji and a number of endlessly many digits are JSON too: one would exhaust
    the stack, one would make a page that cannot be encoded, and no decimal holds the last.
    """
    try:
        return _fit(json.loads(text, parse_float=Decimal), 0)
    except (ValueError, ArithmeticError, RecursionError):
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
    """A quantity, possibly fractional; 1 when it is not a number."""
    found = amount(value)
    if found is None or not 0 <= found <= 1_000_000:
        return 1
    return int(found) if found == found.to_integral_value() else found


def amount(value: object) -> Decimal | None:
    """An exact amount of money."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 15 else None


def seconds(told: float) -> float:
    """Unix seconds, even from milliseconds, which some of Meta's products send."""
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
    """One short text; yes or no for booleans, empty for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float | Decimal):
        return str(value)[:LONGEST]
    return ""
