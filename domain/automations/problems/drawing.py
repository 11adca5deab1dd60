"""Problems of how nodes are connected: no way in, no way on, circles without an end."""

from collections.abc import Iterator

from domain.automations.graphs import Node
from domain.automations.known import Known
from domain.automations.nodes import (
    FAILED,
    LAST,
    OTHER,
    TIMEOUT,
    Gap,
    NodeData,
    StartAutomation,
    TimeGap,
    UserReply,
    branches,
)
from domain.automations.problems.found import Fix, Problem, error, warning
from domain.automations.problems.paths import Paths, circles
from domain.sentences import Sentence

BY_THE_WAY = frozenset({FAILED, TIMEOUT, OTHER})
"""Branches that may end where they are."""


def check(paths: Paths, known: Known) -> Iterator[Problem]:
    """Everything about edges."""
    yield from _starts(paths)
    for node in paths.graph.nodes:
        if node.id not in paths.reached:
            yield warning(node.id, Sentence("automation_unreachable"), fix=Fix.REMOVE)
        elif not isinstance(node.data, LAST):
            yield from _ends(node, paths.connected(node.id))
    yield from _circles(paths)
    yield from _one_another(paths, known)


def _starts(paths: Paths) -> Iterator[Problem]:
    if not paths.graph.triggers:
        yield error("", Sentence("automation_no_trigger"))
    for trigger in paths.graph.triggers:
        if not paths.connected(trigger.id):
            yield error(trigger.id, Sentence("automation_trigger_idle"))


def _ends(node: Node, connected: frozenset[str]) -> Iterator[Problem]:
    main = [branch for branch in branches(node.data) if branch not in BY_THE_WAY]
    if not connected - {FAILED}:
        yield error(node.id, Sentence("automation_dead_end"), fix=Fix.ADD_END)
        return
    for branch in main:
        if branch not in connected:
            yield warning(node.id, Sentence("automation_dead_end.branch"), branch, Fix.ADD_END)


def _waits(data: NodeData) -> bool:
    """Whether a circle through this node costs at least a minute, or a reply."""
    if isinstance(data, TimeGap):
        return data.until in {Gap.DURATION, Gap.CLOCK}
    return isinstance(data, UserReply)


def _circles(paths: Paths) -> Iterator[Problem]:
    nodes = paths.graph.by_id

    def after(name: str) -> list[str]:
        waits = name in nodes and _waits(nodes[name].data)
        return [
            edge.target for edge in paths.edges.get(name, ()) if not waits or edge.branch == FAILED
        ]

    for circle in circles(nodes, after):
        yield error(circle[0], Sentence("automation_endless", steps=len(circle)))


def _one_another(paths: Paths, known: Known) -> Iterator[Problem]:
    """Automations that start one another in a circle."""
    own = {
        node.id: node.data.automation
        for node in paths.graph.nodes
        if isinstance(node.data, StartAutomation) and node.data.automation
    }
    starts = {**known.starts, known.itself: frozenset(own.values())}
    found = circles([known.itself], lambda name: sorted(starts.get(name, ())))
    within = {name for circle in found if known.itself in circle for name in circle}
    for at, automation in own.items():
        if automation == known.itself:
            yield error(at, Sentence("automation_starts_itself"), "automation")
        elif automation in within:
            yield error(at, Sentence("automation_starts_itself.through"), "automation")
