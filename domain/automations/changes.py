"""What differs between two graphs of an automation, such as a draft and the version that acts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Literal

from domain.automations.graphs import Graph, Node, TriggerNode
from domain.automations.nodes import Duration

What = Literal["added", "removed", "changed", "connected", "disconnected", "settings"]


Value = str | bool | float | None


@dataclass(frozen=True, slots=True)
class Edit:
    """A value that is another now, by its path in the data; None where it was not there, or is no longer."""

    path: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference.

    ``at`` is the node or trigger, with its ``type`` and ``title`` (of the new graph, if it is still there). ``edits``
    are the values that changed in it. Of an edge, ``branch`` is where it leaves, ``target`` where it leads, and
    ``target_title`` and ``target_type`` what that is called.
    """

    what: What
    at: str = ""
    type: str = ""
    title: str = ""
    edits: tuple[Edit, ...] = ()
    branch: str = ""
    target: str = ""
    target_type: str = ""
    target_title: str = ""


Placed = Node | TriggerNode


def between(old: Graph, new: Graph) -> tuple[Change, ...]:
    """Every difference in the order of the new graph; where nodes stand on the canvas is none."""
    before, after = _placed(old), _placed(new)
    settings = tuple(_differing(old.settings, new.settings))
    return (
        *(Change(what="settings", edits=settings) for _ in settings[:1]),
        *_nodes(before, after),
        *_edges(old, new, before, after),
    )


def _placed(graph: Graph) -> Mapping[str, Placed]:
    triggers = {trigger.id: trigger for trigger in graph.triggers}
    return {**triggers, **graph.by_id}


def _nodes(before: Mapping[str, Placed], after: Mapping[str, Placed]) -> Iterator[Change]:
    for at, node in after.items():
        if at not in before:
            yield _change("added", node)
        elif differing := _of_node(before[at], node):
            yield _change("changed", node, differing)
    for at, node in before.items():
        if at not in after:
            yield _change("removed", node)


def _change(what: What, node: Placed, edits: tuple[Edit, ...] = ()) -> Change:
    return Change(what=what, at=node.id, type=node.data.TYPE, title=node.title, edits=edits)


def _of_node(old: Placed, new: Placed) -> tuple[Edit, ...]:
    title = [Edit("title", old.title, new.title)] if old.title != new.title else []
    if type(old.data) is not type(new.data):
        return (*title, Edit("type", old.data.TYPE, new.data.TYPE))
    return (*title, *_differing(old.data, new.data))


_IMPLIED = frozenset({"id", "kind", "preview", "mode", "match", "subject", "operator"})
"""What comes and goes with a member of a list, and says little about it."""


def _differing(old: object, new: object) -> Iterator[Edit]:
    """The values that differ, of two values of the same dataclass."""
    before, after = dict(_leaves(old, "")), dict(_leaves(new, ""))
    for path in dict.fromkeys((*after, *before)):
        had, has = before.get(path), after.get(path)
        both = path in before and path in after
        speaks = both or ((had or has) and path.rpartition(".")[2] not in _IMPLIED)
        if had != has and speaks:
            yield Edit(path, had, has)


def _leaves(value: object, path: str) -> Iterator[tuple[str, Value]]:
    """Every value inside of this one by its path; plain lists and durations in one piece."""
    match value:
        case Duration():
            yield path, f"{value.amount} {value.unit}"
        case Enum():
            yield path, str(value.value)
        case None | str() | bool() | int() | float():
            yield path, value
        case tuple() if all(isinstance(one, str) for one in value):
            yield path, ", ".join(value)
        case _:
            for name, one in _inside(value):
                yield from _leaves(one, f"{path}.{name}" if path else name)


def _inside(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, tuple):
        yield from ((str(place), one) for place, one in enumerate(value))
    elif is_dataclass(value):
        yield from ((field.name, getattr(value, field.name)) for field in fields(value))


def _edges(
    old: Graph, new: Graph, before: Mapping[str, Placed], after: Mapping[str, Placed]
) -> Iterator[Change]:
    had, has = set(old.edges), set(new.edges)
    gone = ((edge, before) for edge in old.edges if edge not in has)
    made = ((edge, after) for edge in new.edges if edge not in had)
    for what, edges in (("disconnected", gone), ("connected", made)):
        for edge, placed in edges:
            source, target = placed[edge.source], placed[edge.target]
            yield Change(
                what="connected" if what == "connected" else "disconnected",
                at=edge.source,
                type=source.data.TYPE,
                title=source.title,
                branch=edge.branch,
                target=edge.target,
                target_type=target.data.TYPE,
                target_title=target.title,
            )
