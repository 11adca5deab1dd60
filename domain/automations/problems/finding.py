"""Finds every problem of an automation, the worst first in the order of its nodes."""

from collections.abc import Iterator
from dataclasses import replace

from domain.automations.graphs import Graph
from domain.automations.known import Known
from domain.automations.nodes import MatchMode
from domain.automations.problems import (
    drawing,
    nodes,
    setting_off,
    triggers,
    values,
    variables,
    windows,
)
from domain.automations.problems.found import Problem, Severity
from domain.automations.problems.paths import Paths


def find(graph: Graph, known: Known) -> tuple[Problem, ...]:
    """All problems; those of nodes that nothing leads to do not block publishing."""
    paths = Paths(graph)
    starts = {trigger.id for trigger in graph.triggers}
    seen = starts | paths.reached
    found = [
        one if not one.at or one.at in seen else replace(one, severity=Severity.WARNING)
        for one in _all(paths, known)
    ]
    ids = (*(trigger.id for trigger in graph.triggers), *(node.id for node in graph.nodes))
    order = {name: place for place, name in enumerate(ids, 1)}
    return tuple(sorted(found, key=lambda one: (not one.blocks, order.get(one.at, 0))))


def _all(paths: Paths, known: Known) -> Iterator[Problem]:
    graph = paths.graph
    for trigger in graph.triggers:
        yield from triggers.check(trigger.id, trigger.data, known)
    for node in graph.nodes:
        yield from nodes.check(node.id, node.data, known, marketing=graph.settings.marketing)
    if words := graph.settings.restart_words:
        yield from values.words("", words, MatchMode.EXACT, "settings.restart_words")
    yield from drawing.check(paths, known)
    yield from setting_off.check(paths, known)
    yield from variables.check(paths, known)
    yield from windows.check(paths)
