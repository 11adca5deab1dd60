"""The current time at the edge; lower layers take it as an argument."""

from datetime import datetime

from services import clock


def now() -> datetime:
    """The current time, in UTC, by the database's clock."""
    return clock.now()
