"""Parts of tables by month: made ahead, dropped when nothing in them is kept; never a DELETE of millions.

``campaign_recipients``, ``campaign_exclusions`` and ``message_attempts`` lie in parts by the month of the id that
they are about; ``_rest`` takes what no month does, ``_before`` is what was there before there were months.
The functions belong to whoever owns the tables, for the application owns none (store/grants.py).
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PREPARE = text("SELECT prepare_months()")
_DROP = text("SELECT drop_months()")


async def prepare(session: AsyncSession) -> int:
    """Make the parts of this month and the next three that are missing; how many were made."""
    return int((await session.execute(PREPARE)).scalar_one())


async def drop_over(session: AsyncSession) -> int:
    """Drop months that ended a month ago at least and hold nothing that is kept; how many."""
    return int((await session.execute(_DROP)).scalar_one())
