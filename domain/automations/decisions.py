"""What a run does next, as its workflow hears it: ids, counters and the author's titles only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Next(StrEnum):
    """What follows."""

    EFFECT = "effect"
    WAIT = "wait"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows: the effect of a step, a wait, or the end.

    ``step`` and ``type`` name the effect, ``title`` is its node's. ``state`` is how the run shows in lists: what it waits
    for, ``held``, or how it ended. A wait without ``until`` lasts until the run is woken. ``version`` is the one it is in:
    publishing may move it to another; 0 where nobody knows.
    """

    next: Next
    state: str
    step: int = 0
    type: str = ""
    title: str = ""
    until: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class DueRun:
    """A run that a workflow should be working on; ``is_over`` if its row says that it ended."""

    id: UUID
    automation_id: UUID
    version: int
    contact_id: UUID
    is_over: bool = False


HELD = "held"
"""Its automation is paused, or somebody on the team has taken the conversation."""
