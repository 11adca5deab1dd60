"""How soon customers are to be answered, and how late a conversation is."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

SOON = timedelta(minutes=30)
"""From so long before it is due, a conversation is due soon."""

LONGEST = 60 * 24 * 90
"""Minutes of working time of the longest target."""

_TYPED = re.compile(
    r"(?:(\d{1,5})\s*h(?:ours?)?)?\s*(?:(\d{1,6})\s*(?:m|min|minutes?)?)?", re.ASCII | re.IGNORECASE
)


class Lateness(StrEnum):
    """Where a conversation stands before its due time."""

    LATE = "late"
    SOON = "soon"


class Said(StrEnum):
    """What moves the clocks of a conversation."""

    CUSTOMER = "customer"  # a customer wrote: somebody waits
    TEAM = "team"  # somebody on the team answered
    RESOLVED = "resolved"
    REOPENED = "reopened"  # by somebody on the team
    NOTHING = "nothing"  # only the targets or the working hours changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Minutes of working time until the first reply, each next one, and the end; None is no target.

    Of a label's conversations, a number's, or, without either, of all. The strictest label counts before the number, and
    the number before all, for each of the three by itself.
    """

    label_id: UUID | None = None
    channel_id: UUID | None = None
    first_reply: int | None = None
    next_reply: int | None = None
    resolution: int | None = None

    @property
    def scope(self) -> tuple[UUID | None, UUID | None]:
        """What it is for; one target each."""
        return self.label_id, self.channel_id

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing."""
        return self.first_reply is self.next_reply is self.resolution is None


def lateness(due_at: datetime | None, now: datetime) -> Lateness | None:
    """Whether it is late, or due soon."""
    if due_at is None or due_at - SOON > now:
        return None
    return Lateness.LATE if due_at <= now else Lateness.SOON


def typed_minutes(text: str) -> int | None:
    """Minutes as people type them: ``"30"``, ``"45 min"``, ``"4h"``, ``"1h 30"``; None for anything else."""
    found = _TYPED.fullmatch(" ".join(text.split()))  # also spaces that do not break
    if found is None or not any(found.groups()):
        return None
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def written_minutes(minutes: int | None) -> str:
    """Minutes as ``typed_minutes`` reads them."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    return " ".join(([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest else []))
