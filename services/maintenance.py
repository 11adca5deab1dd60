"""What is kept for how long, and its deletion in bounded steps."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from store import maintenance

WEBHOOKS_KEPT = timedelta(days=8)
"""Meta redelivers for seven days; duplicates must be known for longer than that."""

ANSWERS_KEPT = timedelta(days=2)
STEP = 5000


async def purge_small(session: AsyncSession, now: datetime) -> None:
    """Expired sessions, stale sign-in counts, stored answers to repeated requests."""
    await maintenance.delete_expired_sessions(session, now)
    await maintenance.delete_stored_answers(session, now - ANSWERS_KEPT)


async def purge_webhooks(session: AsyncSession, now: datetime) -> bool:
    """One step of old deliveries; whether there may be more. Dead letters stay."""
    return await maintenance.delete_webhooks(session, now - WEBHOOKS_KEPT, STEP) == STEP
