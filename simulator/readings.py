"""Reads client values as a text, number, index, address or JSON; raises no other errors."""

import re
from functools import lru_cache
from typing import Any

import orjson

DEEPEST = 100
"""The deepest nesting of objects and lists; deeper ones are never meant and could not be written again."""

_LONGEST_ADDRESS = 65_536
_PLACES = {str(place): place for place in range(10)}  # nearly always one of these, and fast
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_ADDRESS = re.compile(
    r"https?://(?:[^/?#\s@\\]*@)?([^/?#\s@:\[\]\\]+|\[[0-9a-f:.]+\])(?::\d*)?(?=[/?#]|\Z)",
    re.IGNORECASE,
)


def text_of(value: Any) -> str:
    """A text, or a whole number, which Graph accepts as one; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else ""


def count_of(value: Any, digits: int = 15) -> int | None:
    """A whole number from 0, even if written as text; None for anything else."""
    if isinstance(value, str):
        whole = len(value) <= digits and value.isascii() and value.isdecimal()
        return int(value) if whole else None
    return value if type(value) is int and 0 <= value < 10**digits else None


def index_of(value: Any) -> int | None:
    """A position counted from 0."""
    place = _PLACES.get(value) if isinstance(value, str) else None
    return count_of(value, 3) if place is None else place


def decimal_of(value: Any) -> float | None:
    """A number with or without a fraction, even if written as text."""
    if isinstance(value, str):
        return float(value) if len(value) <= 64 and _DECIMAL.fullmatch(value) else None
    return float(value) if type(value) in (int, float) else None


def truth_of(value: Any) -> bool | None:
    """True or false, even as written by a form; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def host_of(address: Any) -> str | None:
    """The host of an http(s) address; None if it is not one."""
    if not isinstance(address, str) or len(address) > _LONGEST_ADDRESS:
        return None
    return _host(address)


@lru_cache(maxsize=256)  # every message of a campaign has the same picture
def _host(address: str) -> str | None:
    found = _ADDRESS.match(address)
    return found[1].lower() if found else None


def json_of(raw: bytes | str) -> Any:
    """A JSON document; raises ValueError if it is invalid or nested too deeply."""
    value = orjson.loads(raw)
    opened = (
        raw.count(b"[") + raw.count(b"{")
        if isinstance(raw, bytes)
        else raw.count("[") + raw.count("{")
    )
    if opened > DEEPEST and _deep(value):
        raise ValueError("nested too deeply")
    return value


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
