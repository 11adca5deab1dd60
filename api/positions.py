"""A page's position in the event stream, and the events that follow from a journal entry."""

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
    """A page's position: the process that sent its last event, that event, and the oldest transaction that may have
    been open then, for catching up from the journal.
    """

    hub: str
    event: int
    xmin: int

    @override
    def __str__(self) -> str:
        return f"{self.hub}.{self.event}.{self.xmin}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The position in a text; None if it is not one."""
        hub, _, rest = text.partition(".")
        event, _, xmin = rest.partition(".")
        numbers = event.isdecimal() and xmin.isdecimal() and len(event) < 19 and len(xmin) < 19
        return cls(hub, int(event), int(xmin)) if hub and numbers else None


def entry_events(entry: Event) -> Iterator[Event]:
    """The events for pages from a journal entry, one per room."""
    fact = KINDS.get(str(entry.get("kind")))
    if fact is None:  # from a newer release: its pages hear about it from their own process
        return
    ids = {name: str(value) for name, value in entry.items() if name.endswith("_id")}
    if fact.key.endswith("_id"):
        ids |= {fact.key: ids["entity_id"]}
    del ids["entity_id"]
    for room, event in heard(fact.kind, ids):
        # The dashboard is also for people who may not see what its figures are about.
        told = {} if room == Room.DASHBOARD else ids
        yield {"event": event.value, "room": room, "id": entry["id"], **told}
