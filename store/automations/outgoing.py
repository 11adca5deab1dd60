"""Messages that runs send, by their client ids."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.messages import OF_RUN

# Uses uq_messages_client_id.
_STATE = text("SELECT state, error_detail FROM messages WHERE client_id = :client_id")

# Uses uq_messages_client_id.
_IS_STORED = text("SELECT EXISTS (SELECT FROM messages WHERE client_id = :client_id)")

# Uses ix_messages_single, then the primary key of runs. Nobody sends what the run itself did not: it is not sent late.
_SETTLE = text(f"""
WITH left_over AS (
    SELECT m.id FROM messages m
    WHERE m.campaign_id IS NULL AND m.direction = 'out' AND m.origin = 'automation'
        AND m.client_id LIKE '{OF_RUN}%' AND m.state IN ('queued', 'sending')
        AND m.created_at BETWEEN clock_timestamp() - interval '2 days' AND clock_timestamp() - interval '5 minutes'
        AND NOT EXISTS (
            SELECT FROM automation_runs r
            WHERE r.id = CAST(split_part(m.client_id, ':', 2) AS uuid) AND r.ended_at IS NULL)
    ORDER BY m.id FOR NO KEY UPDATE OF m
),
settled AS (
    UPDATE messages m SET state = CASE m.state WHEN 'queued' THEN 'refused' ELSE 'unknown' END,
        error_detail = CASE m.state WHEN 'queued' THEN 'run_ended' ELSE 'sender_died' END,
        failed_at = CASE m.state WHEN 'queued' THEN clock_timestamp() END
    FROM left_over l WHERE m.id = l.id RETURNING m.id, m.attempt, m.state
),
logged AS (
    INSERT INTO message_attempts (message_id, attempt, outcome, error_detail)
    SELECT id, attempt, 'unknown', 'sender_died' FROM settled WHERE state = 'unknown'
)
SELECT count(*) FROM settled
""")


async def state(session: AsyncSession, client_id: str) -> tuple[str, str | None]:
    """How far a message is, and why it went no further."""
    row = (await session.execute(_STATE, {"client_id": client_id})).one()
    return row.state, row.error_detail


async def is_stored(session: AsyncSession, client_id: str) -> bool:
    """Whether there is such a message."""
    return bool(await session.scalar(_IS_STORED, {"client_id": client_id}))


async def settle_left(session: AsyncSession) -> int:
    """Give up what runs that have ended left unsent, or in doubt; returns how many messages."""
    return await session.scalar(_SETTLE) or 0
