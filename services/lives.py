"""What ends with time of all that grows with every message: messages, who got a campaign, whole months (law 13)."""

from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import first_id
from domain.lives import back
from store import message_ends, months
from store.campaigns import people_ends, progress

STEP = 5000

SPARED = timedelta(days=62)
"""Rows that a whole month takes along are not deleted one by one before: the campaigns of a month end at
different times. What is left then belongs to a month that something holds back."""

STEPS_AT_ONCE = 400
"""Two million messages an hour at most: more than any number sends, little enough to go unnoticed."""


async def prepare_months(session: AsyncSession) -> int:
    """Make the parts of the months to come; how many were missing."""
    return await months.prepare(session)


async def drop_months(session: AsyncSession) -> int:
    """Drop months that hold nothing that is kept; how many."""
    return await months.drop_over(session)


async def let_people_go(session: AsyncSession, now: datetime, kept: int) -> bool:
    """Let one campaign that ended so many months ago forget who got it; whether there may be more.

    What its report says by cause and reason is counted for the last time.
    """
    campaign_id = await people_ends.next_due(session, back(now, kept))
    if campaign_id is None:
        return False
    failures = await progress.failures(session, campaign_id)
    figures = progress.Figures(failures, await progress.exclusions(session, campaign_id))
    await people_ends.mark(session, campaign_id, now, asdict(figures))
    return True


async def purge_people(session: AsyncSession) -> bool:
    """One step of what no month took along of people who have gone; whether there may be more."""
    return await people_ends.purge(session, SPARED, STEP)


async def purge_messages(
    session: AsyncSession, now: datetime, kept: int, after: UUID
) -> UUID | None:
    """One step of messages older than so many months; where the next one begins, None at the end."""
    step = await message_ends.purge(session, after, first_id(back(now, kept)), STEP)
    return step.last if step.looked == STEP else None


async def purge_attempts(
    session: AsyncSession, now: datetime, kept: int, after: UUID
) -> UUID | None:
    """One step of attempts whose message has gone and that no month took along, likewise."""
    before = first_id(back(now, kept) - SPARED)
    step = await message_ends.purge_attempts(session, after, before, STEP)
    return step.last if step.looked == STEP else None
