"""What had no effect: the lines, the body of one, replaying it, and the count in the navigation."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from domain.permissions import Permission
from domain.webhooks import ObjectState
from services.receiving import finding, log
from web.i18n import gettext as _
from web.rendering import redirect, render_fragment
from web.settings.frame import settings_page
from web.settings.webhooks import words
from web.settings.webhooks.deliveries import Id, Reader, Writer, frame
from web.settings.webhooks.words import HOME

router = APIRouter(prefix=HOME, include_in_schema=False)

ASIDE = f"{HOME}/aside"
Cursor = Annotated[str, Query(max_length=200)]


@router.get("/aside")
async def lines_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    state: ObjectState = ObjectState.ASIDE,
    after: Cursor = "",
    number: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Lines in a state, newest first."""
    found = await log.page(session, state, cursor=after, number=number)
    context = {
        **await frame(session, "/aside"),
        "rows": words.rows(found.lines),
        "next_cursor": found.next_cursor,
        "after": after,
        "number": number,
        "state": state,
        "states": [
            {"label": label, "href": f"{ASIDE}?state={name}", "active": name == state}
            for name, label in words.state_names().items()
        ],
    }
    return settings_page(request, principal, "webhooks/aside", context)


@router.get("/object/{id_}")
async def object_page(
    request: Request, id_: Id, principal: Reader, session: ReadSessionDep
) -> Response:
    """The body of one line."""
    personal = principal.may(Permission.WEBHOOKS_PERSONAL)
    context = {"shown": await log.raw(session, id_, personal=personal), "id": id_}
    return settings_page(request, principal, "webhooks/object", context)


@router.post("/object/{id_}/replay")
async def replay_object(
    request: Request, id_: Id, principal: Writer, session: SessionDep
) -> Response:
    """Replay it; it is processed within a second or reappears here."""
    await log.replay(session, "object", id_, actor=principal.actor)
    text = _("Replayed. If it still cannot be used, it returns to this list.")
    return redirect(request, ASIDE, flash=text)


@router.get("/waiting")
async def waiting(request: Request, _principal: Reader, session: ReadSessionDep) -> Response:
    """How much is set aside and why, for the navigation."""
    context = {"standing": await log.standing(session)}
    return render_fragment(request, "settings/webhooks/_waiting.html", context)


@router.get("/rejected")
async def rejected_page(
    request: Request, principal: Reader, session: ReadSessionDep, after: Cursor = ""
) -> Response:
    """Deliveries that were not kept, by minute."""
    found = await finding.rejected(session, cursor=after)
    context = {**await frame(session, "/rejected"), "found": found, "after": after}
    return settings_page(request, principal, "webhooks/rejected", context)
