"""Files of messages: where they are between their arrival and the shelf."""

from datetime import timedelta
from enum import StrEnum

WHATSAPP_KEEPS = timedelta(days=7)
"""How long WhatsApp lets a received file be fetched."""

FETCH_LEASE = timedelta(minutes=20)
"""For so long a file belongs to whoever began to fetch it; then somebody else tries."""

_SLOWEST = timedelta(hours=1)


class MediaState(StrEnum):
    """Stages of a file."""

    WAITING = "waiting"
    KEPT = "kept"
    GONE = "gone"  # not fetched while WhatsApp had it


def next_try(tries: int) -> timedelta:
    """How long to wait after so many tries: 5 s, doubled each time, an hour at most."""
    return min(timedelta(seconds=5 * 2.0 ** min(tries, 12)), _SLOWEST)
