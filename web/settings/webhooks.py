"""The webhook log: what arrived from WhatsApp without effect, why, its content, and replaying it."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from domain.webhooks import LogLine, ObjectState
from services.receiving import log
from web.i18n import gettext
from web.i18n import gettext as _
from web.rendering import redirect
from web.settings.frame import settings_page
from web.webhook_words import reason_words

HOME = "/settings/webhooks"
router = APIRouter(prefix=HOME, include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.WEBHOOKS_READ)]
Writer = Annotated[Principal, requires(Permission.WEBHOOKS_WRITE)]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


class Source(StrEnum):
    """What a line is: a whole delivery or one of its objects."""

    DELIVERY = "delivery"
    OBJECT = "object"


@router.get("")
async def log_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    state: ObjectState = ObjectState.ASIDE,
    after: Annotated[str, Query(max_length=200)] = "",
    number: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Lines in a state, newest first."""
    found = await log.page(session, state, cursor=after, number=number)
    context = {
        "standing": await log.standing(session),
        "patience": log.PATIENCE_S,
        "rows": [
            {
                "line": line,
                "why": why(line),
                "cause": cause(line.error or line.reason.partition(" ")[2]),
            }
            for line in found.lines
        ],
        "next_cursor": found.next_cursor,
        "after": after,
        "number": number,
        "states": [
            {"label": label, "href": f"{HOME}?state={name}", "active": name == state}
            for name, label in state_names().items()
        ],
        "shown": None,
    }
    return settings_page(request, principal, "webhooks", context)


@router.get("/{source}/{id_}")
async def line_page(
    request: Request, source: Source, id_: Id, principal: Reader, session: ReadSessionDep
) -> Response:
    """The body, exactly as received."""
    context = {"shown": await log.raw(session, source, id_), "source": source, "id": id_}
    return settings_page(request, principal, "webhooks", context)


@router.post("/{source}/{id_}/replay")
async def replay(
    request: Request, source: Source, id_: Id, principal: Writer, session: SessionDep
) -> Response:
    """Replay it; it is processed within a second or reappears here."""
    await log.replay(session, source, id_, actor=principal.actor)
    text = _("Replayed. If it still cannot be used, it returns to this list.")
    return redirect(request, HOME, flash=text)


def state_names() -> dict[str, str]:
    """The tabs of the log."""
    _ = gettext
    return {
        ObjectState.ASIDE: _("Set aside"),
        ObjectState.KEPT: _("For the record"),
        ObjectState.REPLAYED: _("Replayed"),
    }


def why(line: LogLine) -> str:
    """Why it had no effect and what can be done, in words."""
    return reason_words(line.reason.split(" ", 1)[0])


def cause(error: str) -> str:
    """The error in words: who refused, and the code a developer needs; never a value."""
    name, _space, state = error.partition(" ")
    if not name:
        return ""
    if state:
        return _("The database refused a value in it (%(code)s).") % {"code": state}
    return _("Our program failed on it (%(code)s).") % {"code": name}
