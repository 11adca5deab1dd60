"""What runs leave behind: steps are counted while they are kept, and ended runs are deleted after a time (law 13)."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import first_id
from domain.lives import COUNTS_KEPT, back
from store.automations import counts, runs

STEP = 2000

LATELY = timedelta(hours=3)
"""Counted again every hour, for transactions that ended after their hour."""

A_WEEK = timedelta(days=8)
"""Counted again once a day, for hours in which nothing was counted."""


async def add_up(session: AsyncSession, now: datetime, *, whole: bool) -> None:
    """Count the steps of full hours by branch; counting them again changes nothing."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    await counts.add_up(session, hour - (A_WEEK if whole else LATELY), hour)


async def fold_counts(session: AsyncSession, now: datetime) -> None:
    """Turn the hours of long ago into months."""
    month = (now - COUNTS_KEPT).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    await counts.fold(session, month)


async def purge_runs(session: AsyncSession, now: datetime, months: int) -> bool:
    """Delete a batch of runs that ended so many months ago, with their steps; returns whether there may be more."""
    until = back(now, months)
    return await runs.purge(session, first_id(until), until, STEP) == STEP
