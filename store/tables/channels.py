"""WhatsApp numbers, the portfolio they belong to and the rate slots they share."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.channels import ChannelStatus
from store.tables import calendars  # noqa: F401 - maps the table that numbers refer to
from store.tables.base import Base, CreatedAt, Id, Timestamp, one_of


class PortfolioRow(Base):
    """A business portfolio: its numbers share the 24-hour budget of unique recipients."""

    __tablename__ = "portfolios"

    id: Mapped[Id]
    name: Mapped[str]
    messaging_limit: Mapped[int | None]  # unique recipients per 24 h; NULL = unlimited or unknown
    created_at: Mapped[CreatedAt]


class ChannelRow(Base):
    """One WhatsApp Business number with its credentials, encrypted, and its health."""

    __tablename__ = "channels"
    __table_args__ = (one_of("status", ChannelStatus),)

    id: Mapped[Id]
    portfolio_id: Mapped[UUID] = mapped_column(ForeignKey("portfolios.id"))
    name: Mapped[str]
    phone_number_id: Mapped[str] = mapped_column(unique=True)
    waba_id: Mapped[str] = mapped_column(index=True)
    display_phone_number: Mapped[str] = mapped_column(server_default="")
    verified_name: Mapped[str] = mapped_column(server_default="")
    api_url: Mapped[str]
    api_version: Mapped[str] = mapped_column(server_default="v23.0")
    access_token: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted
    app_secret: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted
    verify_token: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted
    status: Mapped[str] = mapped_column(server_default=ChannelStatus.UNVERIFIED)
    blocked_reason: Mapped[str | None]  # stable code, set when sending must stop
    quality: Mapped[str] = mapped_column(server_default="UNKNOWN")
    throughput: Mapped[int] = mapped_column(server_default="80")  # messages per second
    messaging_tier: Mapped[str | None]
    marketing_api: Mapped[bool] = mapped_column(server_default="false")  # onboarded at Meta
    coexistence: Mapped[bool] = mapped_column(server_default="false")  # also in the Business app
    probe: Mapped[
        dict[str, Any] | None
    ]  # last live check: {checked_at, steps: [{key, ok, detail}]}
    last_webhook_at: Mapped[datetime | None]
    calendar_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("calendars.id", ondelete="SET NULL")
    )
    restrictions: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Until when Meta restricts what: {kind: time, or "infinity" when Meta names no end}."""
    news: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Meta's time of the last update by kind, so that a late one changes nothing."""
    created_at: Mapped[CreatedAt]
    deleted_at: Mapped[datetime | None]


class RateSlotRow(Base):
    """Theoretical arrival time of the next send for one key (GCRA): ``channel:…``, ``campaign:…``, ``pair:…``.

    ``calls:…`` is the same for a person's or program's API calls (``store.calls``).
    """

    __tablename__ = "rate_slots"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)

    key: Mapped[str] = mapped_column(primary_key=True)
    tat: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    slowed_at: Mapped[datetime | None]  # Meta said "too fast" then; NULL = full speed
    slowed_to: Mapped[float | None]  # messages per second right after that


class BudgetRow(Base):
    """When a portfolio last messaged a person outside an open window, for its 24-hour budget."""

    __tablename__ = "portfolio_recipients"

    portfolio_id: Mapped[UUID] = mapped_column(
        ForeignKey("portfolios.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[Timestamp]


class BudgetMinuteRow(Base):
    """How many people a portfolio messaged for the first time in 24 hours, by minute; the sum of a day is its usage."""

    __tablename__ = "portfolio_usage"

    portfolio_id: Mapped[UUID] = mapped_column(
        ForeignKey("portfolios.id", ondelete="CASCADE"), primary_key=True
    )
    minute: Mapped[Timestamp] = mapped_column(primary_key=True)
    people: Mapped[int]


class InstallationRow(Base):
    """The database's fingerprint as the last worker saw it: a different one means a restored backup."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str]
    seen_at: Mapped[CreatedAt]
