"""Retry failed recipients from a campaign's page: the retry's draft opens for review."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.clock import now
from api.deps import SessionDep
from api.security import Principal, requires
from domain.campaigns import CampaignStatus
from domain.permissions import Permission
from services.campaigns.retries import retry
from web.rendering import redirect

router = APIRouter(prefix="/campaigns/{campaign_id}/retry", include_in_schema=False)

Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]


@router.post("")
async def make(
    request: Request, campaign_id: UUID, principal: Launcher, session: SessionDep
) -> Response:
    """The retry: a new one, or the one already open."""
    found = await retry.retry(session, campaign_id, principal.actor, now())
    review = "/review" if found.campaign.status is CampaignStatus.DRAFT else ""
    return redirect(request, f"/campaigns/{found.campaign.id}{review}")
