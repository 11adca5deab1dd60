"""The entries of a campaign as persons: several numbers of one person make one recipient."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import owners

# Few people have several numbers, so the others are only checked against a small table. A person's first row is kept,
# with the strictest consent their rows state: unclear > stop > agree, alphabetically. Uses the primary key and
# uq_campaign_entries_campaign_id_phone_key.
_SEVERAL = f"""
WITH further AS MATERIALIZED (
    SELECT e.row, f.own_phone, f.own_key, e.consent
    FROM campaign_entries e JOIN ({owners.FURTHER}) f ON f.phone_key = e.phone_key
    WHERE e.campaign_id = :campaign_id AND e.problem IS NULL
),
several AS (
    SELECT * FROM further
    UNION ALL SELECT e.row, e.phone, e.phone_key, e.consent FROM campaign_entries e
    WHERE e.campaign_id = :campaign_id AND e.problem IS NULL
        AND e.phone_key IN (SELECT own_key FROM further)
)
SELECT row, own_phone, own_key, max(consent) OVER (PARTITION BY own_key) AS consent,
    row_number() OVER (PARTITION BY own_key ORDER BY row) > 1 AS again
FROM several
"""

ENTRIES = f"""
SELECT e.campaign_id, e.row, coalesce(s.own_phone, e.phone) AS phone, coalesce(s.own_key, e.phone_key) AS phone_key,
    e.values, coalesce(s.consent, e.consent) AS consent, coalesce(s.again, false) AS again
FROM campaign_entries e LEFT JOIN ({_SEVERAL}) s ON s.row = e.row
WHERE e.campaign_id = :campaign_id AND e.problem IS NULL
"""
"""SELECT of the entries that can get a message, at each person's main number; ``again``: named in an earlier row."""

_SETTLE = text(f"""
UPDATE campaign_entries e SET consent = s.consent,
    problem = CASE WHEN s.again THEN 'duplicate' ELSE e.problem END
FROM ({_SEVERAL}) s WHERE e.campaign_id = :campaign_id AND e.row = s.row
""")


async def settle(session: AsyncSession, campaign_id: UUID) -> None:
    """Keep one entry per person, before the campaign is frozen."""
    await session.execute(_SETTLE, {"campaign_id": campaign_id})
