"""What the rows of a campaign's file say about marketing, after another column was chosen."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Uses the primary key.
_ANSWERS = text("""
SELECT DISTINCT coalesce(values ->> :column, '') FROM campaign_entries
WHERE campaign_id = :campaign_id LIMIT :limit
""")
# For several rows with one number, the strictest counts: unclear > stop > agree, alphabetically.
_SET = text("""
UPDATE campaign_entries e SET consent = s.said
FROM (
    SELECT e.row, max(m.said) OVER (PARTITION BY coalesce(e.phone_key, 'row ' || e.row)) AS said
    FROM campaign_entries e
    LEFT JOIN jsonb_to_recordset(CAST(:meaning AS jsonb)) AS m(cell text, said text)
        ON m.cell = coalesce(e.values ->> CAST(:column AS text), '')
    WHERE e.campaign_id = :campaign_id
) s
WHERE e.campaign_id = :campaign_id AND e.row = s.row AND e.consent IS DISTINCT FROM s.said
""")


async def answers(
    session: AsyncSession, campaign_id: UUID, column: str, limit: int
) -> Sequence[str]:
    """The distinct texts of a column, up to a limit."""
    parameters = {"campaign_id": campaign_id, "column": column, "limit": limit}
    return list((await session.scalars(_ANSWERS, parameters)).all())


async def set_consents(session: AsyncSession, campaign_id: UUID, column: str, meaning: str) -> None:
    """Set what each row's text means (JSON of cell, said); other texts mean nothing."""
    parameters = {"campaign_id": campaign_id, "column": column, "meaning": meaning}
    await session.execute(_SET, parameters)
