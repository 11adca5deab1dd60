"""Make JSON that others wrote fit to read and store, or refuse it before it costs anything."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from domain.automations.graphs import MOST_BYTES, MOST_EDGES, MOST_NODES, MOST_TRIGGERS
from domain.errors import Invalid

LONGEST = 8192
"""The most characters of one text in a node; twice what WhatsApp sends."""

DEEPEST = 24
"""Levels of JSON; the deepest node needs about ten."""

LARGEST = 2**53
"""The largest whole number that a browser keeps exactly."""

# Neither PostgreSQL nor a page can hold NUL or lone surrogates.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_LISTS = {"nodes": MOST_NODES, "edges": MOST_EDGES, "triggers": MOST_TRIGGERS}


def parsed(text: str | bytes) -> object:
    """The JSON of an exported file; Invalid when it is cut short, or something else."""
    if len(text) > MOST_BYTES * 4:
        raise _too_large()
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("automation_document.unreadable") from None
    return found


def fitted(document: object) -> dict[str, Any]:
    """A document without anything that cannot be stored; Invalid when it is not one, or huge, or endlessly nested."""
    if not isinstance(document, dict):
        raise Invalid("automation_document")
    if any(_length(document.get(name)) > most for name, most in _LISTS.items()):
        raise Invalid(
            "automation_large.parts", nodes=MOST_NODES, edges=MOST_EDGES, triggers=MOST_TRIGGERS
        )
    found: dict[str, Any] = _Fitting().value(document, 0)
    return found


def _length(held: object) -> int:
    return len(held) if isinstance(held, list) else 0


def overlong(value: object, path: str = "") -> Iterator[str]:
    """Where a text is longer than any node needs."""
    if isinstance(value, str):
        if len(value) > LONGEST:
            yield path
        return
    if isinstance(value, dict):
        for name, one in value.items():
            yield from overlong(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from overlong(one, f"{path}.{place}" if path else str(place))


def _too_large() -> Invalid:
    return Invalid("automation_large", most=MOST_BYTES // 1024)


class _Fitting:
    """Walks through a document once and stops as soon as it has seen too much."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MOST_BYTES

    def value(self, value: object, depth: int) -> Any:
        """The value as it can be stored; what JSON has no word for is left out."""
        if isinstance(value, str):
            return self._text(value)
        self._spend(1)
        if isinstance(value, dict | list):
            if depth == DEEPEST:
                raise Invalid("automation_document.deep")
            return self._inside(value, depth + 1)
        if isinstance(value, bool) or value is None:
            return value
        return _number(value)

    def _inside(self, value: dict[Any, Any] | list[Any], depth: int) -> Any:
        if isinstance(value, list):
            return [self.value(one, depth) for one in value]
        return {self._text(str(name)): self.value(one, depth) for name, one in value.items()}

    def _text(self, text: str) -> str:
        self._spend(len(text) + 2)
        return _UNSTORABLE.sub("", text)

    def _spend(self, bytes_: int) -> None:
        self._left -= bytes_
        if self._left < 0:
            raise _too_large()


def _number(value: object) -> int | float | None:
    if isinstance(value, int):
        return max(-LARGEST, min(value, LARGEST))
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if math.isfinite(found) else None
