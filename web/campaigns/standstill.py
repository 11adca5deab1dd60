"""The part of a campaign's page that says why it is not moving."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import ReadSessionDep, StateDep
from api.security import Principal, requires
from api.state import AppState
from domain.permissions import Permission
from services import system
from services.campaigns import report
from services.campaigns.progress import standstill
from services.campaigns.views import CampaignView
from web.campaigns.workflow_links import workflow_url
from web.rendering import render_fragment

router = APIRouter(prefix="/campaigns/{campaign_id}", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]


@router.get("/standstill")
async def part(
    request: Request,
    campaign_id: UUID,
    _principal: Reader,
    session: ReadSessionDep,
    state: StateDep,
) -> Response:
    """Polled every ten seconds, as no event announces that nothing happens."""
    campaign = await report.one(session, campaign_id)
    context = await why(session, state, campaign)
    return render_fragment(request, "campaigns/live/standstill.html", context)


async def why(session: AsyncSession, state: AppState, campaign: CampaignView) -> dict[str, Any]:
    """What the part shows."""
    found = None
    if standstill.may_stand(campaign):
        facts = await system.facts(session, state.data_dir, {})
        found = await standstill.explain(session, campaign, facts)
    return {"campaign": campaign, "why": found, "workflow_url": workflow_url(state, campaign.id)}
