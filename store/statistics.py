"""What the database believes about its tables, after a change too large to wait for its own look."""

from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MANY = 10_000
"""Rows from which a change may turn a good plan into a bad one."""


async def refresh(
    session: AsyncSession,
    rows: int,
    *tables: Literal["contacts", "group_members", "leaving"],
) -> None:
    """Look at tables that changed by so many rows; last in a transaction, it holds others up.

    Autovacuum does it within a minute, but people launch what they just loaded: counting a
    million new contacts took 15 s instead of 0.6, and a search among 100,000 recipients who were
    just written down minutes.
    """
    if rows >= MANY:
        await session.execute(text(f"ANALYZE {', '.join(tables)}"))


# Primary keys: the part that a campaign's people lie in.
_PARTS = text("""
SELECT (SELECT tableoid FROM campaign_recipients WHERE campaign_id = :campaign_id LIMIT 1)::regclass::text AS a,
    (SELECT tableoid FROM campaign_exclusions WHERE campaign_id = :campaign_id LIMIT 1)::regclass::text AS b
""")


async def refresh_audience(session: AsyncSession, campaign_id: UUID, rows: int) -> None:
    """The same for the audience of a campaign: only its month, not everybody who was ever written to."""
    if rows >= MANY:
        row = (await session.execute(_PARTS, {"campaign_id": campaign_id})).one()
        parts = [part for part in row if part]
        if parts:
            await session.execute(text(f"ANALYZE {', '.join(parts)}"))
