"""Edits and revocations of messages; the newest by Meta's time wins, whatever order they arrive in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class NewChange:
    """A message that its author edited to ``body``, or revoked."""

    channel_id: UUID
    wamid: str
    kind: str
    contact_id: UUID | None
    body: str
    at: datetime


# Decided by pk_message_changes.
_ADD = text("""
WITH incoming AS (
    SELECT DISTINCT ON (channel_id, wamid, kind) * FROM json_to_recordset(CAST(:rows AS json))
        AS i(place int, channel_id uuid, wamid text, kind text, contact_id uuid, body text,
            at timestamptz)
    ORDER BY channel_id, wamid, kind, at DESC, place DESC
),
kept AS (
    INSERT INTO message_changes AS c (channel_id, wamid, kind, contact_id, body, at)
    SELECT channel_id, wamid, kind, contact_id, body, at FROM incoming
    ON CONFLICT (channel_id, wamid, kind) DO UPDATE SET body = excluded.body, at = excluded.at
    WHERE c.at < excluded.at
    RETURNING channel_id, wamid, kind
)
SELECT i.place FROM kept JOIN incoming i USING (channel_id, wamid, kind)
""")


async def add(session: AsyncSession, changes: Sequence[NewChange]) -> dict[int, NewChange]:
    """Store what is newer than what we have; returns that, by its place among those given."""
    rows = [asdict(change) | {"place": place} for place, change in enumerate(changes)]
    found = await session.scalars(_ADD, {"rows": orjson.dumps(rows).decode()})
    return {place: changes[place] for place in found}


# A contact's rows are deleted with the contact. Uses ix_message_changes_at.
_PURGE = text("""
DELETE FROM message_changes WHERE (channel_id, wamid, kind) IN (
    SELECT channel_id, wamid, kind FROM message_changes
    WHERE contact_id IS NULL AND at < :before ORDER BY at LIMIT :limit)
""")


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete up to a limit of old changes that belong to no contact; returns how many."""
    result = await session.execute(_PURGE, {"before": before, "limit": limit})
    assert isinstance(result, CursorResult)
    return result.rowcount
