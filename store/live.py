"""Tell open pages that something changed: ids only, delivered when the transaction commits."""

import json
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.live import ACCESS

CHANNEL = "live"


async def notify(session: AsyncSession, room: str, event: str, **ids: str | int) -> None:
    """Queue one event for a room; PostgreSQL folds identical ones of a transaction into one."""
    payload = json.dumps({"room": room, "event": event, **ids}, separators=(",", ":"))
    await session.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload}
    )


async def access_changed(session: AsyncSession, user_id: UUID) -> None:
    """Let every process look again, at the commit, at what this person's open pages may do."""
    await notify(session, "access", ACCESS, user_id=str(user_id))
