"""States of a conversation in the shared inbox, and the place of a message in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.window import is_open


class ConversationStatus(StrEnum):
    """What the team still owes the customer."""

    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"


QUIET_KINDS = frozenset({"system"})
"""Kinds that are no words of anybody: nothing to answer, nothing unread, no preview."""

_SECOND = timedelta(milliseconds=999)
_LATE = timedelta(hours=1)


def placed_at(written_at: datetime, arrived_at: datetime) -> datetime:
    """Where in a thread a message stands: at the end of the second in which Meta says it was written.

    Meta's times are whole seconds; what arrives within that second stands where it arrived, behind
    what we had sent before. Two of one second that both come late keep the order in which they came.
    """
    if arrived_at <= written_at + _SECOND:
        return arrived_at
    delay = arrived_at - written_at - _SECOND
    return written_at + _SECOND + timedelta(microseconds=999 * (delay / (delay + _LATE)))


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """A conversation as lists and threads show it; ``last_*`` is the message of its preview, ``last_author`` who wrote it in a group.

    That of a WhatsApp group has a ``group_id``; its ``contact_id`` is its own id, under which its
    messages stand, and ``contact_name`` the group's.
    """

    id: UUID
    channel_id: UUID
    channel_name: str
    contact_id: UUID
    group_id: str | None
    contact_name: str
    contact_phone: str | None
    status: str
    assignee_id: UUID | None
    assignee_name: str | None
    unread: int
    preview: str
    last_message_at: datetime
    window_opened_at: datetime | None
    window_expires_at: datetime | None
    created_at: datetime
    older_gone: bool
    last_direction: str | None
    last_state: str | None
    last_author: str | None

    def takes_text(self, now: datetime) -> bool:
        """Whether the customer wrote in the last 24 hours, so that the gate lets free text through."""
        return is_open(self.window_expires_at, now)

    @property
    def group_mark(self) -> str:
        """Four letters of a group's id by which two groups without a name are told apart."""
        # Ids of one account begin and end alike: padding and the server's name say nothing.
        kept = (self.group_id or "").split("@", 1)[0].rstrip("=")
        return "".join(filter(str.isalnum, kept))[-4:]


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations; ``assignee_id`` counts only while ``unassigned`` is False."""

    status: str | None = None
    assignee_id: UUID | None = None
    unassigned: bool = False
    unread: bool = False
    search: str = ""
    channel_id: UUID | None = None
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ConversationCounts:
    """How many conversations of one status: of one person, of nobody, all, with unread messages; and how many those are."""

    mine: int
    unassigned: int
    everyone: int
    unread: int
    messages: int
