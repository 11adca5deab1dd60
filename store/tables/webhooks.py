"""Raw webhook deliveries exactly as received, and their state."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Identity, Index, LargeBinary, SmallInteger, Uuid, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

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


class WebhookObjectRow(Base):
    """One object of a delivery that had no effect, as a separate delivery; kept for 30 days."""

    __tablename__ = "webhook_objects"
    __table_args__ = (
        one_of("state", ObjectState),
        Index("ix_webhook_objects_state_received_at_id", "state", "received_at", "id"),
        Index("ix_webhook_objects_received_at", "received_at"),
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
