"""Close a 24-hour window when its deadline has passed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from store import conversations, live


async def close(
    session: AsyncSession, conversation_id: UUID, opened_at: datetime
) -> datetime | None:
    """Close the window that opened then; its deadline when that is still to come."""
    closed, deadline = await conversations.close_window(session, conversation_id, opened_at)
    if closed:
        room = f"conversation:{conversation_id}"
        await live.notify(session, room, "window_expired", conversation_id=str(conversation_id))
        await live.notify(session, "inbox", "conversation_update")
    return deadline
