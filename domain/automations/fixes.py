"""What one click does about a problem: the graph with it put right."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from domain.automations import layout
from domain.automations.conditions import Condition, Conditions, Group, Subject
from domain.automations.graphs import Edge, Graph, Node
from domain.automations.nodes import (
    ANSWERED,
    NEXT,
    NO,
    TIMEOUT,
    YES,
    Branch,
    Data,
    Duration,
    End,
    HttpRequest,
    RandomSplit,
    SendTemplate,
    Unit,
    UserReply,
    branches,
)
from domain.automations.problems.drawing import BY_THE_WAY
from domain.automations.problems.found import Fix

_A_DAY = Duration(amount=1, unit=Unit.DAYS)
_BELOW = 200
"""Pixels between a node and what is drawn under it."""

_WINDOW_OPEN = Conditions(
    groups=(Group(conditions=(Condition(subject=Subject.WINDOW, value="open"),)),)
)


def apply(graph: Graph, at: str, fix: Fix, field: str = "") -> Graph:
    """The graph after the fix of the problem at this node, and at this ``field`` of it; unchanged when nothing is left to do."""
    return _FIXES[fix](graph, at, field)


def _leave_out(graph: Graph, _at: str, _field: str) -> Graph:
    """What could not be read is in no graph: writing it down again is enough."""
    return graph


def _remove(graph: Graph, at: str, _field: str) -> Graph:
    """Without a node, or trigger, and its edges."""
    return replace(
        graph,
        triggers=tuple(one for one in graph.triggers if one.id != at),
        nodes=tuple(one for one in graph.nodes if one.id != at),
        edges=tuple(edge for edge in graph.edges if at not in (edge.source, edge.target)),
    )


def _mark_marketing(graph: Graph, _at: str, _field: str) -> Graph:
    return replace(graph, settings=replace(graph.settings, marketing=True))


def _add_end(graph: Graph, at: str, field: str) -> Graph:
    """An End behind a branch, or behind all of a node's that lead nowhere."""
    node = graph.by_id.get(at)
    if node is None:
        return graph
    loose = [branch for branch in branches(node.data) if graph.after(at, branch) is None]
    chosen = [branch for branch in loose if branch == field or not (field or branch in BY_THE_WAY)]
    if not chosen:
        return graph
    end = _beside(graph, node, "end", End(), columns=1, rows=loose.index(chosen[0]))
    edges = tuple(Edge(source=at, branch=branch, target=end.id) for branch in chosen)
    return replace(graph, nodes=(*graph.nodes, end), edges=(*graph.edges, *edges))


def _add_template_fallback(graph: Graph, at: str, _field: str) -> Graph:
    """A condition before the node: window open, as before; closed, a template.

    The template stands for a message. After it a question waits for any reply, which opens the window, and is asked then.
    """
    node = graph.by_id.get(at)
    if node is None:
        return graph
    asks = _beside(graph, node, "window", Branch(when=_WINDOW_OPEN))
    template = _beside(graph, node, "template", SendTemplate(), columns=1, rows=1)
    moved = tuple(
        replace(edge, target=asks.id) if edge.target == at else edge for edge in graph.edges
    )
    added = (
        Edge(source=asks.id, branch=YES, target=at),
        Edge(source=asks.id, branch=NO, target=template.id),
    )
    more = replace(
        graph,
        nodes=(*_pushed(graph, node), asks, template),
        edges=(*moved, *added),
    )
    return _after_template(more, node, template)


def _after_template(graph: Graph, node: Node, template: Node) -> Graph:
    """Where it goes on after the template that stands for a node."""
    if not isinstance(node.data, UserReply):
        following = graph.after(node.id, NEXT)
        added = (Edge(source=template.id, branch=NEXT, target=following),) if following else ()
        return replace(graph, edges=(*graph.edges, *added))
    data = UserReply(timeout=node.data.timeout or _A_DAY)
    wait = _beside(graph, node, "reply", data, columns=2, rows=1)
    edges = [
        Edge(source=template.id, branch=NEXT, target=wait.id),
        Edge(source=wait.id, branch=ANSWERED, target=node.id),
    ]
    if (late := graph.after(node.id, TIMEOUT)) is not None:
        edges.append(Edge(source=wait.id, branch=TIMEOUT, target=late))
    return replace(graph, nodes=(*graph.nodes, wait), edges=(*graph.edges, *edges))


def _share_evenly(graph: Graph, at: str, _field: str) -> Graph:
    """Equal shares; the first ones take what is left over of a hundred."""
    node = graph.by_id.get(at)
    if node is None or not isinstance(node.data, RandomSplit) or not node.data.shares:
        return graph
    each, over = divmod(100, len(node.data.shares))
    shares = tuple(
        replace(share, percent=each + (place < over))
        for place, share in enumerate(node.data.shares)
    )
    return _with_data(graph, node, replace(node.data, shares=shares))


def _use_https(graph: Graph, at: str, _field: str) -> Graph:
    node = graph.by_id.get(at)
    if node is None or not isinstance(node.data, HttpRequest):
        return graph
    scheme, separator, rest = node.data.url.partition("://")
    if scheme.lower() != "http":
        return graph
    return _with_data(graph, node, replace(node.data, url=f"https{separator}{rest}"))


def _with_data(graph: Graph, node: Node, data: Data) -> Graph:
    changed = replace(node, data=data)
    return replace(graph, nodes=tuple(changed if one is node else one for one in graph.nodes))


def _beside(
    graph: Graph,
    node: Node,
    name: str,
    data: Data,
    *,
    columns: int = 0,
    rows: int = 0,
) -> Node:
    """A new node next to another."""
    x, y = node.x + columns * layout.COLUMN, node.y + rows * _BELOW
    return Node(id=free_id(graph, name), data=data, x=x, y=y)


def _pushed(graph: Graph, node: Node) -> tuple[Node, ...]:
    """The nodes with this one, and what stands right of it, a column further right."""
    return tuple(
        replace(one, x=one.x + layout.COLUMN) if one is node or one.x > node.x else one
        for one in graph.nodes
    )


def free_id(graph: Graph, name: str) -> str:
    """An id that nothing in the graph has."""
    taken = {*graph.by_id, *(trigger.id for trigger in graph.triggers)}
    number = 1
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"


_FIXES: Mapping[Fix, Callable[[Graph, str, str], Graph]] = {
    Fix.ADD_END: _add_end,
    Fix.ADD_TEMPLATE_FALLBACK: _add_template_fallback,
    Fix.LEAVE_OUT: _leave_out,
    Fix.MARK_MARKETING: _mark_marketing,
    Fix.REMOVE: _remove,
    Fix.SHARE_EVENLY: _share_evenly,
    Fix.USE_HTTPS: _use_https,
}
