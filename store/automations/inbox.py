"""Messages that came for a run: each is taken once, in order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.automations.facts import WRITTEN, Written, written_of
from store.together import Each, given, together

# Primary key, by its first column, and that of messages. Ids of messages begin with the time they were stored.
_OLDEST = Each(
    f"""
SELECT i.message_id, {WRITTEN} FROM automation_inbox i LEFT JOIN messages m ON m.id = i.message_id
WHERE i.run_id = :run_id AND i.taken_at IS NULL ORDER BY i.message_id LIMIT 1
""",
    run_id="uuid",
)

# Primary key.
_TAKE = text("""
UPDATE automation_inbox i SET taken_at = t.now
FROM json_to_recordset(CAST(:taken AS json)) AS t(run_id uuid, message_id uuid, now timestamptz)
WHERE i.run_id = t.run_id AND i.message_id = t.message_id
""")

# Primary key, by its first column; and uq_conversations_channel_id_contact_id.
_RELEASE = text("""
WITH released AS (
    DELETE FROM automation_inbox WHERE run_id = :run_id AND taken_at IS NULL RETURNING message_id
)
SELECT r.message_id, v.id AS conversation_id FROM released r
JOIN conversations v ON v.channel_id = :channel_id AND v.contact_id = :contact_id ORDER BY r.message_id
""")


async def oldest(session: AsyncSession, run_id: UUID) -> tuple[UUID, Written | None] | None:
    """The oldest message that the run has not taken, and what it says while it is kept."""
    row = await together(session, _OLDEST.first, (run_id,))
    return (row.message_id, written_of(row)) if row else None


async def take(session: AsyncSession, run_id: UUID, message_id: UUID, now: datetime) -> None:
    """The run has read it."""
    await together(session, _take, {"run_id": run_id, "message_id": message_id, "now": now})


async def _take(session: AsyncSession, taken: Sequence[dict[str, Any]]) -> Sequence[None]:
    await session.execute(_TAKE, {"taken": given(taken)})
    return [None] * len(taken)


async def release(
    session: AsyncSession, run_id: UUID, channel_id: UUID, contact_id: UUID
) -> list[tuple[UUID, UUID]]:
    """Keep nothing more for the run; returns what it had not taken, oldest first: messages with their conversation."""
    parameters = {"run_id": run_id, "channel_id": channel_id, "contact_id": contact_id}
    found = await session.execute(_RELEASE, parameters)
    return [(row.message_id, row.conversation_id) for row in found]
