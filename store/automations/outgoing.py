"""Messages that runs send, by their client ids."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Uses uq_messages_client_id.
_STATE = text("SELECT state, error_detail FROM messages WHERE client_id = :client_id")

# Uses uq_messages_client_id.
_IS_STORED = text("SELECT EXISTS (SELECT FROM messages WHERE client_id = :client_id)")

# Uses uq_messages_client_id.
_WITHDRAW = text("""
UPDATE messages SET state = 'refused', error_detail = :reason, failed_at = clock_timestamp()
WHERE client_id = ANY(CAST(:client_ids AS text[])) AND state = 'queued'
""")


async def state(session: AsyncSession, client_id: str) -> tuple[str, str | None]:
    """How far a message is, and why it went no further."""
    row = (await session.execute(_STATE, {"client_id": client_id})).one()
    return row.state, row.error_detail


async def is_stored(session: AsyncSession, client_id: str) -> bool:
    """Whether there is such a message."""
    return bool(await session.scalar(_IS_STORED, {"client_id": client_id}))


async def withdraw(session: AsyncSession, client_ids: Sequence[str], reason: str) -> None:
    """Never send those of these messages that are still waiting."""
    await session.execute(_WITHDRAW, {"client_ids": list(client_ids), "reason": reason})
