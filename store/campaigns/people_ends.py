"""Who got a campaign long ago ends; what came of it stays as figures (law 13)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.campaigns import CampaignRow

# Reads the few campaigns there are. The lock waits for whoever decides about an outcome at this moment, which
# may open a campaign again; the one whose people have gone is never opened.
_DUE = text("""
SELECT id FROM campaigns
WHERE finished_at < :before AND people_gone_at IS NULL
ORDER BY finished_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")

# One probe of each primary key per campaign whose people have gone: what no month took along, and what a file
# said of rows left out, which lies in no month.
_REST = tuple(
    text(f"""
DELETE FROM {table} d USING (
    SELECT old.campaign_id, old.{place} FROM campaigns c CROSS JOIN LATERAL (
        SELECT campaign_id, {place} FROM {table} WHERE campaign_id = c.id LIMIT :limit) old
    WHERE c.people_gone_at < clock_timestamp() - CAST(:spared AS interval) LIMIT :limit
) gone
WHERE d.campaign_id = gone.campaign_id AND d.{place} = gone.{place}
""")
    for table, place in (
        ("campaign_recipients", "seq"),
        ("campaign_exclusions", "contact_id"),
        ("campaign_entries", "row"),
    )
)


async def next_due(session: AsyncSession, before: datetime) -> UUID | None:
    """A campaign that was over before a time and still says who got it, locked."""
    found: UUID | None = await session.scalar(_DUE, {"before": before})
    return found


async def mark(
    session: AsyncSession, campaign_id: UUID, now: datetime, figures: dict[str, object]
) -> None:
    """From now on a campaign shows what came of it by these figures, and its people may go."""
    row = await session.get_one(CampaignRow, campaign_id)
    row.people_gone_at, row.figures = now, figures
    await session.flush()


async def purge(session: AsyncSession, spared: timedelta, limit: int) -> bool:
    """Delete rows of people that have gone for so long, at most so many of a kind; whether there may be more."""
    counts = []
    for statement in _REST:
        result = await session.execute(statement, {"spared": spared, "limit": limit})
        assert isinstance(result, CursorResult)
        counts.append(result.rowcount)
    return limit in counts
