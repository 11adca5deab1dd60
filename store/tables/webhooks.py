"""Raw webhook deliveries exactly as received, and what became of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Identity, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from domain.webhooks import EventState
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
    channel_id: Mapped[UUID | None]  # whose secret signed it
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(server_default=EventState.WAITING)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    error: Mapped[str | None]
    received_at: Mapped[CreatedAt]
    processed_at: Mapped[datetime | None]


class RejectedWebhookRow(Base):
    """Deliveries turned away, counted per minute and reason: bad signature, too large, not JSON."""

    __tablename__ = "rejected_webhooks"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(server_default="0")
