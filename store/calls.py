"""API usage of a person or program across all API processes: one row each, next to those of numbers."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.slots import FARTHEST

# A row holds the time at which everything requested so far is worked off (store.slots). Primary key; a locked row is
# skipped: no page waits for a count. One beyond FARTHEST counts as free.
_ADD = text(f"""
WITH mine AS (
    SELECT key FROM rate_slots WHERE key = :key FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE rate_slots s SET tat = CAST(:spent AS interval) + greatest(clock_timestamp(),
    CASE WHEN s.tat < clock_timestamp() + interval '{FARTHEST.total_seconds()} s' THEN s.tat ELSE '-infinity' END)
FROM mine WHERE s.key = mine.key
RETURNING s.tat - clock_timestamp()
""")

_BEGIN = text("""
INSERT INTO rate_slots (key, tat) VALUES (:key, clock_timestamp() + CAST(:spent AS interval))
ON CONFLICT DO NOTHING RETURNING tat - clock_timestamp()
""")


async def add(session: AsyncSession, key: str, spent: timedelta) -> timedelta | None:
    """Count calls that cost ``spent`` at the full rate; returns how far ahead of now the total is.

    None when another process is counting right now: what is not counted now is counted later.
    """
    for statement in (_ADD, _BEGIN):
        ahead: timedelta | None = await session.scalar(
            statement, {"key": f"calls:{key}", "spent": spent}
        )
        if ahead is not None:
            return ahead
    return None
