"""The current time: the database's, carried forward by a monotonic clock.

Our times are compared with times the database wrote. A machine whose clock is an hour off would otherwise hold
scheduled campaigns, delay retries or end sessions early.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from store import clock

_TICKS: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

SLOWEST_S = 1.0
"""A measurement that took longer is too vague, unless there is no better one."""


@dataclass(slots=True)
class _Known:
    """The database's time at a monotonic tick; shared by the whole process."""

    at: datetime | None = None
    ticks: float = 0.0


_known = _Known()


def now() -> datetime:
    """The time by the database's clock; by our own until ``measure`` has run."""
    if _known.at is None:
        return datetime.now(UTC)
    return _known.at + timedelta(seconds=_elapsed() - _known.ticks)


async def measure(session: AsyncSession) -> timedelta:
    """Ask the database for the time; returns how far this machine's clock is ahead."""
    before = _elapsed()
    at = await clock.now(session)
    took = _elapsed() - before
    if took < SLOWEST_S or _known.at is None:
        _known.at, _known.ticks = at.astimezone(UTC), before + took / 2
    return datetime.now(UTC) - now()


def _elapsed() -> float:
    return time.clock_gettime(_TICKS)
