"""24-hour windows: closing one, and listing those still open."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Primary key look-up.
_CLOSE_WINDOW = text("""
WITH closed AS (
    UPDATE conversations SET window_closed_at = clock_timestamp()
    WHERE id = :id AND window_opened_at = :opened_at AND window_closed_at IS NULL
        AND window_expires_at <= clock_timestamp()
    RETURNING id
)
SELECT (SELECT count(*) FROM closed) AS closed, CASE
    WHEN c.window_opened_at = :opened_at AND c.window_closed_at IS NULL
        AND c.window_expires_at > clock_timestamp() THEN c.window_expires_at END AS deadline
FROM conversations c WHERE c.id = :id
""")

_OPEN_WINDOWS = text("""
SELECT id, window_opened_at, window_expires_at FROM conversations
WHERE window_closed_at IS NULL AND window_opened_at IS NOT NULL
    AND (CAST(:after AS uuid) IS NULL OR id > :after)
ORDER BY id LIMIT :limit
""")


async def close(
    session: AsyncSession, conversation_id: UUID, opened_at: datetime
) -> tuple[bool, datetime | None]:
    """Close the window that opened at a time; returns whether it closed now, and any later deadline."""
    parameters = {"id": conversation_id, "opened_at": opened_at}
    row = (await session.execute(_CLOSE_WINDOW, parameters)).one_or_none()
    return (False, None) if row is None else (row.closed > 0, row.deadline)


async def still_open(
    session: AsyncSession, after: UUID | None, limit: int
) -> list[tuple[UUID, datetime, datetime]]:
    """Windows not closed yet, by conversation id: the id, when it opened, when it expires."""
    rows = (await session.execute(_OPEN_WINDOWS, {"after": after, "limit": limit})).all()
    return [(row.id, row.window_opened_at, row.window_expires_at) for row in rows]
