"""Message files: their stages between arrival and storage."""

from datetime import timedelta
from enum import StrEnum

WHATSAPP_KEEPS = timedelta(days=7)
"""How long WhatsApp keeps a received file available."""

FETCH_LEASE = timedelta(minutes=20)
"""How long a file is reserved for the worker fetching it before another one tries."""

_SLOWEST = timedelta(hours=1)


class MediaState(StrEnum):
    """Stages of a file."""

    WAITING = "waiting"
    KEPT = "kept"
    GONE = "gone"  # not fetched while WhatsApp had it


def next_try(tries: int) -> timedelta:
    """How long to wait after this many tries: 5 s, doubled each time, at most an hour."""
    return min(timedelta(seconds=5 * 2.0 ** min(tries, 12)), _SLOWEST)
