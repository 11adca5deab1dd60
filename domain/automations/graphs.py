"""The graph of an automation as its author drew it: triggers, nodes, edges and settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from domain.automations.nodes import Branch, Data, TimeGap
from domain.automations.triggers import Trigger, TriggerData

SCHEMA = 1
"""The version of the document; a newer one is refused with a sentence."""

MOST_NODES = 500
MOST_EDGES = 2000
MOST_TRIGGERS = 50
MOST_BYTES = 512 * 1024
TITLE_LIMIT = 80

TIMED = (Branch, TimeGap, TriggerData)
"""What has working hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node on the canvas, at ``x`` and ``y`` in pixels; ``id`` never changes."""

    id: str
    title: str = ""
    data: Data
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerNode:
    """A trigger on the canvas; edges lead from it to the first node."""

    id: str
    title: str = ""
    data: Trigger
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From a branch of a node, or from a trigger (branch ``next``), to a node."""

    source: str
    branch: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for the whole automation.

    ``marketing``: runs end when the contact stops marketing, and whoever stopped it never starts. ``restart_words``: a
    message that is one of them starts the contact's run again. ``language`` is the one its texts are written in.
    """

    marketing: bool = False
    restart_words: tuple[str, ...] = ()
    language: str = ""


PLAIN = Settings()


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The whole of it."""

    triggers: tuple[TriggerNode, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    settings: Settings = PLAIN

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """Nodes by id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def calendars(self) -> frozenset[str]:
        """The calendars it names for working hours."""
        parts: list[Data | Trigger] = [one.data for one in self.triggers]
        parts += [one.data for one in self.nodes]
        named = (one.hours.calendar for one in parts if isinstance(one, TIMED))
        return frozenset(filter(None, named))

    @cached_property
    def _targets(self) -> Mapping[tuple[str, str], str]:
        return {(edge.source, edge.branch): edge.target for edge in self.edges}

    def after(self, source: str, branch: str) -> str | None:
        """The node a branch leads to; None where it ends."""
        return self._targets.get((source, branch))
