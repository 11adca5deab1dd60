"""Campaigns, their frozen audience, exclusions, counters and history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.campaigns import CampaignStatus, CampaignType
from domain.counters import COLUMNS
from store.tables.base import Base, CreatedAt, Id, Timestamp, one_of


class CampaignRow(Base):
    """A campaign: what to send, to whom, when; ``template`` is a snapshot taken at launch."""

    __tablename__ = "campaigns"
    __table_args__ = (
        one_of(
            "status", (*CampaignStatus, "failed")
        ),  # no longer written; existing databases allow it
        one_of("type", CampaignType),
        Index("ix_campaigns_status", "status"),
        Index(
            "ix_campaigns_pending_file",
            "id",
            postgresql_where=text("(source -> 'pending') IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    name: Mapped[str]
    type: Mapped[str] = mapped_column(server_default=CampaignType.CONTACTS)
    status: Mapped[str] = mapped_column(server_default=CampaignStatus.DRAFT)
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    template_id: Mapped[UUID | None] = mapped_column(ForeignKey("templates.id"))
    template: Mapped[
        dict[str, Any] | None
    ]  # name, language, category, parameter_format, components
    audience: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    variables: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    scheduled_at: Mapped[datetime | None]
    throttle: Mapped[int | None]  # messages per second; NULL = the number's own limit
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaigns.id", ondelete="SET NULL"))
    source: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    undo_until: Mapped[datetime | None]  # nothing is frozen or sent before; NULL = no undo
    closed_at: Mapped[datetime | None]  # an API campaign takes no recipients after this
    replies_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    brake_percent: Mapped[int | None] = mapped_column(server_default="30")  # NULL = never
    brake_mark: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    pause_reason: Mapped[str | None]  # stable code; NULL when a person paused it
    revision: Mapped[int] = mapped_column(server_default="1")  # optimistic lock of the draft
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    blank: Mapped[bool] = mapped_column(server_default=text("false"))  # nothing was typed yet
    schedule_seen: Mapped[bool] = mapped_column(server_default=text("false"))
    open_choices: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'")
    )  # of a draft: chosen, but the value is missing
    archived_at: Mapped[datetime | None]  # archived: not in the list
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    launched_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    people_gone_at: Mapped[datetime | None]  # its recipients are no longer kept; figures stay
    figures: Mapped[dict[str, Any] | None]  # from then on: failures by cause, exclusions by reason


class RecipientRow(Base):
    """One person of a frozen audience; never changes after launch. Its message is in ``messages``.

    Partitioned by the month of the campaign's id, so that both keys hold across partitions.
    """

    __tablename__ = "campaign_recipients"
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id"),
        {"postgresql_partition_by": "RANGE (campaign_id)"},
    )

    campaign_id: Mapped[UUID] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    contact_id: Mapped[UUID]
    phone: Mapped[str]
    variables: Mapped[list[str]] = mapped_column(ARRAY(Text))  # in the template's own order


class ExclusionRow(Base):
    """One person excluded at launch, with the reason; partitioned like the recipients."""

    __tablename__ = "campaign_exclusions"
    __table_args__ = ({"postgresql_partition_by": "RANGE (campaign_id)"},)

    campaign_id: Mapped[UUID] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str]


class EntryRow(Base):
    """One row of a CSV file, or one person added by a program, before it becomes a recipient.

    ``values`` holds the text of each column; ``problem`` is a stable code when it cannot get a message.
    """

    __tablename__ = "campaign_entries"
    __table_args__ = (
        Index(
            "uq_campaign_entries_campaign_id_phone_key",
            "campaign_id",
            "phone_key",
            unique=True,
            postgresql_where=text("problem IS NULL"),
        ),
        Index(
            "ix_campaign_entries_campaign_id_problem",
            "campaign_id",
            "problem",
            "row",
            postgresql_where=text("problem IS NOT NULL"),
        ),
    )

    campaign_id: Mapped[UUID] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    phone: Mapped[str]  # as given; E.164 once it was understood
    phone_key: Mapped[str | None]
    values: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    problem: Mapped[str | None]
    consent: Mapped[str | None]  # what the file says about marketing: stop, agree, unclear


COUNTERS = Table(
    "campaign_counters",
    Base.metadata,
    Column("campaign_id", Uuid, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    *(Column(name, Integer, nullable=False, server_default="0") for name in COLUMNS),
    postgresql_with={"fillfactor": "50"},
)
"""How many recipients are in each state; changed in the transaction that changes the state."""


class CampaignRateRow(Base):
    """Messages accepted by WhatsApp per second of a campaign, for the rate graph."""

    __tablename__ = "campaign_rates"

    campaign_id: Mapped[UUID] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    second: Mapped[Timestamp] = mapped_column(primary_key=True)
    accepted: Mapped[int] = mapped_column(server_default="0")
