"""Change the graph of a document without losing what in it could not be read, such as a newer release's steps."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import replace
from typing import Any

from domain.automations.graphs import SCHEMA, Edge, Graph, Node, Settings, TriggerNode
from domain.automations.nodes import End
from domain.automations.triggers import ManualTrigger
from services.automations.documents.data import write_data
from services.automations.documents.reading import (
    ENDS,
    ID_LIMIT,
    PARTS,
    SHOWN,
    Read,
    entries,
    pixels,
    read,
)
from services.automations.documents.writing import write

Json = dict[str, Any]


def change(document: object, how: Callable[[Graph], Graph]) -> Json:
    """The document after a change of its graph.

    For each step that could not be read another stands in meanwhile; then it is back, with its connections.
    """
    given = read(document)
    steps, starts = _all_unread(given)
    after = how(_filled(given.graph, given.document, steps, starts))
    written = write(after)
    return {
        **given.document,
        "schema": given.document.get("schema", SCHEMA),
        "triggers": [_back(one, starts) for one in written["triggers"]],
        "nodes": [_back(one, steps) for one in written["nodes"]],
        "edges": written["edges"],
        "settings": _settings(given.document.get("settings"), given.graph.settings, after.settings),
    }


def leave_out(document: object, at: str, field: str) -> Json:
    """The document without what could not be read of this node or trigger; else without this part of the whole."""
    given = read(document)
    whole = given.document
    if at and at not in _ids(given.graph):
        lists = {name: whole[name] for name in ("triggers", "nodes") if name in whole}
        whole = {**whole, **{name: _without(held, at) for name, held in lists.items()}}
    elif field.partition(".")[0] == "settings":
        whole = {**whole, "settings": write_data(given.graph.settings)}
    else:
        whole = {one: held for one, held in whole.items() if one in PARTS or one[:SHOWN] != field}
    return change(whole, lambda graph: graph)


def with_stand_ins(given: Read) -> tuple[Graph, Set[str]]:
    """The graph with something in place of each step that could not be read, and the ids of these."""
    steps, starts = _all_unread(given)
    return _filled(given.graph, given.document, steps, starts), steps.keys() | starts.keys()


def _all_unread(given: Read) -> tuple[dict[str, Json], dict[str, Json]]:
    known = _ids(given.graph)
    steps = _unread(given.document.get("nodes"), known)
    return steps, _unread(given.document.get("triggers"), known | steps.keys())


def _ids(graph: Graph) -> Set[str]:
    return graph.by_id.keys() | {one.id for one in graph.triggers}


def _entries(listed: object) -> Iterator[Json]:
    """The entries of a list that can be told from one another."""
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            at = entry.get("id")
            if isinstance(at, str) and 0 < len(at) <= ID_LIMIT:
                yield entry


def _unread(listed: object, known: Set[str]) -> dict[str, Json]:
    """By id, the entries that are in no graph."""
    found: dict[str, Json] = {}
    for entry in _entries(listed):
        if entry["id"] not in known:
            found.setdefault(entry["id"], entry)
    return found


def _without(listed: object, at: str) -> list[Any]:
    return [entry for entry in _entries(listed) if entry["id"] != at]


def _filled(
    graph: Graph, document: Json, steps: Mapping[str, Json], starts: Mapping[str, Json]
) -> Graph:
    """The graph with a stand-in for each of these, connected as they are."""
    triggers = (
        TriggerNode(id=at, data=ManualTrigger(), x=pixels(one.get("x")), y=pixels(one.get("y")))
        for at, one in starts.items()
    )
    nodes = (
        Node(id=at, data=End(), x=pixels(one.get("x")), y=pixels(one.get("y")))
        for at, one in steps.items()
    )
    return replace(
        graph,
        triggers=(*graph.triggers, *triggers),
        nodes=(*graph.nodes, *nodes),
        edges=(*graph.edges, *_edges(graph, document, steps.keys(), starts.keys())),
    )


def _edges(graph: Graph, document: Json, steps: Set[str], starts: Set[str]) -> Iterator[Edge]:
    """The connections of what could not be read, which are in no graph either."""
    targets = graph.by_id.keys() | steps
    sources = _ids(graph) | steps | starts
    taken = {(edge.source, edge.branch) for edge in graph.edges}
    for entry in entries(document.get("edges", [])):
        source, branch, target = (str(entry.get(end, "")) for end in ENDS)
        unread = source in steps | starts or target in steps
        if unread and source in sources and target in targets and (source, branch) not in taken:
            taken.add((source, branch))
            yield Edge(source=source, branch=branch, target=target)


def _back(written: Json, unread: Mapping[str, Json]) -> Json:
    """What a stand-in stood for, where it stands now."""
    given = unread.get(written["id"])
    return written if given is None else {**given, "x": written["x"], "y": written["y"]}


def _settings(given: object, before: Settings, after: Settings) -> Json:
    """The settings with what was changed, and with those that could not be read."""
    new, old = write_data(after), write_data(before)
    if not isinstance(given, dict):
        return new
    return {**old, **given, **{name: value for name, value in new.items() if value != old[name]}}
