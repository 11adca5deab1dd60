"""Tell open pages that something changed: ids only, delivered when the transaction commits."""

import json

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "live"


async def notify(session: AsyncSession, room: str, event: str, **ids: str | int) -> None:
    """Queue one event for a room; PostgreSQL folds identical ones of a transaction into one."""
    payload = json.dumps({"room": room, "event": event, **ids}, separators=(",", ":"))
    await session.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload}
    )
