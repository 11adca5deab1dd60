"""Raw webhook deliveries exactly as received, and their state."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from domain.webhook_log import ReplayState, Scope
from domain.webhooks import EventState, ObjectState
from store.tables.base import Base, CreatedAt, one_of


class WebhookEventRow(Base):
    """One POST: raw bytes, deduplicated by their SHA-256; ``waiting`` until the drain took it."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        one_of("state", EventState),
        Index("ix_webhook_events_waiting", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_webhook_events_dead", "id", postgresql_where=text("state = 'dead'")),
    )

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    channel_id: Mapped[UUID | None]  # the first of ``signed_for``
    signed_for: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))  # whose secret signed it
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(server_default=EventState.WAITING)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    error: Mapped[str | None]
    received_at: Mapped[CreatedAt]
    processed_at: Mapped[datetime | None]
    wait_until: Mapped[datetime | None]  # when a pending deletion will have been decided
    kinds: Mapped[list[str] | None] = mapped_column(ARRAY(String))  # what it contained
    outcomes: Mapped[list[str] | None] = mapped_column(ARRAY(String))  # domain.webhooks.Outcome


class WebhookObjectRow(Base):
    """One object of a delivery that had no effect, as a separate delivery; kept for 30 days."""

    __tablename__ = "webhook_objects"
    __table_args__ = (
        one_of("state", ObjectState),
        Index("ix_webhook_objects_state_received_at_id", "state", "received_at", "id"),
        Index("ix_webhook_objects_received_at", "received_at"),
        Index("ix_webhook_objects_event_id", "event_id"),
    )

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(BIGINT)  # its delivery, which is deleted earlier
    signed_for: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    phone_number_id: Mapped[str]
    field: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str]  # domain.webhooks.Reason
    error: Mapped[str] = mapped_column(server_default="")  # class and SQLSTATE, never values
    count: Mapped[int] = mapped_column(server_default="1")
    body: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    received_at: Mapped[CreatedAt]


class RejectedWebhookRow(Base):
    """Rejected deliveries, counted per minute and reason: bad signature, too large, not JSON."""

    __tablename__ = "rejected_webhooks"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(server_default="0")


WEBHOOK_MARKS = Table(
    "webhook_marks",
    Base.metadata,
    Column("block", BIGINT, nullable=False),
    Column("marks", ARRAY(Integer), nullable=False),
    Column("is_whole", Boolean, nullable=False, server_default="false"),
    Index("ix_webhook_marks_block", "block"),
    Index("ix_webhook_marks_loose", "block", postgresql_where=text("NOT is_whole")),
)
"""What a block of deliveries mentions: hashes of numbers, ids, kinds and outcomes; clean-up makes one row of many."""

WEBHOOK_REPEATS = Table(
    "webhook_repeats",
    Base.metadata,
    Column("digest", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Index("ix_webhook_repeats_digest", "digest"),
    Index("ix_webhook_repeats_at", "at"),
)
"""Deliveries that came again, byte for byte."""


class WebhookReplayRow(Base):
    """A range of deliveries, or of objects set aside, that is processed again; ``position`` is the last id taken."""

    __tablename__ = "webhook_replays"
    __table_args__ = (
        one_of("scope", Scope),
        one_of("state", ReplayState),
        Index("ix_webhook_replays_running", "id", postgresql_where=text("state = 'running'")),
    )

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    scope: Mapped[str]
    low: Mapped[int] = mapped_column(BIGINT)
    high: Mapped[int] = mapped_column(BIGINT)
    position: Mapped[int] = mapped_column(BIGINT)
    replayed: Mapped[int] = mapped_column(BIGINT, server_default="0")
    failed: Mapped[int] = mapped_column(BIGINT, server_default="0")
    state: Mapped[str] = mapped_column(server_default=ReplayState.RUNNING)
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    started_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None]
