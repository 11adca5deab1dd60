"""The webhook log's answers: deliveries with what they contained and concern, rejections, and replays."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.webhook_log import ReplayState, Scope
from domain.webhooks import ObjectState, Outcome


class Read(BaseModel):
    """Read from the attributes of a view."""

    model_config = ConfigDict(from_attributes=True)


class StandingOut(Read):
    """The state of receiving: what waits, and what was set aside and why, by code, most frequent first."""

    waiting: int
    oldest: datetime | None = Field(description="When the oldest waiting delivery arrived.")
    dead: int = Field(description="Deliveries set aside as a whole.")
    aside: int = Field(description="Single objects set aside.")
    reasons: dict[str, int]


class DeliveryOut(Read):
    """A delivery: `results` say what its objects did, or its state while it waits or if it is a dead letter."""

    id: int
    received_at: datetime
    processed_at: datetime | None
    results: list[Outcome]
    kinds: list[str] = Field(description="`message/text`, `status/read`, or the name of a field.")
    error: str = Field(description="Why it is a dead letter: a code.")
    signed_for: list[UUID] = Field(description="The channels whose app secret signed it.")
    size: int
    repeats: int = Field(description="How often it came again, byte for byte.")


class DeliveriesOut(BaseModel):
    """A page of deliveries."""

    items: list[DeliveryOut]
    next_cursor: str | None


class MessageOut(Read):
    """The message an object is about."""

    id: UUID
    campaign_id: UUID | None
    conversation_id: UUID | None
    state: str


class ConcernedRunOut(Read):
    """A run of an automation that a message started (`began`), went on with, or was sent by."""

    id: UUID
    automation_name: str
    began: bool


class ObjectOut(Read):
    """One object of a delivery, at the time that WhatsApp says."""

    kind: str
    at: datetime | None
    wamid: str
    person: str
    message: MessageOut | None
    runs: list[ConcernedRunOut]


class LineOut(Read):
    """An object without effect, or (`source`) a whole delivery; `reason` and `error` are codes."""

    source: str
    id: int
    at: datetime
    state: ObjectState
    reason: str
    error: str
    field: str
    kind: str
    phone_number_id: str
    count: int
    size: int


class LinesOut(BaseModel):
    """A page of lines."""

    items: list[LineOut]
    next_cursor: str | None


class DeliveryDetailOut(DeliveryOut):
    """A delivery with up to 100 of its objects and its body; personal data only with `webhooks:personal`."""

    count: int
    objects: list[ObjectOut]
    without_effect: list[LineOut]
    repeated_at: list[datetime]
    raw: str


class RawOut(BaseModel):
    """The body of an object, as a delivery."""

    raw: str


class RejectedOut(Read):
    """How many deliveries were rejected within a minute, by reason."""

    minute: datetime
    reason: str
    count: int


class RejectedPageOut(BaseModel):
    """A page of such minutes."""

    items: list[RejectedOut]
    next_cursor: str | None


class ReplayOut(Read):
    """A replay of a range: `share` from 0 to 1 says how far it is."""

    id: int
    scope: Scope
    low: int
    high: int
    share: float
    replayed: int
    failed: int
    state: ReplayState
    started_by: str
    started_at: datetime
    ended_at: datetime | None
