"""What the database believes about its tables, after a change too large to wait for its own look."""

from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MANY = 10_000
"""Rows from which a change may turn a good plan into a bad one."""


async def refresh(
    session: AsyncSession,
    rows: int,
    *tables: Literal[
        "contacts", "group_members", "campaign_recipients", "campaign_exclusions", "leaving"
    ],
) -> None:
    """Look at tables that changed by so many rows; last in a transaction, it holds others up.

    Autovacuum does it within a minute, but people launch what they just loaded: counting a
    million new contacts took 15 s instead of 0.6, and a search among 100,000 recipients who were
    just written down minutes.
    """
    if rows >= MANY:
        await session.execute(text(f"ANALYZE {', '.join(tables)}"))
