"""Messages that runs send, by their client ids."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.contents import Limits
from store.messages import OF_RUN, Known
from store.together import Each, together

# Uses uq_messages_client_id.
_STATE = text("SELECT state, error_detail FROM messages WHERE client_id = :client_id")

# The primary key of steps, back over the failed tries of this one; then uq_messages_client_id.
_OF_STEP = Each(
    f"""
WITH RECURSIVE tries(step) AS (
    SELECT CAST(:step AS int)
    UNION ALL
    SELECT s.step FROM tries t JOIN automation_steps s ON s.run_id = :run_id AND s.step = t.step - 1
    WHERE s.detail ? 'retried'
)
SELECT CAST(split_part(m.client_id, ':', 3) AS int) AS step, CAST(split_part(m.client_id, ':', 4) AS int) AS place,
    m.id, m.channel_id, m.contact_id, m.state, m.error_detail AS detail
FROM messages m WHERE m.client_id = ANY (ARRAY(
    SELECT '{OF_RUN}' || CAST(:run_id AS uuid) || ':' || t.step || ':' || p.place
    FROM tries t CROSS JOIN generate_series(0, {Limits.MESSAGES - 1}) AS p(place)))
""",
    run_id="uuid",
    step="int",
)

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


async def of_step(
    session: AsyncSession, run_id: UUID, step: int
) -> Mapping[tuple[int, int], Known]:
    """The messages of a step and of its earlier tries, by step and place."""
    rows = await together(session, _OF_STEP.rows, (run_id, step))
    return {
        (row.step, row.place): Known(row.id, row.channel_id, row.contact_id, row.state, row.detail)
        for row in rows
    }


async def settle_left(session: AsyncSession) -> int:
    """Give up what runs that have ended left unsent, or in doubt; returns how many messages."""
    return await session.scalar(_SETTLE) or 0
