"""Tell open pages that something changed: ids only, delivered when the transaction commits.

The journal tells what happened; these are the ticks of streams, and presence.
"""

import json
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.live import ACCESS, Event

CHANNEL = "live"


async def tick(session: AsyncSession, room: str, event: Event, **ids: str | int) -> None:
    """Send one event to a room; PostgreSQL merges identical ones within a transaction."""
    await _notify(session, room=room, event=event, **ids)


def event(room: str, event: Event) -> str:
    """The payload of a tick, for statements that send it themselves."""
    return _payload(room=room, event=event)


async def access_changed(session: AsyncSession, user_id: UUID) -> None:
    """Make every process check again, at commit, what this person's open pages may do."""
    await _notify(session, event=ACCESS, user_id=str(user_id))


async def _notify(session: AsyncSession, **payload: str | int) -> None:
    parameters = {"channel": CHANNEL, "payload": _payload(**payload)}
    await session.execute(text("SELECT pg_notify(:channel, :payload)"), parameters)


def _payload(**values: str | int) -> str:
    return json.dumps(values, separators=(",", ":"))
