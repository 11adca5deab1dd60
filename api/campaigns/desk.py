"""Manage campaigns: rename, reschedule, copy, and archive ended ones."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from api.campaigns.shapes import CampaignOut
from api.clock import now
from api.deps import SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from domain.permissions import Permission
from services.campaigns import desk
from services.campaigns.drafts.changes import LONGEST_NAME

router = APIRouter(
    prefix="/api/campaigns/{campaign_id}", tags=["campaigns"], route_class=IdempotentRoute
)

Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]
Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]


class NameIn(Strict):
    """The new name."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)


class StartIn(Strict):
    """The new start."""

    scheduled_at: Annotated[datetime, AwareDatetime]


@router.put("/name")
async def rename_campaign(
    campaign_id: UUID, body: NameIn, principal: Writer, session: SessionDep
) -> CampaignOut:
    """Rename a campaign, in any state."""
    return CampaignOut.of(await desk.rename(session, campaign_id, principal.actor, body.name))


@router.put("/start")
async def move_campaign(
    campaign_id: UUID,
    body: StartIn,
    principal: Launcher,
    session: SessionDep,
) -> CampaignOut:
    """Reschedule a campaign; its audience stays as it was at launch."""
    start = body.scheduled_at
    moved = await desk.move(session, campaign_id, principal.actor, start, now())
    return CampaignOut.of(moved)


@router.post("/copy", status_code=201)
async def copy_campaign(campaign_id: UUID, principal: Writer, session: SessionDep) -> CampaignOut:
    """Copy a campaign in any state to a draft with the same people, message and speed."""
    return CampaignOut.of(await desk.copy(session, campaign_id, principal.actor))


@router.post("/archive")
async def archive_campaign(
    campaign_id: UUID, principal: Writer, session: SessionDep
) -> CampaignOut:
    """Archive an ended campaign, which removes it from the list."""
    return CampaignOut.of(await desk.archive(session, campaign_id, principal.actor, now()))


@router.delete("/archive")
async def restore_campaign(
    campaign_id: UUID, principal: Writer, session: SessionDep
) -> CampaignOut:
    """Put an archived campaign back into the list."""
    return CampaignOut.of(await desk.archive(session, campaign_id, principal.actor, None))
