"""Rate slots by the generic cell rate algorithm: how many sends may be booked now, and from when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class Lane(Enum):
    """How far ahead a sender may book: a reply never waits behind a campaign, a crash leaves few in doubt."""

    CAMPAIGN = timedelta(milliseconds=250)
    INTERACTIVE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Grant:
    """``count`` slots from ``first`` on, ``interval`` apart; ``tat`` is the row's next value.

    With ``count`` 0 nothing is booked and ``first`` says when to ask again.
    """

    count: int
    first: datetime
    interval: timedelta
    tat: datetime

    def slot(self, index: int) -> datetime:
        """When the ``index``-th booked send may leave."""
        return self.first + index * self.interval


def grant(tat: datetime, now: datetime, per_second: int, wanted: int, lane: Lane) -> Grant:
    """Book up to ``wanted`` slots of a key whose theoretical arrival time is ``tat``."""
    interval = timedelta(seconds=1) / per_second
    first = max(tat, now)
    room = now + lane.value - first
    count = min(wanted, int(room / interval) + 1) if room >= timedelta(0) else 0
    if count == 0:
        return Grant(0, first - lane.value, interval, tat)
    return Grant(count, first, interval, first + count * interval)


def chunk(per_second: int) -> int:
    """Sends booked in one transaction: a twentieth of a second's worth, 25 at the most."""
    return max(1, min(25, per_second // 20))


def backoff(attempt: int, jitter: float) -> timedelta:
    """Full-jitter exponential wait after a send that definitely did not happen; 1 to 60 seconds.

    ``jitter`` is a random number from 0 to 1.
    """
    ceiling = min(60.0, 2.0 ** min(attempt, 6))
    return timedelta(seconds=max(1.0, ceiling * jitter))


def pair_backoff(attempt: int) -> timedelta:
    """Meta's rule for one sender and one recipient: 4^X seconds, X from 0."""
    return timedelta(seconds=min(4.0 ** max(0, attempt - 1), 3600.0))
