"""Deleting the rows of a campaign's file: of deleted people, and all of them once the campaign is over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from store.leaving import staying

# One probe of uq_campaign_entries_campaign_id_phone_key per campaign that ended long enough ago.
_PURGE = text("""
DELETE FROM campaign_entries e USING (
    SELECT old.campaign_id, old.row FROM campaigns c CROSS JOIN LATERAL (
        SELECT campaign_id, row FROM campaign_entries
        WHERE campaign_id = c.id AND problem IS NULL LIMIT :limit) old
    WHERE c.finished_at < :before LIMIT :limit
) gone
WHERE e.campaign_id = gone.campaign_id AND e.row = gone.row
""")

# Walks ix_campaign_entries_campaign_id_problem once. The reason stays: the report counts by it.
_BLANK = text("""
UPDATE campaign_entries e SET phone = '', values = '{}' FROM (
    SELECT old.campaign_id, old.row FROM campaigns c CROSS JOIN LATERAL (
        SELECT campaign_id, row FROM campaign_entries
        WHERE campaign_id = c.id AND problem IS NOT NULL AND (phone <> '' OR values <> '{}') LIMIT :limit) old
    WHERE c.finished_at < :before LIMIT :limit
) gone
WHERE e.campaign_id = gone.campaign_id AND e.row = gone.row
""")


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete up to a limit of rows that became recipients in campaigns over before a time; returns how many."""
    result = await session.execute(_PURGE, {"before": before, "limit": limit})
    assert isinstance(result, CursorResult)
    return result.rowcount


async def blank(session: AsyncSession, before: datetime, limit: int) -> int:
    """Blank up to a limit of rows that became no recipient in campaigns over before a time; returns how many."""
    result = await session.execute(_BLANK, {"before": before, "limit": limit})
    assert isinstance(result, CursorResult)
    return result.rowcount


# By the primary key; each number is looked up in uq_contacts_phone_key and pk_contact_identities. Numbers that people
# have left are still known.
_FORGET_DELETED = text(f"""
DELETE FROM campaign_entries e WHERE e.campaign_id = :campaign_id AND e.problem IS NULL
    AND NOT EXISTS (SELECT FROM contacts c WHERE c.phone_key = e.phone_key AND {staying("c.id")})
    AND NOT EXISTS (SELECT FROM contact_identities k
        WHERE k.kind = 'phone' AND k.value = e.phone_key AND {staying("k.contact_id")})
""")


async def forget_deleted(session: AsyncSession, campaign_id: UUID) -> int:
    """Delete rows of people who are not contacts; returns how many. Anyone ever frozen was one then."""
    result = await session.execute(_FORGET_DELETED, {"campaign_id": campaign_id})
    assert isinstance(result, CursorResult)
    return result.rowcount
