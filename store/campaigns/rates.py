"""How fast WhatsApp accepted a campaign's messages: for the graph and the time left."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# All three read the primary key (campaign_id, second).
_RECENT = text("""
SELECT coalesce(sum(accepted), 0) FROM campaign_rates
WHERE campaign_id = :campaign_id AND second >= CAST(:since AS timestamptz)
    AND second < CAST(:until AS timestamptz)
""")

_SPAN = text("""
SELECT min(second) AS first, max(second) AS last FROM campaign_rates
WHERE campaign_id = :campaign_id
""")

_BUCKETS = text("""
SELECT floor(extract(epoch FROM second - CAST(:since AS timestamptz)) / :width)::int AS bucket,
    sum(accepted) AS accepted
FROM campaign_rates
WHERE campaign_id = :campaign_id AND second >= CAST(:since AS timestamptz)
    AND second < CAST(:until AS timestamptz)
GROUP BY 1 ORDER BY 1
""")

# One probe of the primary key per campaign that ended long enough ago.
_PURGE = text("""
DELETE FROM campaign_rates r USING (
    SELECT old.campaign_id, old.second FROM campaigns c CROSS JOIN LATERAL (
        SELECT campaign_id, second FROM campaign_rates WHERE campaign_id = c.id LIMIT :limit) old
    WHERE c.finished_at < :before LIMIT :limit
) gone
WHERE r.campaign_id = gone.campaign_id AND r.second = gone.second
RETURNING r.second
""")


async def accepted_between(
    session: AsyncSession, campaign_id: UUID, since: datetime, until: datetime
) -> int:
    """Messages accepted in a period."""
    parameters = {"campaign_id": campaign_id, "since": since, "until": until}
    return int((await session.execute(_RECENT, parameters)).scalar_one())


async def span(session: AsyncSession, campaign_id: UUID) -> tuple[datetime, datetime] | None:
    """When the first and the last message was accepted; None before the first."""
    row = (await session.execute(_SPAN, {"campaign_id": campaign_id})).one()
    return (row.first, row.last) if row.first is not None else None


async def buckets(
    session: AsyncSession, campaign_id: UUID, since: datetime, until: datetime, width: int
) -> dict[int, int]:
    """Messages accepted per ``width`` seconds after ``since``; empty intervals are omitted."""
    parameters = {"campaign_id": campaign_id, "since": since, "until": until, "width": width}
    rows = (await session.execute(_BUCKETS, parameters)).all()
    return {row.bucket: int(row.accepted) for row in rows}


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete up to a limit of rate rows of campaigns that ended before a time; returns how many."""
    return len((await session.execute(_PURGE, {"before": before, "limit": limit})).all())
