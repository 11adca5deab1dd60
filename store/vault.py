"""Encrypted columns of channels, for key rotation."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.channels import ChannelRow

COLUMNS = (ChannelRow.access_token, ChannelRow.app_secret, ChannelRow.verify_token)


async def channel_secrets(
    session: AsyncSession, *, offset: int, limit: int
) -> list[tuple[UUID, dict[str, bytes]]]:
    """Locked page of channels with their sealed values by column name, in id order (primary key)."""
    found = await session.execute(
        select(ChannelRow.id, *COLUMNS)
        .order_by(ChannelRow.id)
        .offset(offset)
        .limit(limit)
        .with_for_update(key_share=True)
    )
    names = [column.key for column in COLUMNS]
    return [(row[0], dict(zip(names, row[1:], strict=True))) for row in found]


async def replace_secrets(
    session: AsyncSession, channel_id: UUID, sealed: dict[str, bytes]
) -> None:
    """Overwrite the sealed values of one channel."""
    await session.execute(update(ChannelRow).where(ChannelRow.id == channel_id).values(**sealed))
