"""24-hour windows: those that opened and need their workflow, and their end."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from store import live, windows


@dataclass(frozen=True, slots=True)
class OpenedWindow:
    """A 24-hour window that opened and needs its workflow."""

    conversation_id: UUID
    opened_at: datetime
    expires_at: datetime


async def close(
    session: AsyncSession, conversation_id: UUID, opened_at: datetime
) -> datetime | None:
    """Close the window that opened then; its deadline when that is still to come."""
    closed, deadline = await windows.close(session, conversation_id, opened_at)
    if closed:
        room = f"conversation:{conversation_id}"
        await live.notify(session, room, "window_expired", conversation_id=str(conversation_id))
        await live.notify(session, "inbox", "conversation_update")
    return deadline
