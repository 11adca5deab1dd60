"""Who on the team is viewing what right now, shared with every process."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.live import Event
from store import live


async def show(session: AsyncSession, user_id: UUID, rooms: Iterable[str], activity: str) -> None:
    """Tell the pages in these rooms what somebody is doing there: viewing, typing or leaving."""
    for room in rooms:
        await live.tick(session, room, Event.USER_ACTIVITY, user_id=str(user_id), activity=activity)
