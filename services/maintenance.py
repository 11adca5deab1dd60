"""What is kept for how long, and its deletion in bounded steps."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhooks import OBJECTS_KEPT, EventState
from store.receiving import deliveries, objects

WEBHOOKS_KEPT = timedelta(days=8)
"""Meta redelivers for seven days; duplicates must be known for longer than that."""

STEP = 5000


async def purge_webhooks(session: AsyncSession, now: datetime) -> bool:
    """One step of old deliveries and lines of their log; whether there may be more.

    What could not be read lives as long as the log does: it may hold what people wrote.
    """
    done = await deliveries.purge(session, now - WEBHOOKS_KEPT, STEP)
    dead = await deliveries.purge(session, now - OBJECTS_KEPT, STEP, state=EventState.DEAD)
    logged = await objects.purge(session, now - OBJECTS_KEPT, STEP)
    return STEP in (done, dead, logged)
