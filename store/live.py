"""Tell open pages that something moves: ids only, delivered when the transaction commits.

What happened is told by the journal; these are the ticks of what streams, and who is there.
"""

import json
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.live import ACCESS, Event

CHANNEL = "live"


async def tick(session: AsyncSession, room: str, event: Event, **ids: str | int) -> None:
    """Say one event in a room; PostgreSQL folds identical ones of a transaction into one."""
    await _notify(session, room=room, event=event, **ids)


async def access_changed(session: AsyncSession, user_id: UUID) -> None:
    """Let every process look again, at the commit, at what this person's open pages may do."""
    await _notify(session, event=ACCESS, user_id=str(user_id))


async def _notify(session: AsyncSession, **payload: str | int) -> None:
    parameters = {"channel": CHANNEL, "payload": json.dumps(payload, separators=(",", ":"))}
    await session.execute(text("SELECT pg_notify(:channel, :payload)"), parameters)
