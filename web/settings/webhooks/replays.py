"""Replays of a range: begin one, see how far it is, stop it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal
from domain.errors import DomainError
from domain.webhook_log import Scope
from services.receiving import replaying
from services.receiving.replaying import Wanted
from web.campaigns.saving import local_time
from web.i18n import gettext as _
from web.rendering import redirect, render_fragment
from web.settings.frame import settings_page
from web.settings.webhooks import words
from web.settings.webhooks.deliveries import Id, Reader, Writer, frame
from web.settings.webhooks.words import HOME

router = APIRouter(prefix=f"{HOME}/replays", include_in_schema=False)

REPLAYS = f"{HOME}/replays"
Time = Annotated[str, Field(max_length=40)]


class RangeForm(BaseModel):
    """A range: by time, in the viewer's ``zone``; or all of what was set aside."""

    scope: Scope = Scope.ALL
    since: Time = ""
    until: Time = ""
    zone: Annotated[str, Field(max_length=60)] = ""

    def wanted(self) -> Wanted:
        """The same for the service; raises Invalid for a time that is none."""
        if self.scope is not Scope.ALL:
            return Wanted(self.scope)
        return Wanted(
            since=local_time(self.since, self.zone), until=local_time(self.until, self.zone)
        )


@router.get("")
async def replays_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    part: Literal["", "list"] = "",
    before: Annotated[int, Query(ge=1, le=2**63 - 1)] = 2**63 - 1,
) -> Response:
    """Replays, newest first, or only the moving part of the page."""
    if part == "list":
        context = {"replays": await replaying.page(session, before), "words": words}
        return render_fragment(request, "settings/webhooks/_replays.html", context)
    return await _page(request, principal, session, before)


async def _page(
    request: Request,
    principal: Principal,
    session: AsyncSession,
    before: int = 2**63 - 1,
    error: DomainError | None = None,
) -> Response:
    found = await replaying.page(session, before)
    context = {
        **await frame(session, "/replays"),
        "replays": found,
        "older": found[-1].id if len(found) == replaying.PAGE else None,
    }
    return settings_page(request, principal, "webhooks/replays", context, error)


@router.post("")
async def begin(
    request: Request,
    principal: Writer,
    session: SessionDep,
    form: Annotated[RangeForm, Form()],
) -> Response:
    """Begin a replay; a range without anything is shown again with why."""
    try:
        await replaying.begin(session, principal.actor, form.wanted())
    except DomainError as error:
        return await _page(request, principal, session, error=error)
    return redirect(request, REPLAYS, flash=_("The replay has begun."))


@router.post("/{id_}/stop")
async def stop(request: Request, id_: Id, principal: Writer, session: SessionDep) -> Response:
    """End a replay where it is."""
    await replaying.stop(session, principal.actor, id_)
    return redirect(request, REPLAYS, flash=_("Stopped. What was replayed stays as it is."))
