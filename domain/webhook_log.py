"""The webhook log as people search it: filters, lines, replays, and the keys by which deliveries are found."""

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain import phone
from domain.webhooks import ID_LIMIT, Outcome

BLOCK = 128
"""How many deliveries with consecutive ids share an entry of the search index."""

MOST_KINDS = 20
"""The most kinds of objects that are told of one delivery."""

SHORTEST_NUMBER, LONGEST_NUMBER = 6, 20
TAIL = 8
"""The last digits of a number are the same in every way WhatsApp writes it."""

_NUMBER = re.compile(r"\+?[\d\s().\-/]+", re.ASCII)


def block_of(id_: int) -> int:
    """The block of a delivery."""
    return id_ // BLOCK


def mark(text: str) -> int:
    """A text as a key of the search index: 32 bits."""
    return zlib.crc32(text[:ID_LIMIT].encode("utf-8", "replace")) - 2**31


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search looks for: its key in the index, and one of the texts a body then has."""

    mark: int
    texts: tuple[str, ...]


def sought(text: str) -> Sought | None:
    """How to look for a phone number or an id, None for nothing."""
    text = text.strip()
    digits = re.sub(r"\D", "", text).removeprefix("00")
    if _NUMBER.fullmatch(text) and SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER:
        return Sought(mark(phone.key(digits)), (digits[-TAIL:],))
    # JSON may escape a slash, and so do Meta's bodies.
    return Sought(mark(text), (text, text.replace("/", "\\/"))) if text else None


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are shown; what is omitted matches everything."""

    text: str = ""
    kind: str = ""
    outcome: Outcome | None = None
    channel_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery without its body; ``repeats`` is how often it came again."""

    id: int
    received_at: datetime
    processed_at: datetime | None
    state: str
    error: str
    signed_for: tuple[UUID, ...]
    kinds: tuple[str, ...]
    outcomes: tuple[str, ...]
    size: int
    repeats: int

    @property
    def results(self) -> tuple[str, ...]:
        """What it did, in words of ``Outcome``; empty if that was not recorded."""
        return self.outcomes if self.state == "done" else (self.state,)


class Scope(StrEnum):
    """What a replay takes: every delivery of a range, those set aside as a whole, or single objects set aside."""

    ALL = "all"
    DEAD = "dead"
    OBJECTS = "objects"


class ReplayState(StrEnum):
    """Where a replay stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay of a range of ids, ends included; ``position`` is the last id it took."""

    id: int
    scope: str
    low: int
    high: int
    position: int
    replayed: int
    failed: int
    state: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None

    @property
    def share(self) -> float:
        """How far it got, from 0 to 1."""
        if self.state == ReplayState.DONE:
            return 1.0
        return max(0, self.position - self.low + 1) / (self.high - self.low + 1)


@dataclass(frozen=True, slots=True)
class RejectedMinute:
    """Deliveries rejected within a minute, for one reason."""

    minute: datetime
    reason: str
    count: int
