"""Forgetting who got an old campaign; its results stay as figures (law 13)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.campaigns import CampaignRow

# Reads the few campaigns there are. The lock waits for a decision about an outcome, which may reopen a campaign; one
# whose people are gone is never reopened.
_DUE = text("""
SELECT id FROM campaigns
WHERE finished_at < :before AND people_gone_at IS NULL
ORDER BY finished_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")

# One probe of each primary key per campaign whose people are gone: rows that no dropped month held, and excluded rows
# of files, which are not in months.
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
    """A campaign that was over before a time and still has its recipients, locked."""
    found: UUID | None = await session.scalar(_DUE, {"before": before})
    return found


async def mark(
    session: AsyncSession, campaign_id: UUID, now: datetime, figures: dict[str, object]
) -> None:
    """Let a campaign show its results from these figures, so its people may be deleted."""
    row = await session.get_one(CampaignRow, campaign_id)
    row.people_gone_at, row.figures = now, figures
    await session.flush()


async def purge(session: AsyncSession, spared: timedelta, limit: int) -> bool:
    """Delete rows of people gone for long enough, up to a limit per kind; returns whether there may be more."""
    counts = []
    for statement in _REST:
        result = await session.execute(statement, {"spared": spared, "limit": limit})
        assert isinstance(result, CursorResult)
        counts.append(result.rowcount)
    return limit in counts
