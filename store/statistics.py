"""Refresh planner statistics after a change too large to wait for autovacuum."""

from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MANY = 10_000
"""The number of changed rows that may turn a good plan into a bad one."""


async def refresh(
    session: AsyncSession,
    rows: int,
    *tables: Literal["contacts", "group_members", "leaving"],
) -> None:
    """Analyze tables that changed by this many rows; do it last in a transaction, as it blocks others.

    Autovacuum does it within a minute, but people launch what they just loaded: without it, counting a million new
    contacts took 15 s instead of 0.6, and searching 100,000 newly frozen recipients took minutes.
    """
    if rows >= MANY:
        await session.execute(text(f"ANALYZE {', '.join(tables)}"))


# Primary keys: the partition with a campaign's people.
_PARTS = text("""
SELECT (SELECT tableoid FROM campaign_recipients WHERE campaign_id = :campaign_id LIMIT 1)::regclass::text AS a,
    (SELECT tableoid FROM campaign_exclusions WHERE campaign_id = :campaign_id LIMIT 1)::regclass::text AS b
""")


async def refresh_audience(session: AsyncSession, campaign_id: UUID, rows: int) -> None:
    """The same for a campaign's audience: only its month, not everybody ever messaged."""
    if rows >= MANY:
        row = (await session.execute(_PARTS, {"campaign_id": campaign_id})).one()
        parts = [part for part in row if part]
        if parts:
            await session.execute(text(f"ANALYZE {', '.join(parts)}"))
