"""Values taken out of JSON that others wrote, by paths such as ``data.items[0].id``."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from domain import loose
from domain.automations.nodes import Pick
from domain.automations.states import Value
from domain.automations.triggers import HookValue

LONGEST = 4096
"""The most characters of a value."""

MOST_DIGITS = 100

_PART = re.compile(r"\[(-?\d{1,6})\]|\[\"([^\"]*)\"\]|([^.\[\]]+)")


def read(text: str | bytes) -> Any:
    """The value of a JSON text that others wrote, fractions as written; raises ValueError where it is none."""
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "replace").removeprefix("\ufeff")
    found = loose.parsed(text)
    if found is None and text.strip() != "null":
        raise ValueError("not JSON")
    return found


def pick(document: Any, path: str) -> Value | None:
    """The value at a path; None where there is none. What is nested there is given as JSON text."""
    found = document
    for part in _parts(path):
        found = _inside(found, part)
        if found is None:
            return None
    return _value(found)


def picked(document: Any, picks: Iterable[Pick | HookValue]) -> dict[str, Value]:
    """Everything that is to be picked, by the names it is saved under; what is not there is left out."""
    values = {one.save_as: pick(document, one.path) for one in picks if one.save_as}
    return {name: value for name, value in values.items() if value is not None}


def _parts(path: str) -> Iterator[str | int]:
    for found in _PART.finditer(path.strip().removeprefix("$")):
        place, quoted, name = found.groups()
        yield int(place) if place is not None else quoted if quoted is not None else name.strip()


def _inside(found: Any, part: str | int) -> Any:
    if isinstance(found, dict):
        return found.get(str(part))
    if isinstance(found, list) and _is_place(part):
        place = int(part)
        return found[place] if -len(found) <= place < len(found) else None
    return None


def _is_place(part: str | int) -> bool:
    return isinstance(part, int) or (part.isascii() and part.isdecimal())


def _value(found: Any) -> Value:
    if isinstance(found, bool):
        return found
    if isinstance(found, float):
        return f"{Decimal(repr(found)):f}" if math.isfinite(found) else str(found)
    if isinstance(found, Decimal):
        return plain(found)[:LONGEST]
    if isinstance(found, str | int):
        return str(found)[:LONGEST]
    return _json(found)[:LONGEST]


def _json(found: Any) -> str:
    """JSON text in which numbers keep their digits."""
    match found:
        case dict():
            inside = (f"{_json(name)}: {_json(one)}" for name, one in found.items())
            return f"{{{', '.join(inside)}}}"
        case list():
            return f"[{', '.join(map(_json, found))}]"
        case Decimal():
            return plain(found)
        case _:
            return json.dumps(found, ensure_ascii=False)


def plain(number: Decimal) -> str:
    """A decimal as people write it; one that would take a page of zeros keeps its exponent."""
    return f"{number:f}" if abs(number.adjusted()) < MOST_DIGITS else str(number)
