"""Message templates as Meta holds them: one row per name and language."""

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, CreatedAt, Id


class TemplateRow(Base):
    """A template in one language; ``status`` is Meta's word (APPROVED, PAUSED, …)."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("waba_id", "name", "language"),)

    id: Mapped[Id]
    waba_id: Mapped[str]
    meta_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    language: Mapped[str]
    category: Mapped[str]
    status: Mapped[str]
    parameter_format: Mapped[str] = mapped_column(server_default="POSITIONAL")
    components: Mapped[list[Any]]
    quality: Mapped[str] = mapped_column(server_default="UNKNOWN")
    rejected_reason: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    synced_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]  # deleted at Meta; kept for campaigns that used it
    news: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Meta's time of the last update by kind, so that a late one changes nothing."""


class TemplateAsideRow(Base):
    """A template that its account's newest sync could not copy as it is."""

    __tablename__ = "template_asides"

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    waba_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    language: Mapped[str]
    reason: Mapped[str]  # domain.asides.AsideReason
    error: Mapped[str] = mapped_column(server_default="")
    at: Mapped[CreatedAt]
