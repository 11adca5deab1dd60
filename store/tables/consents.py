"""Who allowed or stopped marketing to a person, when and how; and what outlives a deleted contact."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from domain.consent import Action
from store.tables.base import Base, CreatedAt, one_of


class ConsentRow(Base):
    """One fact: a stop by one keeper, or an agreement that lifts the stops of its ``keepers``.

    The latest fact of each keeper counts; marketing is allowed while none of them is a stop.
    """

    __tablename__ = "consents"
    __table_args__ = (
        one_of("action", Action),
        Index("ix_consents_contact_id_at", "contact_id", "at"),
        Index(
            "uq_consents_message_id",
            "message_id",
            unique=True,
            postgresql_where=text("message_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    action: Mapped[str]
    source: Mapped[str]
    keepers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    at: Mapped[datetime]  # when it was said: Meta's time if there is one
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    message_id: Mapped[UUID | None]  # the message that said it
    import_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None]  # the campaign whose file said it
    words: Mapped[str] = mapped_column(server_default="")  # what was written, or why
    created_at: Mapped[CreatedAt]


class SuppressionRow(Base):
    """A deleted contact's opt-outs, kept under a hash of each number and id until seen again."""

    __tablename__ = "suppressions"
    __table_args__ = (
        Index("ix_suppressions_phone_hash", "phone_hash"),
        Index("ix_suppressions_bsuid_hash", "bsuid_hash"),
    )

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    bsuid_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    facts: Mapped[list[Any]]
    blocked_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
