"""Deletions of old rows, bounded so that no transaction runs long."""

from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.users import IdempotencyRow, LoginThrottleRow, SessionRow

# Uses the primary key order; processed deliveries are the oldest ids.
_WEBHOOKS = text("""
DELETE FROM webhook_events WHERE id IN (
    SELECT id FROM webhook_events WHERE state = 'done' AND received_at < :before ORDER BY id LIMIT :limit
) RETURNING id
""")


async def delete_expired_sessions(session: AsyncSession, now: datetime) -> None:
    """Sessions past their time, and sign-in counts of yesterday; uses ix_sessions_expires_at."""
    await session.execute(delete(SessionRow).where(SessionRow.expires_at < now))
    yesterday = now - timedelta(days=1)
    await session.execute(
        delete(LoginThrottleRow).where(LoginThrottleRow.first_failed_at < yesterday)
    )


async def delete_stored_answers(session: AsyncSession, before: datetime) -> None:
    """Answers kept for repeated requests; uses ix_idempotency_keys_created_at."""
    await session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < before))


async def delete_webhooks(session: AsyncSession, before: datetime, limit: int) -> int:
    """Processed deliveries received before a time; how many were deleted."""
    rows = (await session.execute(_WEBHOOKS, {"before": before, "limit": limit})).all()
    return len(rows)
