"""Campaign steps decided by its workflow, applied to its row; each may run twice."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.campaigns import CampaignStatus, missed_start
from domain.journal.campaigns import CampaignCompleted, CampaignHeld, CampaignStarted
from services import journal
from store.campaigns import progress, rows
from store.campaigns.progress import Remainder
from store.sending import brakes

AS_GOOD_AS_NOW = timedelta(seconds=2)


class TooEarly(Exception):
    """By the database's clock, the scheduled time has not come; ``wait`` is how long it takes."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


async def begin(session: AsyncSession, campaign_id: UUID, now: datetime) -> CampaignStatus:
    """Start at the scheduled time, or hold if it passed too long ago (law 10).

    Raises TooEarly if the caller's clock differs from the database's.
    """
    row = await rows.locked(session, campaign_id)
    if row is None:
        return CampaignStatus.STOPPED
    if row.status == CampaignStatus.SCHEDULED:
        if row.scheduled_at is not None and row.scheduled_at - now > AS_GOOD_AS_NOW:
            raise TooEarly(row.scheduled_at - now)
        held = missed_start(row.scheduled_at or row.launched_at, now)
        row.status = CampaignStatus.HELD if held else CampaignStatus.RUNNING
        row.pause_reason = "missed_start" if held else None
        row.started_at = None if held else now
        await session.flush()
        await brakes.set_mark(session, campaign_id)
        began = CampaignHeld if held else CampaignStarted
        await journal.note(session, SYSTEM, began(campaign_id=campaign_id))
    return CampaignStatus(row.status)


async def status(session: AsyncSession, campaign_id: UUID) -> CampaignStatus:
    """The campaign's current state; a deleted one counts as stopped."""
    row = await rows.get(session, campaign_id)
    return CampaignStatus(row.status) if row else CampaignStatus.STOPPED


async def remainder(session: AsyncSession, campaign_id: UUID) -> Remainder:
    """The recipients still to be sent to."""
    return await progress.remainder(session, campaign_id)


async def finish(session: AsyncSession, campaign_id: UUID, now: datetime) -> CampaignStatus:
    """Finish the campaign once everybody has an outcome, unless a person stopped it."""
    row = await rows.locked(session, campaign_id)
    if row is None:
        return CampaignStatus.STOPPED
    if row.status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED):
        row.status = CampaignStatus.COMPLETED
        row.finished_at = now
        row.started_at = row.started_at or now
        await journal.note(session, SYSTEM, CampaignCompleted(campaign_id=campaign_id))
    return CampaignStatus(row.status)
