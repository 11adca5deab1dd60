"""Read an automation's document into its graph, one node at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from domain.automations import nodes, parts, triggers
from domain.automations.contents import KINDS
from domain.automations.graphs import (
    PLAIN,
    SCHEMA,
    TITLE_LIMIT,
    Edge,
    Graph,
    Node,
    Settings,
    TriggerNode,
)
from domain.automations.nodes import Data, branches
from domain.automations.problems.found import Fix, Problem, Severity
from domain.automations.triggers import Trigger
from domain.sentences import Sentence
from services.automations.documents.data import read_data
from services.automations.documents.fitting import LONGEST, fitted, overlong

PARTS = ("schema", "triggers", "nodes", "edges", "settings")
ENDS = ("source", "branch", "target")
ID_LIMIT = 64
SHOWN = 60
"""Characters of a foreign name that a sentence quotes."""

_Error = Mapping[str, Any]
"""What Pydantic says of a value."""

FARTHEST = 1_000_000
"""Pixels from the middle of the canvas."""

PATH_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Read:
    """The graph of all that could be read, a problem for everything else, and the document fit to store."""

    graph: Graph
    problems: tuple[Problem, ...]
    document: dict[str, Any]


def read(document: object) -> Read:
    """Read a document; Invalid when it is no document at all, or too large to be looked at.

    A node that cannot be read is left out and becomes a problem, and so do its edges: everything else lives.
    """
    whole = fitted(document)
    reading = _Reading()
    graph = reading.graph(whole)
    return Read(graph, tuple(reading.problems), whole)


@dataclass(slots=True)
class _Reading:
    """Collects problems while it reads."""

    problems: list[Problem] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def graph(self, document: Mapping[str, Any]) -> Graph:
        """All that can be read of a document."""
        self._version(document)
        starts = tuple(
            TriggerNode(**part) for part in self._placed(document, "triggers", triggers.TYPES)
        )
        steps = tuple(Node(**part) for part in self._placed(document, "nodes", nodes.TYPES))
        out: dict[str, tuple[str, ...]] = {start.id: (nodes.NEXT,) for start in starts}
        out |= {step.id: branches(step.data) for step in steps}
        edges = tuple(self._edges(document, out, {step.id for step in steps}))
        settings = self._settings(document.get("settings"))
        return Graph(triggers=starts, nodes=steps, edges=edges, settings=settings)

    def _add(
        self, at: str, sentence: Sentence, place: str = "", fix: Fix | None = Fix.LEAVE_OUT
    ) -> None:
        self.problems.append(Problem(at=at, sentence=sentence, field=place, fix=fix))

    def _version(self, document: Mapping[str, Any]) -> None:
        version = document.get("schema", SCHEMA)
        if not isinstance(version, int) or version < 1:
            self._add("", Sentence("automation_schema"), "schema", None)
        elif version > SCHEMA:
            self._add("", Sentence("automation_schema.newer"), "schema", None)
        for name in document:
            if name not in PARTS:
                self._add("", Sentence("automation_part_unknown", name=name[:SHOWN]), name[:SHOWN])

    def _listed(self, document: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
        held = document.get(name, [])
        found = list(entries(held))
        if len(found) < (len(held) if isinstance(held, list) else 1):
            self._add("", Sentence(f"automation_entry.{name}"), name)
        yield from found

    def _placed(
        self,
        document: Mapping[str, Any],
        name: str,
        types: Mapping[str, type[Data]] | Mapping[str, type[Trigger]],
    ) -> Iterator[dict[str, Any]]:
        for entry in self._listed(document, name):
            at = entry.get("id")
            if not isinstance(at, str) or not 0 < len(at) <= ID_LIMIT:
                self._add("", Sentence("automation_id"), name)
                continue
            if at in self.seen:
                self._add(at, Sentence("automation_id.twice"))
                continue
            self.seen.add(at)
            data = self._data(at, entry, types)
            if data is not None:
                yield {
                    "id": at,
                    "title": title_of(entry.get("title")),
                    "data": data,
                    "x": pixels(entry.get("x")),
                    "y": pixels(entry.get("y")),
                }

    def _data(
        self,
        at: str,
        entry: Mapping[str, Any],
        types: Mapping[str, type[Data]] | Mapping[str, type[Trigger]],
    ) -> Data | Trigger | None:
        name, value = entry.get("type"), entry.get("data", {})
        kind = types.get(name) if isinstance(name, str) else None
        if kind is None:
            sentence = Sentence("automation_type_unknown", type=str(name)[:SHOWN])
            self._add(at, sentence)
            return None
        if (place := next(overlong(value), None)) is not None:
            self._add(at, Sentence("automation_text_long", most=LONGEST), place)
            return None
        try:
            return cast("Data | Trigger", read_data(kind, value))
        except ValidationError as refused:
            sentence, place = _said(refused)
            self._add(at, sentence, place)
            return None

    def _settings(self, value: object) -> Settings:
        if value is None:
            return PLAIN
        try:
            return cast("Settings", read_data(Settings, value))
        except ValidationError as refused:
            sentence, place = _said(refused)
            self._add("", sentence, f"settings.{place}".rstrip("."))
            return PLAIN

    def _edges(
        self, document: Mapping[str, Any], out: Mapping[str, tuple[str, ...]], steps: set[str]
    ) -> Iterator[Edge]:
        taken: set[tuple[str, str]] = set()
        for entry in self._listed(document, "edges"):
            source, branch, target = (str(entry.get(end, "")) for end in ENDS)
            if source not in out or target not in steps:
                self._loose(source, branch, target, out)
            elif branch not in out[source]:
                self._warn(source, Sentence("automation_edge_branch"), branch)
            elif (source, branch) in taken:
                self._add(source, Sentence("automation_edge_twice"), branch)
            else:
                taken.add((source, branch))
                yield Edge(source=source, branch=branch, target=target)

    def _loose(self, source: str, branch: str, target: str, out: Mapping[str, object]) -> None:
        """Say that an edge hangs in the air, unless an end of it was there and said already why it cannot be read."""
        ends = {source, target}
        if not ends & (self.seen - out.keys()):
            self._warn(source if source in out else "", Sentence("automation_edge_loose"), branch)

    def _warn(self, at: str, sentence: Sentence, place: str) -> None:
        self.problems.append(
            Problem(
                at=at,
                sentence=sentence,
                field=place[:ID_LIMIT],
                severity=Severity.WARNING,
                fix=Fix.LEAVE_OUT,
            )
        )


def entries(held: object) -> Iterator[dict[str, Any]]:
    """The entries of a list, or the only one of what should be a list, as far as they are any."""
    for entry in held if isinstance(held, list) else [held]:
        if isinstance(entry, dict):
            yield entry


def title_of(value: object) -> str:
    """A title; "" for anything that is none."""
    return value[:TITLE_LIMIT] if isinstance(value, str) else ""


def pixels(value: object) -> float:
    """A coordinate; what is none, or off every screen, is put back on the canvas."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return max(-FARTHEST, min(value, FARTHEST))


def _said(refused: ValidationError) -> tuple[Sentence, str]:
    """What is wrong with the first value that is, and where it stands."""
    errors = refused.errors(include_url=False, include_context=False, include_input=False)
    first = _likeliest(errors)
    place = ".".join(str(part) for part in _path(first))[:PATH_LIMIT]
    kind = first["type"]
    if kind == "unexpected_keyword_argument":
        return Sentence("automation_value_unknown", name=place), place
    if not place:
        return Sentence("automation_value.whole"), place
    return Sentence("automation_value.named", part=parts.named(place)), place


def _likeliest(errors: Sequence[_Error]) -> _Error:
    """The error that counts: a content of a kind is no other kind, although each of them was tried."""
    others = {
        error["loc"][:-1]
        for error in errors
        if error["type"] == "literal_error" and error["loc"][-1] == "kind"
    }
    own = [
        error
        for error in errors
        if not any(error["loc"][: len(other)] == other for other in others)
    ]
    return (own or errors)[0]


_CONTENTS = {kind.__name__ for kind in KINDS.values()}


def _path(error: _Error) -> Iterator[str | int]:
    """Where the value stands in the document, without the names of our classes."""
    return (part for part in error["loc"] if part not in _CONTENTS)
