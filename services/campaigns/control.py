"""Act on a running campaign: the row changes immediately, so senders obey at their next claim."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignAction, CampaignStatus, require, require_throttle
from domain.journal.campaigns import (
    CampaignFact,
    CampaignPaused,
    CampaignResumed,
    CampaignStopped,
    CampaignThrottled,
)
from services import journal
from services.campaigns import find
from services.campaigns.views import CampaignView, view
from store.campaigns import rows
from store.campaigns.rows import CampaignRow
from store.sending import brakes


async def pause(session: AsyncSession, campaign_id: UUID, actor: Actor) -> CampaignView:
    """Send to nobody new until it is resumed."""
    row = await find.locked(session, campaign_id)
    if row.status == CampaignStatus.PAUSED:
        return view(row, await rows.counters(session, campaign_id))
    require(CampaignStatus(row.status), CampaignAction.PAUSE)
    return await _put(session, row, actor, CampaignStatus.PAUSED, CampaignPaused)


async def resume(session: AsyncSession, campaign_id: UUID, actor: Actor) -> CampaignView:
    """Continue where it stopped."""
    row = await find.locked(session, campaign_id)
    if row.status == CampaignStatus.RUNNING:
        return view(row, await rows.counters(session, campaign_id))
    require(CampaignStatus(row.status), CampaignAction.RESUME)
    resumed = await _put(session, row, actor, CampaignStatus.RUNNING, CampaignResumed)
    await brakes.set_mark(session, campaign_id)
    return resumed


async def stop(
    session: AsyncSession, campaign_id: UUID, actor: Actor, now: datetime
) -> CampaignView:
    """End it: people not messaged yet get nothing."""
    row = await find.locked(session, campaign_id)
    if row.status == CampaignStatus.STOPPED:
        return view(row, await rows.counters(session, campaign_id))
    require(CampaignStatus(row.status), CampaignAction.STOP)
    row.finished_at = now
    return await _put(session, row, actor, CampaignStatus.STOPPED, CampaignStopped)


async def throttle(
    session: AsyncSession, campaign_id: UUID, actor: Actor, per_second: int | None
) -> CampaignView:
    """Change the speed; None means as fast as the number allows."""
    require_throttle(per_second)
    row = await find.locked(session, campaign_id)
    require(CampaignStatus(row.status), CampaignAction.THROTTLE)
    throttled = CampaignThrottled(
        campaign_id=campaign_id,
        before={"per_second": row.throttle},
        after={"per_second": per_second},
    )
    row.throttle = per_second
    return await _done(session, row, actor, throttled)


async def _put(
    session: AsyncSession,
    row: CampaignRow,
    actor: Actor,
    status: CampaignStatus,
    fact: type[CampaignFact],
) -> CampaignView:
    """Move a campaign to another state and clear why it had stopped."""
    before, after = {"status": row.status}, {"status": status}
    row.status = status
    if status is not CampaignStatus.STOPPED:
        row.pause_reason = None
    return await _done(session, row, actor, fact(campaign_id=row.id, before=before, after=after))


async def _done(
    session: AsyncSession, row: CampaignRow, actor: Actor, fact: CampaignFact
) -> CampaignView:
    await journal.note(session, actor, fact)
    await session.flush()
    return view(row, await rows.counters(session, row.id))
