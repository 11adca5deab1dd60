"""Act on a running campaign: the row changes at once, so senders obey at their next claim."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignAction, CampaignStatus, require, require_throttle
from services import audit
from services.campaigns import announce
from services.campaigns.draft import unknown
from services.campaigns.views import CampaignView, view
from store.campaigns import rows
from store.sending import brakes


async def pause(session: AsyncSession, campaign_id: UUID, actor: Actor) -> CampaignView:
    """Nobody new is sent to until it is resumed."""
    row = await _locked(session, campaign_id)
    if row.status == CampaignStatus.PAUSED:
        return view(row, await rows.counters(session, campaign_id))
    require(CampaignStatus(row.status), CampaignAction.PAUSE)
    row.status = CampaignStatus.PAUSED
    row.pause_reason = None
    return await _done(session, row, actor, "paused")


async def resume(session: AsyncSession, campaign_id: UUID, actor: Actor) -> CampaignView:
    """Go on where it stopped."""
    row = await _locked(session, campaign_id)
    if row.status == CampaignStatus.RUNNING:
        return view(row, await rows.counters(session, campaign_id))
    require(CampaignStatus(row.status), CampaignAction.RESUME)
    row.status = CampaignStatus.RUNNING
    row.pause_reason = None
    await session.flush()
    await brakes.set_mark(session, campaign_id)
    return await _done(session, row, actor, "resumed")


async def stop(
    session: AsyncSession, campaign_id: UUID, actor: Actor, now: datetime
) -> CampaignView:
    """End it: whoever was not sent to stays not sent."""
    row = await _locked(session, campaign_id)
    if row.status == CampaignStatus.STOPPED:
        return view(row, await rows.counters(session, campaign_id))
    require(CampaignStatus(row.status), CampaignAction.STOP)
    row.status = CampaignStatus.STOPPED
    row.finished_at = now
    return await _done(session, row, actor, "stopped")


async def throttle(
    session: AsyncSession, campaign_id: UUID, actor: Actor, per_second: int | None
) -> CampaignView:
    """Change the speed; None means as fast as the number may."""
    require_throttle(per_second)
    row = await _locked(session, campaign_id)
    require(CampaignStatus(row.status), CampaignAction.THROTTLE)
    before = {"per_second": row.throttle}
    row.throttle = per_second
    return await _done(session, row, actor, "throttled", before, per_second=per_second)


async def _locked(session: AsyncSession, campaign_id: UUID) -> Any:
    row = await rows.locked(session, campaign_id)
    if row is None:
        raise unknown()
    return row


async def _done(
    session: AsyncSession,
    row: Any,
    actor: Actor,
    kind: str,
    before: Mapping[str, Any] | None = None,
    **detail: Any,
) -> CampaignView:
    rows.add_event(session, row.id, kind, actor.user_id, **detail)
    await audit.record(
        session, actor, f"campaign.{kind}", "campaign", str(row.id), before, detail or None
    )
    await announce.changed(session, row.id)
    await session.flush()
    return view(row, await rows.counters(session, row.id))
