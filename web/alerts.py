"""The bell, and the page with everything that is wrong, and was."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from services.alerts import reading
from services.alerts.reading import Open, Reader
from web.i18n import gettext as _
from web.pages import page
from web.rendering import is_htmx, render_fragment, toast

HOME = "/alerts"
PANEL = 5
"""How many the bell lists; the page has all."""

router = APIRouter(prefix=HOME, include_in_schema=False)

Person = Annotated[Principal, requires(Permission.SIGNED_IN)]


@router.get("")
async def alerts_page(request: Request, principal: Person, session: ReadSessionDep) -> Response:
    """What is wrong now; htmx gets the list alone."""
    context: dict[str, Any] = {"alerts": await reading.opened(session, _reader(principal))}
    if is_htmx(request):
        return render_fragment(request, "alerts/open.html", context)
    return page(request, principal, "alerts/page.html", {**context, "part": "open"})


@router.get("/history")
async def history(
    request: Request,
    principal: Person,
    session: ReadSessionDep,
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What was wrong, the last first."""
    past = await reading.past(session, _reader(principal), cursor)
    context = {"past": past, "part": "history", "cursor": cursor}
    return page(request, principal, "alerts/page.html", context)


@router.get("/bell")
async def bell(request: Request, principal: Person, session: ReadSessionDep) -> Response:
    """How many are new, for the bell."""
    found = await reading.opened(session, _reader(principal))
    return render_fragment(request, "alerts/bell.html", {"alerts": found})


@router.get("/panel")
async def panel(request: Request, principal: Person, session: ReadSessionDep) -> Response:
    """The bell's list."""
    found = await reading.opened(session, _reader(principal))
    return render_fragment(request, "alerts/panel.html", {"alerts": _cut(found), "whole": found})


@router.post("/seen")
async def seen(
    request: Request,
    principal: Person,
    session: SessionDep,
    ids: Annotated[list[UUID], Form(max_length=reading.MOST_OPEN)],
) -> Response:
    """This person looked at these."""
    await reading.see(session, _reader(principal), ids)
    found = await reading.opened(session, _reader(principal))
    return render_fragment(request, "alerts/bell.html", {"alerts": found})


@router.post("/{alert_id:uuid}/dismiss")
async def dismiss(
    request: Request, alert_id: UUID, principal: Person, session: SessionDep
) -> Response:
    """Leave it out of this person's list; the toast can undo this."""
    await reading.dismiss(session, _reader(principal), alert_id)
    response = await _list(request, principal, session)
    return toast(response, _("Dismissed"), undo=f"{HOME}/{alert_id}/restore")


@router.post("/{alert_id:uuid}/restore")
async def restore(
    request: Request, alert_id: UUID, principal: Person, session: SessionDep
) -> Response:
    """Show it again."""
    await reading.dismiss(session, _reader(principal), alert_id, dismissed=False)
    return await _list(request, principal, session)


async def _list(request: Request, principal: Principal, session: SessionDep) -> Response:
    context = {"alerts": await reading.opened(session, _reader(principal))}
    return render_fragment(request, "alerts/open.html", context)


def _reader(principal: Principal) -> Reader:
    return Reader(principal.user_id, principal.permissions)


def _cut(found: Open) -> Open:
    return Open(found.shown[:PANEL], ())
