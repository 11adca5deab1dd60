"""What of a stored document can be drawn: whatever has a wrong shape is left out, or back at its default."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from domain.automations import nodes, triggers
from domain.automations.graphs import Settings
from services.automations.documents.changing import change
from services.automations.documents.data import read_data
from services.automations.documents.reading import (
    SHOWN,
    entries,
    pixels,
    read,
    title_of,
)

Json = dict[str, Any]
_NEWER = "unexpected_keyword_argument"
_TYPES: Mapping[str, Mapping[str, type[object]]] = {
    "triggers": triggers.TYPES,
    "nodes": nodes.TYPES,
}


def repaired(document: object) -> Json:
    """The document as every page can show it; the same if nothing is wrong with its shape.

    Steps of types from a newer release stay, and so do values from one that a known step has.
    """
    given = read(document)
    whole = given.document
    if not given.problems and _is_drawable(whole):
        return whole
    shown = {
        name: [_drawable(one, types) for one in entries(whole.get(name, []))]
        for name, types in _TYPES.items()
    }
    settings = _fitting(Settings, whole.get("settings"))
    return change({**whole, **shown, "settings": settings}, lambda graph: graph)


def _is_drawable(document: Json) -> bool:
    """Whether what reading forgives in silence is as it should be: lists, titles and places."""
    if not all(isinstance(document.get(name, []), list) for name in (*_TYPES, "edges")):
        return False
    return all(
        title_of(one.get("title", "")) == one.get("title", "")
        and all(pixels(one.get(axis, 0)) == one.get(axis, 0) for axis in ("x", "y"))
        for name in _TYPES
        for one in document.get(name, [])
    )


def _drawable(entry: Json, types: Mapping[str, type[object]]) -> Json:
    """A step with its title as a text and, if its type is known, data of the right shape."""
    name = entry.get("type")
    kind = types.get(name) if isinstance(name, str) else None
    plain = {**entry, "type": str(name)[:SHOWN], "title": title_of(entry.get("title"))}
    data = entry.get("data", {})
    if kind is None:
        return {**plain, "data": data if isinstance(data, dict) else {}}
    return {**plain, "data": _fitting(kind, data)}


def _fitting(kind: type[object], value: object) -> Json:
    """The parts of a value that this class can read, and those that only a newer release knows."""
    if not isinstance(value, dict):
        return {}
    try:
        read_data(kind, value)
    except ValidationError as refused:
        errors = refused.errors(include_url=False, include_context=False, include_input=False)
        wrong = {error["loc"][0] for error in errors if error["type"] != _NEWER}
        return {name: one for name, one in value.items() if name not in wrong}
    return value
