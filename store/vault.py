"""Encrypted columns, for key rotation."""

from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.channels import ChannelRow

NO_SECRET = b""
"""What is stored in place of a deleted secret, as in removed channels."""

COLUMNS = (ChannelRow.access_token, ChannelRow.app_secret, ChannelRow.verify_token)

# Two small tables, read in full: a few hundred secrets, and an address for each webhook trigger.
_SEALED = {
    "automation_secrets": text("SELECT value FROM automation_secrets ORDER BY name FOR UPDATE"),
    "automation_hooks": text(
        "SELECT token FROM automation_hooks ORDER BY automation_id, trigger_id FOR UPDATE"
    ),
}
_RESEAL = {
    "automation_secrets": text("""
UPDATE automation_secrets s SET value = n.new
FROM unnest(CAST(:old AS text[]), CAST(:new AS text[])) AS n(old, new) WHERE s.value = n.old
"""),
    "automation_hooks": text("""
UPDATE automation_hooks h SET token = n.new
FROM unnest(CAST(:old AS text[]), CAST(:new AS text[])) AS n(old, new) WHERE h.token = n.old
"""),
}
AUTOMATIONS = tuple(_SEALED)
"""The tables of automations that hold encrypted values."""


async def channel_secrets(
    session: AsyncSession, *, offset: int, limit: int
) -> list[tuple[UUID, dict[str, bytes]]]:
    """A locked page of channels in use with their encrypted values by column name, by id (primary key)."""
    found = await session.execute(
        select(ChannelRow.id, *COLUMNS)
        .where(ChannelRow.deleted_at.is_(None))
        .order_by(ChannelRow.id)
        .offset(offset)
        .limit(limit)
        .with_for_update(key_share=True)
    )
    names = [column.key for column in COLUMNS]
    return [(channel_id, dict(zip(names, sealed, strict=True))) for channel_id, *sealed in found]


async def replace_secrets(
    session: AsyncSession, channel_id: UUID, sealed: dict[str, bytes]
) -> None:
    """Overwrite the encrypted values of one channel."""
    await session.execute(update(ChannelRow).where(ChannelRow.id == channel_id).values(**sealed))


async def forget_removed(session: AsyncSession) -> int:
    """Delete the secrets of removed channels; a small table, read in full."""
    statement = (
        update(ChannelRow)
        .where(ChannelRow.deleted_at.is_not(None), ChannelRow.access_token != NO_SECRET)
        .values({column.key: NO_SECRET for column in COLUMNS})
    )
    return len(list(await session.scalars(statement.returning(ChannelRow.id))))


async def sealed(session: AsyncSession, table: str) -> list[str]:
    """The encrypted values of a table of automations, locked."""
    return list(await session.scalars(_SEALED[table]))


async def reseal(session: AsyncSession, table: str, values: dict[str, str]) -> None:
    """Put each value of a table of automations in place of an earlier one."""
    await session.execute(_RESEAL[table], {"old": list(values), "new": list(values.values())})
