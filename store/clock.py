"""The database's time: the one clock that all processes of an installation share."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_NOW = text("SELECT clock_timestamp()")


async def now(session: AsyncSession) -> datetime:
    """The database's time at this moment, not at the start of the transaction."""
    found: datetime = (await session.execute(_NOW)).scalar_one()
    return found
