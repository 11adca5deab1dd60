"""Working hours: calendars with holidays, and the numbers and people that have them."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from domain.calendars import SpecialDay
from domain.permissions import Permission
from services import calendars
from services.calendars import NAME_LIMIT, Stored, Wanted

router = APIRouter(prefix="/api/calendars", tags=["team"], route_class=IdempotentRoute)

Reader = Annotated[Principal, requires(Permission.CONVERSATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.CALENDARS_WRITE)]

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Span = Annotated[str, Field(max_length=40)]
Spans = Annotated[list[Span], Field(max_length=24)]
Ids = Annotated[list[UUID], Field(max_length=1000)]


class SpecialIn(Strict):
    """A holiday, or a day with hours of its own: no spans when it is closed. ``yearly``: in every year."""

    day: date
    name: str = Field(default="", max_length=NAME_LIMIT)
    spans: Spans = Field(default=[])
    yearly: bool = False


class CalendarIn(Strict):
    """Working hours: spans such as 09:00-17:00 by day, in a time zone, or the installation's if it is empty.

    A span may end after midnight. Numbers and people have these hours instead of any they had.
    """

    name: str = Field(max_length=300)
    zone: str = Field(default="", max_length=64)
    week: dict[Day, Spans] = Field(default={})
    special: list[SpecialIn] = Field(default=[], max_length=1000)
    is_default: bool = False
    channel_ids: Ids = Field(default=[])
    user_ids: Ids = Field(default=[])

    def wanted(self) -> Wanted:
        """The same for the service."""
        special = [
            SpecialDay(day=one.day, name=one.name, spans=tuple(one.spans), yearly=one.yearly)
            for one in self.special
        ]
        return Wanted(
            name=self.name, zone=self.zone, week={str(day): spans for day, spans in self.week.items()}, special=special,
            is_default=self.is_default, channel_ids=self.channel_ids, user_ids=self.user_ids,
        )  # fmt: skip


class SpecialOut(BaseModel):
    """A holiday, or a day with hours of its own."""

    day: date
    name: str
    spans: list[str]
    yearly: bool


class CalendarOut(BaseModel):
    """Working hours; ``open`` says whether they include this moment, ``until`` when that changes."""

    id: UUID
    name: str
    zone: str
    week: dict[str, list[str]]
    special: list[SpecialOut]
    is_default: bool
    channel_ids: list[UUID]
    user_ids: list[UUID]
    open: bool
    until: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, one: Stored) -> Self:
        """A stored calendar as programs see it."""
        standing = calendars.state_of(one, now())
        return cls(
            id=one.id, name=one.name, zone=one.zone, week=dict(one.week),
            special=[SpecialOut.model_validate(day) for day in one.special],
            is_default=one.is_default, channel_ids=list(one.channel_ids),
            user_ids=list(one.user_ids), open=standing.open, until=standing.until,
            created_at=one.created_at,
        )  # fmt: skip


class WorkedOut(BaseModel):
    """Working time, in seconds."""

    seconds: float


@router.get("")
async def list_calendars(_principal: Reader, session: ReadSessionDep) -> list[CalendarOut]:
    """All working hours, the default ones first."""
    return [CalendarOut.of(one) for one in await calendars.every(session)]


@router.post("", status_code=201)
async def create_calendar(body: CalendarIn, principal: Writer, session: SessionDep) -> CalendarOut:
    """Create working hours."""
    return CalendarOut.of(await calendars.create(session, principal.actor, body.wanted()))


@router.get("/{calendar_id}")
async def get_calendar(
    calendar_id: UUID, _principal: Reader, session: ReadSessionDep
) -> CalendarOut:
    """One calendar of working hours."""
    return CalendarOut.of(await calendars.get(session, calendar_id))


@router.get("/{calendar_id}/worked")
async def get_working_time(
    calendar_id: UUID,
    _principal: Reader,
    session: ReadSessionDep,
    since: AwareDatetime,
    until: AwareDatetime,
) -> WorkedOut:
    """The working time between two moments, at most 400 days apart."""
    found = await calendars.get(session, calendar_id)
    return WorkedOut(seconds=calendars.worked(found, since, until).total_seconds())


@router.put("/{calendar_id}")
async def change_calendar(
    calendar_id: UUID, body: CalendarIn, principal: Writer, session: SessionDep
) -> CalendarOut:
    """Replace working hours, and say whose they are."""
    changed = await calendars.change(session, principal.actor, calendar_id, body.wanted())
    return CalendarOut.of(changed)


@router.delete("/{calendar_id}", status_code=204)
async def delete_calendar(calendar_id: UUID, principal: Writer, session: SessionDep) -> None:
    """Delete working hours; whoever had them has the default ones."""
    await calendars.delete(session, principal.actor, calendar_id)
