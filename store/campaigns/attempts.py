"""Logged attempts of one message."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.attempts import Attempt, AttemptOutcome

# Uses ix_message_attempts_message_id_attempt.
_LOGGED = text("""
SELECT a.at, a.attempt, a.outcome, a.wamid, a.error_code, a.error_detail, a.next_try_at, u.name AS by
FROM message_attempts a LEFT JOIN users u ON u.id = a.user_id
WHERE a.message_id = :message_id ORDER BY a.id
""")


async def logged(session: AsyncSession, message_id: UUID) -> list[Attempt]:
    """Attempts that were not accepted and decisions about them, oldest first."""
    rows = (await session.execute(_LOGGED, {"message_id": message_id})).all()
    return [
        Attempt(
            row.at, row.attempt, AttemptOutcome(row.outcome), row.wamid, row.error_code,
            row.error_detail, row.next_try_at, row.by,
        )
        for row in rows
    ]  # fmt: skip
