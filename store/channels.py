"""Channels and portfolios in the database."""

from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import ACTIVE
from store.tables.campaigns import CampaignRow
from store.tables.channels import ChannelRow, PortfolioRow
from store.together import Each, together


async def list_all(session: AsyncSession) -> list[ChannelRow]:
    """Every channel that was not removed, by name; a team has at most a few dozen."""
    found = await session.scalars(
        select(ChannelRow)
        .where(ChannelRow.deleted_at.is_(None))
        .order_by(func.lower(ChannelRow.name), ChannelRow.id)
    )
    return list(found)


# Primary key.
_ACCOUNT = Each("SELECT waba_id FROM channels WHERE id = :id AND deleted_at IS NULL", id="uuid")


async def account(session: AsyncSession, channel_id: UUID) -> str | None:
    """The account a channel belongs to; None if it does not exist or was removed."""
    row = await together(session, _ACCOUNT.first, (channel_id,))
    return row.waba_id if row else None


async def get(
    session: AsyncSession, channel_id: UUID, *, lock: bool = False, removed: bool = False
) -> ChannelRow | None:
    """One channel (primary key); removed ones only if ``removed``."""
    query = select(ChannelRow).where(ChannelRow.id == channel_id)
    if not removed:
        query = query.where(ChannelRow.deleted_at.is_(None))
    found: ChannelRow | None = await session.scalar(
        query.with_for_update(key_share=True) if lock else query
    )
    return found


async def by_phone_number(session: AsyncSession, phone_number_id: str) -> ChannelRow | None:
    """The channel of a number, removed or not (unique index)."""
    found: ChannelRow | None = await session.scalar(
        select(ChannelRow)
        .where(ChannelRow.phone_number_id == phone_number_id)
        .with_for_update(key_share=True)
    )
    return found


async def of_account(session: AsyncSession, waba_id: str) -> list[ChannelRow]:
    """The locked channels of a WhatsApp account (ix_channels_waba_id)."""
    found = await session.scalars(
        select(ChannelRow)
        .where(ChannelRow.waba_id == waba_id, ChannelRow.deleted_at.is_(None))
        .order_by(ChannelRow.id)
        .with_for_update(key_share=True)
    )
    return list(found)


async def number_taken(session: AsyncSession, phone_number_id: str) -> bool:
    """Whether a channel in use already has this number (unique index)."""
    taken = exists().where(
        ChannelRow.phone_number_id == phone_number_id, ChannelRow.deleted_at.is_(None)
    )
    return bool(await session.scalar(select(taken)))


async def running_campaigns(session: AsyncSession, channel_id: UUID) -> int:
    """How many campaigns of this channel are running or scheduled."""
    under_way = CampaignRow.status.in_(list(ACTIVE))
    query = select(func.count()).where(CampaignRow.channel_id == channel_id, under_way)
    return await session.scalar(query) or 0


async def sealed(session: AsyncSession, column: str) -> list[tuple[UUID, bytes]]:
    """One encrypted column of every channel in use, by id."""
    value = getattr(ChannelRow, column)
    found = await session.execute(
        select(ChannelRow.id, value).where(ChannelRow.deleted_at.is_(None)).order_by(ChannelRow.id)
    )
    return [(channel, name) for channel, name in found]


async def add(session: AsyncSession, row: ChannelRow) -> ChannelRow:
    """Store a new channel."""
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def update_probe(session: AsyncSession, channel_id: UUID, probe: dict[str, Any]) -> None:
    """Replace the result of the last live check."""
    await session.execute(update(ChannelRow).where(ChannelRow.id == channel_id).values(probe=probe))


async def portfolios(session: AsyncSession) -> list[PortfolioRow]:
    """Every portfolio by name."""
    found = await session.scalars(
        select(PortfolioRow).order_by(func.lower(PortfolioRow.name), PortfolioRow.id)
    )
    return list(found)


async def first_portfolio_of(session: AsyncSession, waba_id: str) -> UUID | None:
    """The portfolio of this WhatsApp account's numbers (ix_channels_waba_id)."""
    found: UUID | None = await session.scalar(
        select(ChannelRow.portfolio_id).where(ChannelRow.waba_id == waba_id).limit(1)
    )
    return found


async def add_portfolio(session: AsyncSession, name: str) -> UUID:
    """Add a portfolio; the first live check finds its limit."""
    row = PortfolioRow(name=name)
    session.add(row)
    await session.flush()
    return row.id


async def set_portfolio_limit(session: AsyncSession, portfolio_id: UUID, limit: int | None) -> None:
    """The unique recipients allowed in 24 hours; None if unlimited."""
    await session.execute(
        update(PortfolioRow).where(PortfolioRow.id == portfolio_id).values(messaging_limit=limit)
    )
