"""Monthly partitions: created ahead, dropped when nothing in them is kept; never a DELETE of millions.

``campaign_recipients``, ``campaign_exclusions`` and ``message_attempts`` are partitioned by the month of the id they
refer to; ``_rest`` takes what fits no month, ``_before`` holds what predates partitioning. The functions belong to the
owner of the tables, because the application owns none (store/grants.py).
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PREPARE = text("SELECT prepare_months()")
_DROP = text("SELECT drop_months()")


async def prepare(session: AsyncSession) -> int:
    """Create missing partitions for this month and the next three; returns how many."""
    return int((await session.execute(PREPARE)).scalar_one())


async def drop_over(session: AsyncSession) -> int:
    """Drop months that ended at least a month ago and hold nothing to keep; returns how many."""
    return int((await session.execute(_DROP)).scalar_one())
