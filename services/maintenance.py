"""What is kept for how long, and its deletion in bounded steps."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from store.receiving import deliveries

WEBHOOKS_KEPT = timedelta(days=8)
"""Meta redelivers for seven days; duplicates must be known for longer than that."""

STEP = 5000


async def purge_webhooks(session: AsyncSession, now: datetime) -> bool:
    """One step of old deliveries; whether there may be more. Dead letters stay."""
    return await deliveries.purge(session, now - WEBHOOKS_KEPT, STEP) == STEP
