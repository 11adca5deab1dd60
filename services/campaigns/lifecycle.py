"""The steps of a campaign that its workflow decides, projected into its row; each may run twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import CampaignStatus, missed_start
from services.campaigns import announce
from store.campaigns import progress, rows
from store.sending import plans


@dataclass(frozen=True, slots=True)
class Remainder:
    """Who is still to be sent to: ``fresh`` people never tried, and when the next retry is due.

    ``open`` while programs may hand in more people; ``total`` counts those so far.
    """

    fresh: int
    next_try: timedelta | None
    total: int
    open: bool


async def begin(session: AsyncSession, campaign_id: UUID, now: datetime) -> CampaignStatus:
    """The planned time has come: run, or hold when it passed too long ago (law 10)."""
    row = await rows.locked(session, campaign_id)
    if row is None:
        return CampaignStatus.STOPPED
    if row.status == CampaignStatus.SCHEDULED:
        held = missed_start(row.scheduled_at or row.launched_at, now)
        row.status = CampaignStatus.HELD if held else CampaignStatus.RUNNING
        row.pause_reason = "missed_start" if held else None
        row.started_at = None if held else now
        rows.add_event(session, campaign_id, "held" if held else "started", None)
        await session.flush()
        await plans.set_mark(session, campaign_id)
        await announce.changed(session, campaign_id)
    return CampaignStatus(row.status)


async def status(session: AsyncSession, campaign_id: UUID) -> CampaignStatus:
    """The state of a campaign now; a deleted one counts as stopped."""
    row = await rows.get(session, campaign_id)
    return CampaignStatus(row.status) if row else CampaignStatus.STOPPED


async def remainder(session: AsyncSession, campaign_id: UUID) -> Remainder:
    """Who is still to be sent to."""
    return Remainder(**(await progress.remainder(session, campaign_id))._asdict())


async def finish(session: AsyncSession, campaign_id: UUID, now: datetime) -> CampaignStatus:
    """Everybody has an outcome: close the campaign, unless a person stopped it before."""
    row = await rows.locked(session, campaign_id)
    if row is None:
        return CampaignStatus.STOPPED
    if row.status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED):
        row.status = CampaignStatus.COMPLETED
        row.finished_at = now
        row.started_at = row.started_at or now
        rows.add_event(session, campaign_id, "completed", None)
        await announce.changed(session, campaign_id)
    return CampaignStatus(row.status)
