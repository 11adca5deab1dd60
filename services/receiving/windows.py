"""The end of a 24-hour window."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.journal.conversations import WindowExpired
from services import journal
from store import windows


async def close(
    session: AsyncSession, conversation_id: UUID, opened_at: datetime
) -> datetime | None:
    """Close the window that opened at a time; returns its deadline if still to come."""
    closed, deadline = await windows.close(session, conversation_id, opened_at)
    if closed:
        await journal.note(session, SYSTEM, WindowExpired(conversation_id=conversation_id))
    return deadline
