"""Figures over an automation's canvas: how many are at each node, which ways they took, and who is there now."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.automations.shapes import Read
from api.automations.who import Reader, Sight
from api.clock import now
from api.deps import ReadSessionDep
from domain.automations.states import WaitsFor
from services import phones
from services.automations import report
from services.automations.report import Counts, Period, RunLine

router = APIRouter(prefix="/api/automations", tags=["automations"])

Cursor = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=200)]


class NodeCountsOut(Read):
    """How many are at a node now, and how many left it, by branch ("" ended there)."""

    node: str
    here: int
    passed: int
    dropped: int
    failed: int
    branches: dict[str, int]


class CountsOut(Read):
    """The figures over an automation's canvas."""

    period: Period
    nodes: list[NodeCountsOut]
    triggers: dict[str, int] = Field(description="How many runs each trigger started.")
    entered: int
    ended: dict[str, int]
    active: int

    @classmethod
    def of(cls, found: Counts) -> Self:
        """Figures as programs see them."""
        return cls.model_validate(found)


class PersonInsideOut(Read):
    """Somebody at a node: since when, and what for.

    Name and number (as programs and as people write it) are null without the right to read contacts or conversations,
    the conversation without the latter.
    """

    run_id: UUID
    contact_id: UUID
    contact_name: str | None
    contact_phone: str | None
    contact_phone_shown: str | None
    conversation_id: UUID | None
    node: str
    waits: WaitsFor | None
    until: datetime | None
    since: datetime

    @classmethod
    def of(cls, line: RunLine, sight: Sight) -> Self:
        """A run, as the person it is about."""
        phone = line.contact_phone if sight.people else None
        return cls(
            run_id=line.id,
            contact_id=line.contact_id,
            contact_name=line.contact_name if sight.people else None,
            contact_phone=phone,
            contact_phone_shown=phones.shown(phone) if phone else phone,
            conversation_id=line.conversation_id if sight.words else None,
            node=line.node,
            waits=WaitsFor(line.waits) if line.waits else None,
            until=line.until,
            since=line.moved_at,
        )


class PeoplePageOut(BaseModel):
    """One page; ask for more with ``next_cursor`` until it is null."""

    items: list[PersonInsideOut]
    next_cursor: str | None


@router.get("/{automation_id}/counts")
async def automation_counts(
    automation_id: UUID,
    _principal: Reader,
    session: ReadSessionDep,
    period: Period = Period.ALL,
) -> CountsOut:
    """How many are at each node now, and which ways were taken in a period."""
    return CountsOut.of(await report.counts(session, automation_id, period, now()))


@router.get("/{automation_id}/people")
async def automation_people(
    automation_id: UUID,
    principal: Reader,
    session: ReadSessionDep,
    node: Annotated[str, Query(min_length=1, max_length=200)],
    cursor: Cursor = "",
    limit: Limit = 50,
) -> PeoplePageOut:
    """Who is at a node now, the newest run first."""
    found = await report.people(session, automation_id, node, cursor=cursor, limit=limit)
    sight = Sight.of(principal)
    items = [PersonInsideOut.of(line, sight) for line in found.items]
    return PeoplePageOut(items=items, next_cursor=found.next_cursor)
