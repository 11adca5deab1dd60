"""Ends by age what grows with every message: messages, campaign recipients, whole months (law 13)."""

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
"""Rows are not deleted individually before their whole month can be dropped, as a month's campaigns end at different
times. What is left after this belongs to a month that something else still keeps.
"""

STEPS_AT_ONCE = 400
"""At most two million messages an hour: more than any number sends, few enough to go unnoticed."""


async def prepare_months(session: AsyncSession) -> int:
    """Create the partitions of the coming months; returns how many were missing."""
    return await months.prepare(session)


async def drop_months(session: AsyncSession) -> int:
    """Drop months with nothing left to keep; returns how many."""
    return await months.drop_over(session)


async def let_people_go(session: AsyncSession, now: datetime, kept: int) -> bool:
    """Let one campaign that ended this many months ago forget its recipients; returns whether there may be more.

    Its report's figures by cause and reason are counted one last time.
    """
    campaign_id = await people_ends.next_due(session, back(now, kept))
    if campaign_id is None:
        return False
    failures = await progress.failures(session, campaign_id)
    figures = progress.Figures(failures, await progress.exclusions(session, campaign_id))
    await people_ends.mark(session, campaign_id, now, asdict(figures))
    return True


async def purge_people(session: AsyncSession) -> bool:
    """Delete a batch of rows of forgotten people that no dropped month held; returns whether there may be more."""
    return await people_ends.purge(session, SPARED, STEP)


async def purge_messages(
    session: AsyncSession, now: datetime, kept: int, after: UUID
) -> UUID | None:
    """Delete a batch of messages older than this many months; returns where the next starts, None at the end."""
    step = await message_ends.purge(session, after, first_id(back(now, kept)), STEP)
    return step.last if step.looked == STEP else None


async def purge_attempts(
    session: AsyncSession, now: datetime, kept: int, after: UUID
) -> UUID | None:
    """The same for attempts of deleted messages that no dropped month held."""
    before = first_id(back(now, kept) - SPARED)
    step = await message_ends.purge_attempts(session, after, before, STEP)
    return step.last if step.looked == STEP else None
