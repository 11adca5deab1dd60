"""Where the edges of a graph lead: what can be reached, and which circles there are."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from domain.automations.graphs import Edge, Graph


@dataclass(frozen=True)
class Paths:
    """A graph with its edges sorted by their source."""

    graph: Graph

    @cached_property
    def edges(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges out of each node or trigger."""
        found: dict[str, list[Edge]] = {}
        for edge in self.graph.edges:
            found.setdefault(edge.source, []).append(edge)
        return {source: tuple(edges) for source, edges in found.items()}

    def connected(self, source: str) -> frozenset[str]:
        """The branches of a node that lead on."""
        return frozenset(edge.branch for edge in self.edges.get(source, ()))

    @cached_property
    def reached(self) -> frozenset[str]:
        """Every node that some trigger leads to."""
        return self.behind(*(trigger.id for trigger in self.graph.triggers))

    def behind(self, *sources: str) -> frozenset[str]:
        """Every node that one of these nodes or triggers leads to."""
        seen: set[str] = set()
        ahead = list(sources)
        while ahead:
            for edge in self.edges.get(ahead.pop(), ()):
                if edge.target not in seen:
                    seen.add(edge.target)
                    ahead.append(edge.target)
        return frozenset(seen)


def circles(ids: Iterable[str], after: Callable[[str], Iterable[str]]) -> list[tuple[str, ...]]:
    """The sets of nodes that lead back to themselves, each in the order of ``ids`` (Tarjan, without recursion)."""
    order = {name: place for place, name in enumerate(ids)}
    search = _Search(after)
    for name in order:
        if name not in search.low:
            search.walk(name)
    found = (sorted(circle, key=lambda one: order.get(one, -1)) for circle in search.circles)
    return sorted(map(tuple, found), key=lambda one: order.get(one[0], -1))


class _Search:
    def __init__(self, after: Callable[[str], Iterable[str]]) -> None:
        self._after = after
        self._path: list[str] = []
        self._on_path: set[str] = set()
        self._index: dict[str, int] = {}
        self.low: dict[str, int] = {}
        self.circles: list[list[str]] = []

    def walk(self, start: str) -> None:
        """Visit everything behind a node."""
        stack: list[tuple[str, Iterator[str]]] = [self._enter(start)]
        while stack:
            name, ahead = stack[-1]
            following = next(ahead, None)
            if following is None:
                stack.pop()
                self._leave(name)
                if stack:
                    before = stack[-1][0]
                    self.low[before] = min(self.low[before], self.low[name])
            elif following not in self._index:
                stack.append(self._enter(following))
            elif following in self._on_path:
                self.low[name] = min(self.low[name], self._index[following])

    def _enter(self, name: str) -> tuple[str, Iterator[str]]:
        self._index[name] = self.low[name] = len(self._index)
        self._path.append(name)
        self._on_path.add(name)
        return name, iter(self._after(name))

    def _leave(self, name: str) -> None:
        if self.low[name] != self._index[name]:
            return
        circle: list[str] = []
        while not circle or circle[-1] != name:
            circle.append(self._path.pop())
        self._on_path.difference_update(circle)
        if len(circle) > 1 or name in self._after(name):
            self.circles.append(circle)
