"""Pending deletions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Id


class DeletionRow(Base):
    """A deletion that can be undone until it has begun: of one thing, or of the contacts in ``leaving``."""

    __tablename__ = "deletions"
    __table_args__ = (
        CheckConstraint("num_nonnulls(group_id, field_key, campaign_id) <= 1", name="one_thing"),
    )

    id: Mapped[Id]
    actor: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    ip: Mapped[str]
    group_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), unique=True
    )
    field_key: Mapped[str | None] = mapped_column(
        ForeignKey("custom_fields.key", ondelete="CASCADE"), unique=True
    )
    campaign_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), unique=True
    )
    contact_id: Mapped[UUID | None]  # of a single contact, for the log: it may be deleted early
    contacts: Mapped[int] = mapped_column(server_default="0")  # how many there are
    begun: Mapped[bool] = mapped_column(server_default=text("false"))
    due_at: Mapped[datetime]


class LeavingRow(Base):
    """A contact in a deletion; the two rows are written and removed together.

    No foreign key: it would make 300,000 of them take twice as long.
    """

    __tablename__ = "leaving"

    contact_id: Mapped[UUID] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True
    )
    deletion_id: Mapped[UUID] = mapped_column(index=True)
