"""What is kept for how long, and its deletion in bounded steps."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from store import merging
from store.receiving import deliveries

WEBHOOKS_KEPT = timedelta(days=8)
"""Meta redelivers for seven days; duplicates must be known for longer than that."""

MERGES_KEPT = timedelta(days=400)
"""Old links to a contact or conversation that went up in another lead there for so long."""

STEP = 5000


async def purge_webhooks(session: AsyncSession, now: datetime) -> bool:
    """One step of old deliveries; whether there may be more. Dead letters stay."""
    return await deliveries.purge(session, now - WEBHOOKS_KEPT, STEP) == STEP


async def settle_merges(session: AsyncSession, now: datetime) -> None:
    """Hand over what was being written to a contact while it was merged; forget old addresses."""
    await merging.hand_over_late(session)
    await merging.forget(session, now - MERGES_KEPT)
