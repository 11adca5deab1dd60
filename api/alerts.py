"""Alerts for programs: what is wrong, what was, and what this person has seen of it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from api.wording import say
from domain.alerts.kinds import Alert, AlertKind
from domain.permissions import Permission
from services.alerts import reading
from services.alerts.reading import Reader

router = APIRouter(prefix="/api/alerts", tags=["alerts"], route_class=IdempotentRoute)

Person = Annotated[Principal, requires(Permission.SIGNED_IN)]
MOST_IDS = 200


class AlertOut(BaseModel):
    """An alert: `kind` and `subject` (an id, the name of a machine, or empty) say what it is about.

    `title`, `why` and `step` are English sentences; `place` is the page for the step.
    """

    id: UUID
    kind: AlertKind
    subject: str
    severity: str = Field(description="`danger` or `warning`.")
    title: str
    why: str
    step: str
    place: str
    count: int
    raised_at: datetime
    last_seen_at: datetime = Field(description="When it was last found to be so.")
    cleared_at: datetime | None
    is_new: bool = Field(description="You have not seen it yet.")
    is_dismissed: bool

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """An alert in the API's words."""
        due = alert.due
        return cls(
            id=alert.id, kind=due.kind, subject=due.subject, severity=due.kind.tone.value,
            title=say(alert.title), why=say(due.why) if due.why else "", step=say(due.kind.step),
            place=alert.href, count=due.count, raised_at=alert.raised_at, last_seen_at=alert.seen_at,
            cleared_at=alert.cleared_at, is_new=alert.is_new, is_dismissed=alert.is_dismissed,
        )  # fmt: skip


class OpenAlertsOut(BaseModel):
    """The open alerts about what you may see, the worst first; `new` counts those you have not seen."""

    items: list[AlertOut]
    new: int


class PastAlertsOut(BaseModel):
    """A page of alerts that are over, the last one first."""

    items: list[AlertOut]
    next_cursor: str | None


class SeenIn(Strict):
    """Which alerts you have seen."""

    ids: list[UUID] = Field(max_length=MOST_IDS)


def reader_of(principal: Principal) -> Reader:
    """Whose alerts a request is about."""
    return Reader(principal.user_id, principal.permissions)


@router.get("")
async def list_open_alerts(principal: Person, session: ReadSessionDep) -> OpenAlertsOut:
    """Everything that is wrong now, dismissed alerts last."""
    found = await reading.opened(session, reader_of(principal))
    items = [AlertOut.of(one) for one in (*found.shown, *found.dismissed)]
    return OpenAlertsOut(items=items, new=found.new)


@router.get("/history")
async def list_past_alerts(
    principal: Person,
    session: ReadSessionDep,
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PastAlertsOut:
    """Alerts of the last 90 days that are over."""
    found = await reading.past(session, reader_of(principal), cursor, limit)
    items = [AlertOut.of(one) for one in found.items]
    return PastAlertsOut(items=items, next_cursor=found.next_cursor or None)


@router.post("/seen", status_code=204)
async def see_alerts(body: SeenIn, principal: Person, session: SessionDep) -> None:
    """Count these as seen by you."""
    await reading.see(session, reader_of(principal), body.ids)


@router.post("/{alert_id}/dismiss", status_code=204)
async def dismiss_alert(alert_id: UUID, principal: Person, session: SessionDep) -> None:
    """Leave an alert out of your list until it is raised again."""
    await reading.dismiss(session, reader_of(principal), alert_id)


@router.post("/{alert_id}/restore", status_code=204)
async def restore_alert(alert_id: UUID, principal: Person, session: SessionDep) -> None:
    """Take a dismissal back."""
    await reading.dismiss(session, reader_of(principal), alert_id, dismissed=False)
