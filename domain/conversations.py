"""States of a conversation in the shared inbox, and the order of its messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.targets import Lateness
from domain.window import is_open


class ConversationStatus(StrEnum):
    """What the team still owes the customer."""

    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"


QUIET_KINDS = frozenset({"system"})
"""Kinds that nobody wrote: nothing to answer, nothing unread, no preview."""

_SECOND = timedelta(milliseconds=999)
_LATE = timedelta(hours=1)


def placed_at(written_at: datetime, arrived_at: datetime) -> datetime:
    """A message's position in a thread: the end of the second in which Meta says it was written.

    Meta's times are whole seconds. A message that arrives within its second stays where it arrived, after what we had
    already sent; late ones from the same second keep their order of arrival.
    """
    if arrived_at <= written_at + _SECOND:
        return arrived_at
    delay = arrived_at - written_at - _SECOND
    return written_at + _SECOND + timedelta(microseconds=999 * (delay / (delay + _LATE)))


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """A conversation as lists and threads show it; ``last_*`` is the previewed message, ``last_author`` its author in a
    group.

    A WhatsApp group's conversation has a ``group_id``; its ``contact_id`` is its own id, which its messages carry, and
    ``contact_name`` is the group's name.
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
    waiting_since: datetime | None
    reply_due_at: datetime | None
    resolve_due_at: datetime | None
    last_direction: str | None
    last_state: str | None
    last_author: str | None

    def takes_text(self, now: datetime) -> bool:
        """Whether the customer wrote within the last 24 hours, so the gate allows free text."""
        return is_open(self.window_expires_at, now)

    @property
    def due_at(self) -> datetime | None:
        """When something is due next: a reply, or the end."""
        return min(filter(None, (self.reply_due_at, self.resolve_due_at)), default=None)

    @property
    def owes_reply(self) -> bool:
        """Whether what is due next is a reply."""
        return self.reply_due_at is not None and self.reply_due_at == self.due_at

    @property
    def group_mark(self) -> str:
        """Four letters of a group's id, to tell unnamed groups apart."""
        # Ids in one account begin and end alike: padding and the server name identify nothing.
        kept = (self.group_id or "").split("@", 1)[0].rstrip("=")
        return "".join(filter(str.isalnum, kept))[-4:]


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations; ``assignee_id`` counts only while ``unassigned`` is False. ``due``: soon includes what is late."""

    status: str | None = None
    assignee_id: UUID | None = None
    unassigned: bool = False
    unread: bool = False
    due: Lateness | None = None
    search: str = ""
    channel_id: UUID | None = None
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ConversationCounts:
    """Conversations in one status: mine, unassigned, all, unread, late or due soon; and the number of unread messages."""

    mine: int
    unassigned: int
    everyone: int
    unread: int
    messages: int
    due: int
