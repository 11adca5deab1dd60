"""Arranges the nodes of a graph in columns from left to right, in the order in which runs pass them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from domain.automations.graphs import Edge, Graph
from domain.automations.nodes import branches

COLUMN = 360
"""Pixels from the left of a node to the left of one in the next column."""

GAP = 48
"""Pixels between two nodes of a column."""

_HEAD, _BRANCH = 96, 28
"""The height of a node: its title and summary, and a line for each branch."""

Place = tuple[float, float]


def arrange(graph: Graph) -> Graph:
    """The same graph, arranged: nodes right of what leads to them, branches in their order, no node on another."""
    places = _Plan(graph).places()
    triggers = (replace(one, x=x, y=y) for one in graph.triggers for x, y in [places[one.id]])
    nodes = (replace(one, x=x, y=y) for one in graph.nodes for x, y in [places[one.id]])
    return replace(graph, triggers=tuple(triggers), nodes=tuple(nodes))


class _Plan:
    """Columns by the longest way from a start, without the edges that lead back."""

    def __init__(self, graph: Graph) -> None:
        self._out = {one.id: ("next",) for one in graph.triggers} | {
            one.id: branches(one.data) for one in graph.nodes
        }
        self._edges: dict[str, list[Edge]] = {}
        for edge in graph.edges:
            self._edges.setdefault(edge.source, []).append(edge)
        for edges in self._edges.values():
            edges.sort(key=lambda edge: self._branch(edge.source, edge.branch))
        self._forward: list[Edge] = []
        self._columns = self._layered()

    def places(self) -> Mapping[str, Place]:
        """The upper left corner of each node."""
        columns: dict[int, list[str]] = {}
        for name, column in self._columns.items():
            columns.setdefault(column, []).append(name)
        into: dict[str, list[Edge]] = {}
        for edge in self._forward:
            into.setdefault(edge.target, []).append(edge)
        drawn = {name: at for at, name in enumerate(self._out)}
        found: dict[str, Place] = {}
        for column in sorted(columns):
            wanted = {name: self._beside(into.get(name, []), found) for name in columns[column]}
            free = float("-inf")
            for name in sorted(wanted, key=lambda one: (wanted[one], drawn[one])):
                top = max(free, wanted[name])
                found[name] = (column * COLUMN, round(top))
                free = top + self._height(name) + GAP
        return found

    def _branch(self, source: str, branch: str) -> int:
        known = self._out.get(source, ())
        return known.index(branch) if branch in known else len(known)

    def _height(self, name: str) -> int:
        return _HEAD + _BRANCH * max(1, len(self._out[name]))

    def _beside(self, into: list[Edge], found: Mapping[str, Place]) -> float:
        """As high as the branches that lead here, on average; starts begin at the top."""
        heights = [
            found[edge.source][1] + (_HEAD + GAP) * self._branch(edge.source, edge.branch)
            for edge in into
            if edge.source in found
        ]
        return sum(heights) / len(heights) if heights else 0

    def _layered(self) -> Mapping[str, int]:
        """The column of each node: one after the last that leads to it."""
        order = self._ordered()
        columns = dict.fromkeys(order, 0)
        into: dict[str, list[str]] = {}
        for edge in self._forward:
            into.setdefault(edge.target, []).append(edge.source)
        for name in order:
            columns[name] = max((columns[one] + 1 for one in into.get(name, ())), default=0)
        return columns

    def _ordered(self) -> list[str]:
        """Every node after all that lead to it, but for edges that close a circle."""
        done: list[str] = []
        seen: set[str] = set()
        for start in self._out:
            if start not in seen:
                self._visit(start, seen, done)
        done.reverse()
        place = {name: at for at, name in enumerate(done)}
        self._forward = [
            edge
            for edges in self._edges.values()
            for edge in edges
            if edge.source in place and place[edge.source] < place.get(edge.target, -1)
        ]
        return done

    def _visit(self, start: str, seen: set[str], done: list[str]) -> None:
        seen.add(start)
        stack: list[tuple[str, Iterator[Edge]]] = [(start, self._ahead(start))]
        while stack:
            name, ahead = stack[-1]
            edge = next(ahead, None)
            if edge is None:
                done.append(name)
                stack.pop()
            elif edge.target in self._out and edge.target not in seen:
                seen.add(edge.target)
                stack.append((edge.target, self._ahead(edge.target)))

    def _ahead(self, name: str) -> Iterator[Edge]:
        return iter(self._edges.get(name, ()))
