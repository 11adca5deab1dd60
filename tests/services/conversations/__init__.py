"""Conversations of people and of groups."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id


async def groups_of(session: AsyncSession, channel_id: UUID) -> UUID:
    """A group's conversation."""
    conversation_id = new_id()
    statement = text(
        "INSERT INTO conversations (id, channel_id, group_id) VALUES (:id, :channel, 'Y2Fw')"
    )
    await session.execute(statement, {"id": conversation_id, "channel": channel_id})
    return conversation_id
