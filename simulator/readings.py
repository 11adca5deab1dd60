"""Reads what a client sent as what it stands for: a text, a number, an index, an address, JSON; never raises another error."""

import re
from functools import lru_cache
from typing import Any

import orjson

DEEPEST = 100
"""Objects and lists in one another; what is deeper nobody means, and it could not be written again."""

_LONGEST_ADDRESS = 65_536
_PLACES = {str(place): place for place in range(10)}  # nearly always one of these, and fast
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_ADDRESS = re.compile(
    r"https?://(?:[^/?#\s@\\]*@)?([^/?#\s@:\[\]\\]+|\[[0-9a-f:.]+\])(?::\d*)?(?=[/?#]|\Z)",
    re.IGNORECASE,
)


def text_of(value: Any) -> str:
    """A text, or a whole number as Graph takes it for one; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else ""


def count_of(value: Any, digits: int = 15) -> int | None:
    """A whole number from 0 on, also when it is written as a text; None for anything else."""
    if isinstance(value, str):
        whole = len(value) <= digits and value.isascii() and value.isdecimal()
        return int(value) if whole else None
    return value if type(value) is int and 0 <= value < 10**digits else None


def index_of(value: Any) -> int | None:
    """A place counted from 0."""
    place = _PLACES.get(value) if isinstance(value, str) else None
    return count_of(value, 3) if place is None else place


def decimal_of(value: Any) -> float | None:
    """A number with or without a fraction, also when it is written as a text."""
    if isinstance(value, str):
        return float(value) if len(value) <= 64 and _DECIMAL.fullmatch(value) else None
    return float(value) if type(value) in (int, float) else None


def truth_of(value: Any) -> bool | None:
    """True or false, also as a form writes them; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def host_of(address: Any) -> str | None:
    """The host of an http(s) address; None when it is no such address."""
    if not isinstance(address, str) or len(address) > _LONGEST_ADDRESS:
        return None
    return _host(address)


@lru_cache(maxsize=256)  # a campaign has the same picture in every message
def _host(address: str) -> str | None:
    found = _ADDRESS.match(address)
    return found[1].lower() if found else None


def json_of(raw: bytes | str) -> Any:
    """A JSON document; ValueError when it is none or nested too deeply."""
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
