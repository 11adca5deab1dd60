"""What is about to be deleted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base

THINGS = ("contact_id", "group_id", "field_key", "campaign_id")


class LeavingRow(Base):
    """One contact, group, field or campaign that somebody deleted and may still take back."""

    __tablename__ = "leaving"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(contact_id, group_id, field_key, campaign_id) = 1", name="one_thing"
        ),
        *(
            Index(
                f"uq_leaving_{thing}",
                thing,
                unique=True,
                postgresql_where=text(f"{thing} IS NOT NULL"),
            )
            for thing in THINGS
        ),
        Index("ix_leaving_deletion_id", "deletion_id"),
        Index("ix_leaving_due_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    deletion_id: Mapped[UUID]
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    field_key: Mapped[str | None] = mapped_column(
        ForeignKey("custom_fields.key", ondelete="CASCADE")
    )
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    due_at: Mapped[datetime]
