"""What differs between two graphs of an automation, such as a draft and the version that acts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Literal

from domain.automations.graphs import Graph, Node, TriggerNode

What = Literal["added", "removed", "changed", "connected", "disconnected", "settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference.

    ``at`` is the node or trigger, with its ``type`` and ``title`` (of the new graph, if it is still there). ``fields``
    are the names of what changed in it. Of an edge, ``branch`` is where it leaves, ``target`` where it leads, and
    ``target_title`` and ``target_type`` what that is called.
    """

    what: What
    at: str = ""
    type: str = ""
    title: str = ""
    fields: tuple[str, ...] = ()
    branch: str = ""
    target: str = ""
    target_type: str = ""
    target_title: str = ""


Placed = Node | TriggerNode


def between(old: Graph, new: Graph) -> tuple[Change, ...]:
    """Every difference in the order of the new graph; where nodes stand on the canvas is none."""
    before, after = _placed(old), _placed(new)
    settings = _differing(old.settings, new.settings)
    return (
        *(Change(what="settings", fields=settings) for _ in settings[:1]),
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


def _change(what: What, node: Placed, differing: tuple[str, ...] = ()) -> Change:
    return Change(what=what, at=node.id, type=node.data.TYPE, title=node.title, fields=differing)


def _of_node(old: Placed, new: Placed) -> tuple[str, ...]:
    title = ("title",) if old.title != new.title else ()
    if type(old.data) is not type(new.data):
        return (*title, "type")
    return (*title, *_differing(old.data, new.data))


def _differing(old: object, new: object) -> tuple[str, ...]:
    """The names of fields with another value, of two values of the same dataclass."""
    names = (field.name for field in fields(old))  # type: ignore[arg-type]
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


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
