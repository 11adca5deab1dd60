"""States of a conversation in the shared inbox, and the place of a message in it."""

from datetime import datetime, timedelta
from enum import StrEnum


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
