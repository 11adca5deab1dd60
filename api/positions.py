"""How far a page has heard, and what it hears of an entry of the journal."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from typing_extensions import override

from domain.journal.facts import KINDS
from domain.journal.rules import heard
from domain.live import Room

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a page has heard: the process that told it, its last event there, and the oldest
    transaction that may have been open then, for whoever has to look into the journal."""

    hub: str
    event: int
    xmin: int

    @override
    def __str__(self) -> str:
        return f"{self.hub}.{self.event}.{self.xmin}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The position that was written like this; None when it is none."""
        hub, _, rest = text.partition(".")
        event, _, xmin = rest.partition(".")
        numbers = event.isdecimal() and xmin.isdecimal() and len(event) < 19 and len(xmin) < 19
        return cls(hub, int(event), int(xmin)) if hub and numbers else None


def entry_events(entry: Event) -> Iterator[Event]:
    """What pages hear of an entry of the journal: one event for each of its rooms."""
    fact = KINDS.get(str(entry.get("kind")))
    if fact is None:  # of a newer release: its pages hear of it from their own process
        return
    ids = {name: str(value) for name, value in entry.items() if name.endswith("_id")}
    if fact.key.endswith("_id"):
        ids |= {fact.key: ids["entity_id"]}
    del ids["entity_id"]
    for room, event in heard(fact.kind, ids):
        # The dashboard is for people, too, who may not see what its figures are about.
        told = {} if room == Room.DASHBOARD else ids
        yield {"event": event.value, "room": room, "id": entry["id"], **told}
