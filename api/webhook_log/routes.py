"""The webhook log for programs: what WhatsApp delivered, who signed it, what it did, and replaying it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from api.webhook_log.shapes import (
    DeliveriesOut,
    DeliveryDetailOut,
    DeliveryOut,
    LineOut,
    LinesOut,
    ObjectOut,
    RawOut,
    RejectedOut,
    RejectedPageOut,
    ReplayOut,
    StandingOut,
)
from domain.permissions import Permission
from domain.webhook_log import DeliveryFilter, Scope
from domain.webhooks import ObjectState, Outcome
from services.receiving import finding, log, replaying
from services.receiving.replaying import Wanted

router = APIRouter(prefix="/api/webhook-log", tags=["webhook log"], route_class=IdempotentRoute)

Reader = Annotated[Principal, requires(Permission.WEBHOOKS_READ)]
Writer = Annotated[Principal, requires(Permission.WEBHOOKS_WRITE)]

LARGEST_ID = 2**63 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Cursor = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=200)]
Number = Annotated[int | None, Field(ge=1, le=LARGEST_ID)]


class ReplayIn(Strict):
    """What to replay: all deliveries from `since` until before `until`; those with ids from `first` to `last`; or, with
    a `scope` alone, everything that is set aside.

    `scope` says what: `all` deliveries, only `dead` letters, or single `objects` set aside.
    """

    scope: Scope = Scope.ALL
    first: Number = None
    last: Number = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class DeliveryQuery(BaseModel):
    """Filters; omitted ones match everything."""

    q: Annotated[str, Query(max_length=300, description="A phone number in international format, WhatsApp's id of a message, or a user id.")] = ""  # fmt: skip
    kind: Annotated[str, Query(max_length=100)] = ""
    outcome: Outcome | None = None
    channel_id: UUID | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    cursor: Cursor = ""
    limit: Limit = 50

    def wanted(self) -> DeliveryFilter:
        """The same for the service."""
        return DeliveryFilter(
            self.q, self.kind, self.outcome, self.channel_id, self.since, self.until
        )


@router.get("")
async def get_standing(_principal: Reader, session: ReadSessionDep) -> StandingOut:
    """What waits, and what was set aside."""
    return StandingOut.model_validate(await log.standing(session))


@router.get("/deliveries")
async def list_deliveries(
    _principal: Reader, session: ReadSessionDep, query: Annotated[DeliveryQuery, Query()]
) -> DeliveriesOut:
    """Deliveries that match, newest first. A page may be short, even empty, and still have a next one."""
    found = await finding.page(session, query.wanted(), cursor=query.cursor, limit=query.limit)
    items = [DeliveryOut.model_validate(line) for line in found.lines]
    return DeliveriesOut(items=items, next_cursor=found.next_cursor or None)


@router.get("/deliveries/{id_}")
async def get_delivery(id_: Id, principal: Reader, session: ReadSessionDep) -> DeliveryDetailOut:
    """One delivery: what it contained, what it is about, and its body."""
    personal = principal.may(Permission.WEBHOOKS_PERSONAL)
    return _detail(await finding.delivery(session, id_, personal=personal))


def _detail(view: finding.DeliveryView) -> DeliveryDetailOut:
    return DeliveryDetailOut(
        **DeliveryOut.model_validate(view.line).model_dump(),
        count=view.count,
        objects=[ObjectOut.model_validate(one) for one in view.objects],
        without_effect=[LineOut.model_validate(line) for line in view.lines],
        repeated_at=view.repeats,
        raw=view.raw,
    )


@router.post("/deliveries/{id_}/replay", status_code=202)
async def replay_delivery(id_: Id, principal: Writer, session: SessionDep) -> None:
    """Process a delivery again; what was already applied changes nothing."""
    await log.replay(session, "delivery", id_, actor=principal.actor)


@router.get("/objects")
async def list_objects(
    _principal: Reader,
    session: ReadSessionDep,
    state: ObjectState = ObjectState.ASIDE,
    phone_number_id: Annotated[str, Query(max_length=64)] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> LinesOut:
    """What had no effect, newest first: `aside` needs a person, `kept` is for the record."""
    found = await log.page(session, state, cursor=cursor, number=phone_number_id, limit=limit)
    items = [LineOut.model_validate(line) for line in found.lines]
    return LinesOut(items=items, next_cursor=found.next_cursor or None)


@router.get("/objects/{id_}")
async def get_object(id_: Id, principal: Reader, session: ReadSessionDep) -> RawOut:
    """The body of an object; personal data only with `webhooks:personal`."""
    personal = principal.may(Permission.WEBHOOKS_PERSONAL)
    return RawOut(raw=await log.raw(session, id_, personal=personal))


@router.post("/objects/{id_}/replay", status_code=202)
async def replay_object(id_: Id, principal: Writer, session: SessionDep) -> None:
    """Process an object again."""
    await log.replay(session, "object", id_, actor=principal.actor)


@router.get("/rejections")
async def list_rejections(
    _principal: Reader, session: ReadSessionDep, cursor: Cursor = "", limit: Limit = 50
) -> RejectedPageOut:
    """Deliveries that were not kept, counted by minute: unsigned, or signed with another secret."""
    found = await finding.rejected(session, cursor=cursor, limit=limit)
    items = [RejectedOut.model_validate(one) for one in found.minutes]
    return RejectedPageOut(items=items, next_cursor=found.next_cursor or None)


@router.get("/replays")
async def list_replays(
    _principal: Reader,
    session: ReadSessionDep,
    before: Annotated[int, Query(ge=1, le=LARGEST_ID)] = LARGEST_ID,
    limit: Limit = 50,
) -> list[ReplayOut]:
    """Replays of ranges, newest first."""
    found = await replaying.page(session, before, limit)
    return [ReplayOut.model_validate(one) for one in found]


@router.post("/replays", status_code=202)
async def begin_replay(body: ReplayIn, principal: Writer, session: SessionDep) -> ReplayOut:
    """Process a range again, in the background; what was already applied changes nothing."""
    begun = await replaying.begin(session, principal.actor, Wanted(**body.model_dump()))
    return ReplayOut.model_validate(begun)


@router.get("/replays/{id_}")
async def get_replay(id_: Id, _principal: Reader, session: ReadSessionDep) -> ReplayOut:
    """How far a replay is."""
    return ReplayOut.model_validate(await replaying.get(session, id_))


@router.post("/replays/{id_}/stop")
async def stop_replay(id_: Id, principal: Writer, session: SessionDep) -> ReplayOut:
    """End a replay where it is; what it did stays."""
    return ReplayOut.model_validate(await replaying.stop(session, principal.actor, id_))
