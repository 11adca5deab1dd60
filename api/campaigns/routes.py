"""Campaigns: list, drafts, launch, and control while they run."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.campaigns.shapes import (
    CampaignChangeIn,
    CampaignOut,
    CampaignPageOut,
    CheckOut,
    ExecuteIn,
    ThrottleIn,
)
from api.clock import now
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from domain.campaigns import CampaignStatus
from domain.permissions import Permission
from services.campaigns import control, report
from services.campaigns.drafts import write
from services.campaigns.launching import launch, preflight, undo

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"], route_class=IdempotentRoute)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]
Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]


@router.get("")
async def list_campaigns(
    _principal: Reader,
    session: ReadSessionDep,
    status: CampaignStatus | None = None,
    search: Annotated[str, Query(max_length=120)] = "",
    archived: bool = False,
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CampaignPageOut:
    """Campaigns, newest first: the list, or the archived ones."""
    found = await report.listed(
        session, status=status, search=search, archived=archived, cursor=cursor, limit=limit
    )
    items = [CampaignOut.of(item) for item in found.items]
    return CampaignPageOut(items=items, next_cursor=found.next_cursor)


@router.get("/{campaign_id}")
async def get_campaign(
    campaign_id: UUID, _principal: Reader, session: ReadSessionDep
) -> CampaignOut:
    """One campaign with its counters."""
    return CampaignOut.of(await report.one(session, campaign_id))


@router.put("/{campaign_id}")
async def change_campaign(
    campaign_id: UUID, body: CampaignChangeIn, principal: Writer, session: SessionDep
) -> CampaignOut:
    """Change a draft."""
    changed = await write.change(
        session, campaign_id, principal.actor, body.change(), body.revision
    )
    return CampaignOut.of(changed)


@router.delete("/{campaign_id}", status_code=204)
async def delete_campaign(campaign_id: UUID, principal: Writer, session: SessionDep) -> None:
    """Delete a draft, or an ended campaign that messaged nobody; others are a record of what was sent."""
    await write.delete(session, campaign_id, principal.actor)


@router.get("/{campaign_id}/check")
async def check_campaign(
    campaign_id: UUID, _principal: Reader, session: ReadSessionDep
) -> CheckOut:
    """Check a draft: who gets it, who is excluded and why, and what prevents its launch."""
    return CheckOut.of(await preflight.check(session, campaign_id, now()))


@router.post("/{campaign_id}/execute")
async def execute_campaign(
    campaign_id: UUID,
    principal: Launcher,
    session: SessionDep,
    body: ExecuteIn | None = None,
) -> CampaignOut:
    """Launch a draft, now or at its scheduled time; repeating it launches nothing twice."""
    wanted = body or ExecuteIn()
    undo_for = timedelta(seconds=wanted.undo_seconds)
    launched = await launch.launch(
        session, campaign_id, principal.actor, now(), undo_for, seen=wanted.seen()
    )
    return CampaignOut.of(launched)


@router.post("/{campaign_id}/undo")
async def undo_campaign(
    campaign_id: UUID,
    principal: Launcher,
    session: SessionDep,
    state: StateDep,
) -> CampaignOut:
    """Undo a launch before it begins, even a scheduled one: it is a draft again, nothing was sent."""
    undone = await undo.undo(
        session, campaign_id, principal.actor, lambda: state.workflows.undo_campaign(campaign_id)
    )
    return CampaignOut.of(undone)


@router.post("/{campaign_id}/pause")
async def pause_campaign(
    campaign_id: UUID,
    principal: Launcher,
    session: SessionDep,
) -> CampaignOut:
    """Stop sending to anyone new, within a second or two."""
    paused = await control.pause(session, campaign_id, principal.actor)
    return CampaignOut.of(paused)


@router.post("/{campaign_id}/resume")
async def resume_campaign(
    campaign_id: UUID,
    principal: Launcher,
    session: SessionDep,
) -> CampaignOut:
    """Continue where it stopped."""
    resumed = await control.resume(session, campaign_id, principal.actor)
    return CampaignOut.of(resumed)


@router.post("/{campaign_id}/stop")
async def stop_campaign(
    campaign_id: UUID,
    principal: Launcher,
    session: SessionDep,
) -> CampaignOut:
    """End it for good; people not messaged yet get nothing."""
    stopped = await control.stop(session, campaign_id, principal.actor, now())
    return CampaignOut.of(stopped)


@router.put("/{campaign_id}/throttle")
async def throttle_campaign(
    campaign_id: UUID,
    body: ThrottleIn,
    principal: Launcher,
    session: SessionDep,
) -> CampaignOut:
    """Change the speed while it runs."""
    changed = await control.throttle(session, campaign_id, principal.actor, body.per_second)
    return CampaignOut.of(changed)
