"""Working hours, the openings they lead to, and how soon customers are to be answered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, CreatedAt, Id


class CalendarRow(Base):
    """Named working hours; the default ones count where nothing else is said."""

    __tablename__ = "calendars"
    __table_args__ = (
        Index(
            "uq_calendars_is_default",
            "is_default",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    zone: Mapped[str] = mapped_column(server_default="")  # IANA; empty: the installation's
    week: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    special: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[CreatedAt]


class CalendarSpanRow(Base):
    """An opening of a calendar, about a year ahead; ``worked`` is the working time before it, in seconds.

    A clock of working time: with it, SQL finds the moment when so much of it has passed.
    """

    __tablename__ = "calendar_spans"
    __table_args__ = (Index("ix_calendar_spans_calendar_id_worked", "calendar_id", "worked"),)

    calendar_id: Mapped[UUID] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), primary_key=True
    )
    opens_at: Mapped[datetime] = mapped_column(primary_key=True)
    closes_at: Mapped[datetime]
    worked: Mapped[int] = mapped_column(BIGINT)


class TargetRow(Base):
    """How soon to answer and to resolve, in minutes of working time: by label, by number, or for the installation."""

    __tablename__ = "targets"
    __table_args__ = (
        CheckConstraint("label_id IS NULL OR channel_id IS NULL", name="one_scope"),
        Index(
            "uq_targets_label_id_channel_id", "label_id", "channel_id", unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    id: Mapped[Id]
    label_id: Mapped[UUID | None] = mapped_column(ForeignKey("labels.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    first_reply: Mapped[int | None]
    next_reply: Mapped[int | None]
    resolution: Mapped[int | None]
