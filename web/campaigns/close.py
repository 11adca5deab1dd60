"""Closing an API campaign from its page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from services.campaigns import close, report
from web.rendering import redirect, render_fragment

router = APIRouter(prefix="/campaigns/{campaign_id}/close", include_in_schema=False)

Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]


@router.get("")
async def close_dialog(
    request: Request, campaign_id: UUID, _principal: Launcher, session: ReadSessionDep
) -> Response:
    """Ask for confirmation, saying what happens to people already in it."""
    context = {"campaign": await report.one(session, campaign_id)}
    return render_fragment(request, "campaigns/live/close.html", context)


@router.post("")
async def close_campaign(
    request: Request, campaign_id: UUID, principal: Launcher, session: SessionDep
) -> Response:
    """Accept no more people; it ends once everybody in it has an outcome."""
    await close.close(session, campaign_id, principal.actor, now())
    return redirect(request, f"/campaigns/{campaign_id}")
