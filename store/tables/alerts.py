"""Alerts, open and past, and what each person did with them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, CreatedAt, Id


class AlertRow(Base):
    """An alert: at most one of a kind is open about a subject."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "uq_alerts_open", "kind", "subject", unique=True,
            postgresql_where=text("cleared_at IS NULL"),
        ),
        Index(
            "ix_alerts_cleared_at_id", "cleared_at", "id",
            postgresql_where=text("cleared_at IS NOT NULL"),
        ),
        Index(
            "ix_alerts_mailed_at", "mailed_at", postgresql_where=text("mailed_at IS NOT NULL")
        ),
    )  # fmt: skip

    id: Mapped[Id]
    kind: Mapped[str]  # domain.alerts.AlertKind; a later release may know more
    subject: Mapped[str]
    name: Mapped[str]
    why: Mapped[str]  # a packed sentence
    count: Mapped[int] = mapped_column(BIGINT)
    raised_at: Mapped[CreatedAt]
    seen_at: Mapped[CreatedAt]
    cleared_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class AlertMarkRow(Base):
    """An alert that a person has seen, and perhaps dismissed."""

    __tablename__ = "alert_marks"

    alert_id: Mapped[UUID] = mapped_column(
        ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    seen_at: Mapped[CreatedAt]
    dismissed_at: Mapped[datetime | None]
