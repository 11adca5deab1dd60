"""Manage campaigns: rename, reschedule, edit, copy, archive; from the list or the campaign's page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.security import Principal, requires
from domain.errors import Conflict, Invalid
from domain.permissions import Permission
from services.campaigns import desk, report
from services.campaigns.drafts.changes import LONGEST_NAME
from services.campaigns.launching import undo
from web.campaigns.saving import local_time
from web.i18n import gettext as _
from web.rendering import redirect, render_fragment, toast
from web.wording import error_words

router = APIRouter(prefix="/campaigns/{campaign_id}", include_in_schema=False)

Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]
Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]


class NameForm(BaseModel):
    """A new name."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)]


class StartForm(BaseModel):
    """A new start; ``at`` is wall-clock time in ``zone``, empty for now."""

    at: Annotated[str, Field(max_length=30)] = ""
    zone: Annotated[str, Field(max_length=60)] = ""
    when: Annotated[str, Field(max_length=10)] = "later"


@router.get("/name")
async def name_dialog(
    request: Request, campaign_id: UUID, _principal: Writer, session: ReadSessionDep
) -> Response:
    """The dialog for a new name."""
    context = {"campaign": await report.one(session, campaign_id), "longest": LONGEST_NAME}
    return render_fragment(request, "campaigns/desk/name.html", context)


@router.post("/name")
async def rename(
    request: Request,
    campaign_id: UUID,
    principal: Writer,
    session: SessionDep,
    form: Annotated[NameForm, Form()],
) -> Response:
    """Rename it."""
    try:
        await desk.rename(session, campaign_id, principal.actor, form.name)
    except Invalid as problem:
        return _back(request, campaign_id, error_words(problem))
    return redirect(request, f"/campaigns/{campaign_id}", flash=_("Renamed"))


@router.get("/start")
async def start_dialog(
    request: Request, campaign_id: UUID, _principal: Launcher, session: ReadSessionDep
) -> Response:
    """The dialog for a new start."""
    context = {"campaign": await report.one(session, campaign_id)}
    return render_fragment(request, "campaigns/desk/start.html", context)


@router.post("/start")
async def move(
    request: Request,
    campaign_id: UUID,
    principal: Launcher,
    session: SessionDep,
    form: Annotated[StartForm, Form()],
) -> Response:
    """Reschedule it, or start it now."""
    try:
        start = now() if form.when == "now" else local_time(form.at, form.zone)
        await desk.move(session, campaign_id, principal.actor, start, now())
    except (Conflict, Invalid) as problem:
        return _back(request, campaign_id, error_words(problem))
    said = _("It starts now") if form.when == "now" else _("Start changed")
    return redirect(request, f"/campaigns/{campaign_id}", flash=said)


@router.post("/edit")
async def edit(
    request: Request, campaign_id: UUID, principal: Launcher, session: SessionDep, state: StateDep
) -> Response:
    """Turn a scheduled campaign back into a draft, to change anything about it."""
    try:
        await undo.undo(
            session, campaign_id, principal.actor,
            lambda: state.workflows.undo_campaign(campaign_id),
        )  # fmt: skip
    except Conflict as problem:
        return _back(request, campaign_id, error_words(problem))
    said = _("It is a draft again and will not start by itself. Schedule it when you are done.")
    return redirect(request, f"/campaigns/{campaign_id}/review", flash=said, tone="info")


@router.post("/copy")
async def copy(
    request: Request, campaign_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Copy it to a draft."""
    made = await desk.copy(session, campaign_id, principal.actor)
    said = _("This is the copy, a draft. The original stays as it is.")
    return redirect(request, f"/campaigns/{made.id}/audience", flash=said)


@router.get("/delete")
async def delete_dialog(
    request: Request, campaign_id: UUID, _principal: Writer, session: ReadSessionDep
) -> Response:
    """Ask for confirmation before deleting it."""
    context = {"campaign": await report.one(session, campaign_id)}
    return render_fragment(request, "campaigns/desk/delete.html", context)


@router.post("/archive")
async def archive(campaign_id: UUID, principal: Writer, session: SessionDep) -> Response:
    """Archive it; the toast can undo this."""
    await desk.archive(session, campaign_id, principal.actor, now())
    answer = Response(status_code=204)
    return toast(answer, _("Archived"), undo=f"/campaigns/{campaign_id}/restore")


@router.post("/restore")
async def restore(campaign_id: UUID, principal: Writer, session: SessionDep) -> Response:
    """Bring it back to the list."""
    await desk.archive(session, campaign_id, principal.actor, None)
    return toast(Response(status_code=204), _("Back in the list"))


def _back(request: Request, campaign_id: UUID, problem: str) -> Response:
    return redirect(request, f"/campaigns/{campaign_id}", flash=_(problem), tone="danger")
