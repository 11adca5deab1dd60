"""The journal: what happened, partitioned by life and time, and its readers' positions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType
from typing_extensions import override

from store.tables.base import Base, CreatedAt


class TransactionId(UserDefinedType[int]):
    """``xid8``: a transaction id that is never reused."""

    cache_ok = True

    @override
    def get_col_spec(self, **_: Any) -> str:
        """The type's name."""
        return "xid8"


ischema_names["xid8"] = TransactionId  # so that reflection recognises it


class JournalRow(Base):
    """One entry: what happened, to what and by whom; ids and small values only."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_xact", "xact"),
        Index(
            "ix_journal_stream_xact", "stream", "xact", postgresql_where=text("stream IS NOT NULL")
        ),
        {"postgresql_partition_by": "LIST (life)"},
    )

    id: Mapped[int] = mapped_column(
        BIGINT, server_default=text("nextval('journal_id_seq')"), primary_key=True
    )
    life: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[CreatedAt] = mapped_column(primary_key=True)
    xact: Mapped[int] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))
    kind: Mapped[str]
    stream: Mapped[str | None]  # the reader that runs its command
    audited: Mapped[bool]
    user_id: Mapped[UUID | None]
    actor: Mapped[str]  # "user", "token:<prefix>", "system"
    ip: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[str]
    contact_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None]
    before: Mapped[dict[str, Any] | None]
    data: Mapped[dict[str, Any] | None]


OF_KEPT = (
    "ix_journal_kept_id", "ix_journal_kept_entity", "ix_journal_kept_campaign_id_id", "ix_journal_kept_contact_id_id",
)  # fmt: skip
"""Indexes only on entries that are kept for long (migration 0018)."""


class JournalContactRow(Base):
    """A contact that an entry about many contacts is about: one thin row, read by the contact's activity."""

    __tablename__ = "journal_contacts"
    __table_args__ = ({"postgresql_partition_by": "RANGE (at)"},)

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(BIGINT, primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)  # the entry's, so both expire together


class JournalReaderRow(Base):
    """A reader's position: it has read everything visible to this snapshot, and skips anything up to ``floor``.

    ``floor`` is the last entry of a restored backup, whose transaction ids start over here.
    """

    __tablename__ = "journal_readers"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[str]  # a pg_snapshot
    floor: Mapped[int] = mapped_column(BIGINT, server_default="0")
    moved_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class OldAuditRow(Base):
    """The audit log of releases before the journal; ``store.moving`` empties it, a later release drops it."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_entity", "entity", "entity_id"),)

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    at: Mapped[CreatedAt] = mapped_column(index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    actor: Mapped[str]  # "user", "token:<prefix>", "system"
    action: Mapped[str]  # "campaign.launch"
    entity: Mapped[str]
    entity_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    ip: Mapped[str] = mapped_column(server_default="")


class OldCampaignEventRow(Base):
    """Histories of releases before the journal; ``store.moving`` empties it, a later release drops it."""

    __tablename__ = "campaign_events"
    __table_args__ = (Index("ix_campaign_events_campaign_id_id", "campaign_id", "id"),)

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    at: Mapped[CreatedAt]
    kind: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
