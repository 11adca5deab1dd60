"""Reactions to messages; the newest by Meta's time wins."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class NewReaction:
    """An emoji somebody reacted to a message with, "" if removed; ``thread_id`` is the thread's contact."""

    channel_id: UUID
    wamid: str
    author_id: UUID
    contact_id: UUID | None
    thread_id: UUID | None
    emoji: str
    at: datetime


# Decided by pk_message_reactions; of one person's reactions in a batch, the last of the newest counts.
_ADD = text("""
WITH incoming AS (
    SELECT DISTINCT ON (channel_id, wamid, author_id) * FROM json_to_recordset(CAST(:rows AS json))
        AS i(place int, channel_id uuid, wamid text, author_id uuid, contact_id uuid, thread_id uuid,
            emoji text, at timestamptz)
    ORDER BY channel_id, wamid, author_id, at DESC, place DESC
),
kept AS (
    INSERT INTO message_reactions AS r (channel_id, wamid, author_id, contact_id, emoji, at)
    SELECT channel_id, wamid, author_id, contact_id, emoji, at FROM incoming
    ON CONFLICT (channel_id, wamid, author_id) DO UPDATE SET
        emoji = excluded.emoji, at = excluded.at
    WHERE r.at < excluded.at OR r.at = excluded.at AND r.emoji <> excluded.emoji
    RETURNING channel_id, wamid, author_id
)
SELECT i.place FROM kept JOIN incoming i USING (channel_id, wamid, author_id)
""")


async def add(session: AsyncSession, reactions: Sequence[NewReaction]) -> dict[int, NewReaction]:
    """Store what is newer than what we have; returns that, by its place among those given."""
    rows = [asdict(reaction) | {"place": n} for n, reaction in enumerate(reactions)]
    found = await session.scalars(_ADD, {"rows": orjson.dumps(rows).decode()})
    return {place: reactions[place] for place in found}


# A contact's rows are deleted with the contact. Uses ix_message_reactions_at.
_PURGE = text("""
DELETE FROM message_reactions WHERE (channel_id, wamid, author_id) IN (
    SELECT channel_id, wamid, author_id FROM message_reactions
    WHERE contact_id IS NULL AND at < :before ORDER BY at LIMIT :limit)
""")


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete up to a limit of old reactions that belong to no contact; returns how many."""
    result = await session.execute(_PURGE, {"before": before, "limit": limit})
    assert isinstance(result, CursorResult)
    return result.rowcount
