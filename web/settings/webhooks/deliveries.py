"""Deliveries: the list with its search, one of them, and replaying it."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.ids import parse_id
from domain.permissions import Permission
from domain.webhook_log import DeliveryFilter
from domain.webhooks import Outcome
from services.receiving import finding, log
from web import ignored
from web.i18n import gettext
from web.i18n import gettext as _
from web.rendering import redirect
from web.settings.frame import settings_page
from web.settings.webhooks import words
from web.settings.webhooks.words import HOME

router = APIRouter(prefix=HOME, include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.WEBHOOKS_READ)]
Writer = Annotated[Principal, requires(Permission.WEBHOOKS_WRITE)]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Maybe = BeforeValidator(lambda value: value or None)

PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "three": timedelta(days=3)}


class ListQuery(BaseModel):
    """Which deliveries are shown."""

    q: Annotated[str, Query(max_length=300)] = ""
    kind: Annotated[str, Query(max_length=100)] = ""
    outcome: Annotated[Outcome | None, Maybe] = None
    channel: Annotated[UUID | None, Maybe] = None
    period: Literal["", "hour", "day", "three"] = ""
    after: Annotated[str, Query(max_length=200)] = ""

    def wanted(self) -> DeliveryFilter:
        """The same for the service."""
        since = now() - PERIODS[self.period] if self.period else None
        return DeliveryFilter(self.q.strip(), self.kind, self.outcome, self.channel, since)


@router.get("")
async def deliveries_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    wanted: Annotated[ListQuery, Query()],
) -> Response:
    """Newest deliveries first."""
    names = await finding.names(session)
    wanted.kind = ignored.known(request, "kind", words.kinds())
    wanted.channel = parse_id(ignored.known(request, "channel", {str(id_) for id_ in names}))
    found = await finding.page(session, wanted.wanted(), cursor=wanted.after)
    context = {
        "found": found,
        "wanted": wanted,
        "names": names,
        **await frame(session, ""),
        **_choices(names),
    }
    return settings_page(request, principal, "webhooks/deliveries", context)


async def frame(session: AsyncSession, current: str) -> dict[str, Any]:
    """What every page of the log shows: its tabs, and trouble with receiving."""
    standing = await log.standing(session)
    return {
        "standing": standing,
        "patience": log.PATIENCE_S,
        "parts": words.tabs(current, standing.put_aside),
        "words": words,
    }


def _choices(names: dict[UUID, str]) -> dict[str, Any]:
    _ = gettext
    return {
        "kinds": words.kind_choices(),
        "outcomes": words.outcome_choices(),
        "channels": [(str(id_), name) for id_, name in names.items()],
        "periods": [("hour", _("Last hour")), ("day", _("Last 24 hours")), ("three", _("Last 3 days"))],
    }  # fmt: skip


@router.get("/delivery/{id_}")
async def delivery_page(
    request: Request, id_: Id, principal: Reader, session: ReadSessionDep
) -> Response:
    """A delivery: what it contained and did, and its body."""
    personal = principal.may(Permission.WEBHOOKS_PERSONAL)
    view = await finding.delivery(session, id_, personal=personal)
    context = {
        "view": view,
        "rows": words.rows(view.lines),
        "names": await finding.names(session),
        "words": words,
    }
    return settings_page(request, principal, "webhooks/delivery", context)


@router.post("/delivery/{id_}/replay")
async def replay_delivery(
    request: Request, id_: Id, principal: Writer, session: SessionDep
) -> Response:
    """Replay it; it is processed within a second."""
    await log.replay(session, "delivery", id_, actor=principal.actor)
    text = _("Replayed. What was already applied stays as it is.")
    return redirect(request, f"{HOME}/delivery/{id_}", flash=text)
