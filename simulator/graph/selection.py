"""The `fields` parameter: names, modifiers and nested fields, with Graph's errors for unknown names."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import GraphError
from simulator.readings import DEEPEST

_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)")
_MODIFIER = re.compile(r"\.([a-z_]+)\(")


@dataclass(slots=True)
class Field:
    """One requested field, such as `phone_numbers.limit(2){id,status}`."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    inside: list["Field"] | None = None


Value = Any | Callable[[Field], Any]
"""A field's value, or a function that computes it for a request."""


def inside_of(wish: Field) -> str | None:
    """The nested fields of a requested field, as a parameter."""
    return None if wish.inside is None else ",".join(map(written, wish.inside))


def edge_query(wish: Field) -> dict[str, str]:
    """The query for a nested edge."""
    fields = inside_of(wish)
    return wish.modifiers if fields is None else {**wish.modifiers, "fields": fields}


def written(wish: Field) -> str:
    """A requested field as written."""
    modifiers = "".join(f".{name}({given})" for name, given in wish.modifiers.items())
    inside = inside_of(wish)
    return f"{wish.name}{modifiers}" + ("" if inside is None else f"{{{inside}}}")


def wishes(text: str, depth: int = 0) -> list[Field]:
    """A parsed `fields` parameter; `depth` is how deeply it is nested."""
    found, place = _list(text, 0, depth)
    if place != len(text):
        raise _syntax(text[place : place + 20])
    return found


def _syntax(near: str) -> GraphError:
    return GraphError(
        2500, message=f'Syntax error "Expected end of string instead of \\"{near}\\"."', status=400
    )


def _list(text: str, place: int, depth: int) -> tuple[list[Field], int]:
    if depth > DEEPEST:
        raise GraphError(100, message="(#100) Param fields is nested too deeply.")
    found: list[Field] = []
    while place < len(text):
        match = _NAME.match(text, place)
        if match is None:
            raise _syntax(text[place : place + 20])
        wish = Field(match[1])
        place = _modifiers(text, match.end(), wish, depth)
        if text[place : place + 1] == "{":
            wish.inside, place = _list(text, place + 1, depth + 1)
            if text[place : place + 1] != "}":
                raise _syntax(text[place : place + 20])
            place += 1
        found.append(wish)
        while text[place : place + 1] == " ":
            place += 1
        if text[place : place + 1] != ",":
            break
        place += 1
    return found, place


def _modifiers(text: str, place: int, wish: Field, depth: int) -> int:
    while match := _MODIFIER.match(text, place):
        end, depth = match.end(), 1
        while end < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        if depth:
            raise _syntax(text[place : place + 20])
        given = text[match.end() : end - 1]
        if match[1] == "fields":
            wish.inside = wishes(given, depth + 1)
        wish.modifiers[match[1]] = given
        place = end
    return place


def selected(
    node: Mapping[str, Value],
    fields: str | None,
    default: Collection[str],
    kind: str,
    empty: Collection[str] = (),
) -> dict[str, Any]:
    """Only the requested fields, always including the id; `empty` ones exist but have no value."""
    wanted = [Field(name) for name in default] if not fields else wishes(fields)
    return _chosen(node, wanted, kind, empty)


def _chosen(
    node: Mapping[str, Value], wanted: list[Field], kind: str, empty: Collection[str]
) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for wish in wanted:
        if wish.name in node:
            value = node[wish.name]
            value = value(wish) if callable(value) else value
            chosen[wish.name] = value if wish.inside is None else _inside(value, wish)
        elif wish.name not in empty:
            raise GraphError(
                100,
                message=f"(#100) Tried accessing nonexisting field ({wish.name}) on node type ({kind})",
            )
    if "id" in node:
        chosen.setdefault("id", node["id"])
    return chosen


_PARTS = frozenset({"errors", "additional_info", "paging", "data"})
"""Keys that only some objects of a kind have."""


def _inside(value: Any, wish: Field) -> Any:
    assert wish.inside is not None
    if isinstance(value, list):
        return [_inside(item, wish) for item in value]
    if not isinstance(value, dict):
        return value
    if "data" in value and isinstance(
        value["data"], list
    ):  # an edge: its handler has already chosen
        return value
    return _chosen(value, wish.inside, wish.name, _PARTS)
