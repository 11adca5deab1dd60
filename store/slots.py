"""Rate slots in PostgreSQL: one row per number and per throttled campaign, shared by every sender."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


def channel_key(channel_id: UUID) -> str:
    """Key of a number's row."""
    return f"channel:{channel_id}"


def campaign_key(campaign_id: UUID) -> str:
    """Key of a throttled campaign's row."""
    return f"campaign:{campaign_id}"


_ENSURE = text(
    "INSERT INTO rate_slots (key) SELECT unnest(CAST(:keys AS text[])) ON CONFLICT DO NOTHING"
)

# Primary key look-up; ordered, so that two senders never wait for each other crosswise.
_LOCK = text("""
SELECT key, tat, clock_timestamp() AS now FROM rate_slots
WHERE key = ANY(CAST(:keys AS text[])) ORDER BY key FOR UPDATE
""")

_ADVANCE = text("""
UPDATE rate_slots s SET tat = v.tat
FROM unnest(CAST(:keys AS text[]), CAST(:tats AS timestamptz[])) AS v(key, tat) WHERE s.key = v.key
""")

_PUSH = text("""
UPDATE rate_slots SET tat = greatest(tat, clock_timestamp() + CAST(:wait AS interval)) WHERE key = :key
""")


async def lock(session: AsyncSession, keys: list[str]) -> tuple[dict[str, datetime], datetime]:
    """Lock the rows (made when missing): their arrival times by key, and the database's clock."""
    rows = (await session.execute(_LOCK, {"keys": keys})).all()
    if len(rows) < len(keys):
        await session.execute(_ENSURE, {"keys": keys})
        rows = (await session.execute(_LOCK, {"keys": keys})).all()
    return {row.key: row.tat for row in rows}, rows[-1].now


async def advance(session: AsyncSession, tats: dict[str, datetime]) -> None:
    """Store the next arrival times of locked rows."""
    await session.execute(_ADVANCE, {"keys": list(tats), "tats": list(tats.values())})


async def push(session: AsyncSession, key: str, wait: timedelta) -> None:
    """Make everybody on the key wait at least this long: Meta said the number is too fast."""
    await session.execute(_PUSH, {"key": key, "wait": wait})
