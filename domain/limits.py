"""How far ahead and how much at once senders may book, and how long to wait before another try."""

from datetime import timedelta
from enum import Enum


class Lane(Enum):
    """How far ahead a sender may book: replies never queue behind a campaign, and a crash leaves few outcomes
    unknown.
    """

    CAMPAIGN = timedelta(milliseconds=250)
    INTERACTIVE = timedelta(seconds=20)


LEAVE_WITHIN = timedelta(seconds=30)
"""A claimed message leaves within this time or not at all: longer than any lane books ahead."""

MARKETING_LEAVES_WITHIN = timedelta(seconds=3)
"""The same for marketing: people who stop it in the meantime get no message claimed earlier."""

SETTLED_AFTER = timedelta(seconds=60)
"""This long after its claim a message has left or never will, including the request's timeout."""

PAIR_PER_SECOND = 1 / 6
PAIR_BURST = 45
"""Meta lets one number message one person every six seconds, after a burst of 45."""


LARGEST_CHUNK = 50


def chunk(per_second: int) -> int:
    """Sends booked and claimed in one statement: a twentieth of a second's worth, 50 at most."""
    return max(1, min(LARGEST_CHUNK, per_second // 20))


def backoff(attempt: int, jitter: float) -> timedelta:
    """Full-jitter exponential wait after a send that definitely did not happen; 1 to 60 seconds.

    ``jitter`` is a random number from 0 to 1.
    """
    ceiling = min(60.0, 2.0 ** min(attempt, 6))
    return timedelta(seconds=max(1.0, ceiling * jitter))


def pair_backoff(attempt: int) -> timedelta:
    """Meta's rule for one sender and one recipient: 4^X seconds, X from 0."""
    return timedelta(seconds=min(4.0 ** max(0, attempt - 1), 3600.0))
