"""Deciding unknown outcomes from the page: ask first, saying how long ago they were sent, then do it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from domain.recipients import Choice
from services.campaigns import report
from services.campaigns.outcomes import resolve
from web.campaigns import words
from web.rendering import redirect, render_fragment

router = APIRouter(prefix="/campaigns/{campaign_id}/unknown", include_in_schema=False)

Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]
Numbers = list[Annotated[int, Field(ge=1, le=2_147_483_647)]]


class UnknownForm(BaseModel):
    """The decision; without a number it applies to everybody."""

    choice: Choice
    number: Numbers = []


@router.get("")
async def ask(
    request: Request,
    campaign_id: UUID,
    _principal: Launcher,
    session: ReadSessionDep,
    choice: Choice,
    number: Annotated[Numbers, Query()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Ask for confirmation, with the risks."""
    context = {
        "campaign": await report.one(session, campaign_id),
        "choice": choice,
        "numbers": number,
        "doubt": await resolve.doubt(session, campaign_id, number or None),
    }
    return render_fragment(request, "campaigns/live/unknown.html", context)


@router.post("")
async def decide(
    request: Request,
    campaign_id: UUID,
    form: Annotated[UnknownForm, Form()],
    principal: Launcher,
    session: SessionDep,
) -> Response:
    """Do it, and show the remaining ones."""
    done = await resolve.resolve(
        session, campaign_id, principal.actor, form.choice, form.number or None
    )
    left = "?state=unknown" if done.campaign.progress.unknown else ""
    url = f"/campaigns/{campaign_id}/recipients{left}"
    return redirect(request, url, flash=words.resolved(form.choice, done.changed))
