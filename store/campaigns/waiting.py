"""Launched campaigns whose audience is not frozen yet."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import ACTIVE

_WITH_GROUP = text("""
SELECT name FROM campaigns c
WHERE status = ANY(:active)
  AND (audience -> 'group_ids' @> to_jsonb(CAST(:group_id AS text))
       OR audience -> 'excluded_group_ids' @> to_jsonb(CAST(:group_id AS text)))
  AND NOT EXISTS (SELECT 1 FROM campaign_counters WHERE campaign_id = c.id)
LIMIT 1
""")  # ix_campaigns_status


async def with_group(session: AsyncSession, group_id: UUID) -> str | None:
    """The name of one that includes or excludes this group; None if there is none."""
    parameters = {"active": list(ACTIVE), "group_id": str(group_id)}
    found: str | None = await session.scalar(_WITH_GROUP, parameters)
    return found
