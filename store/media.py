"""Rows of the files that came with messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

WAKE = "media"
"""Notified when a file is waiting to be fetched."""

# A message kept earlier has its row already, or never had one; primary key look-ups.
_EXPECT = text("""
INSERT INTO media_files (message_id)
SELECT id FROM messages WHERE id = ANY(CAST(:ids AS uuid[]))
ON CONFLICT DO NOTHING RETURNING message_id
""")

# Uses ix_media_files_due. Picked in a step of its own: PostgreSQL may run a locking subquery again for every row,
# and then it skips the rows that this statement has just changed.
_CLAIM = text("""
WITH due AS MATERIALIZED (
    SELECT message_id FROM media_files
    WHERE state = 'waiting' AND next_try_at <= clock_timestamp()
    ORDER BY next_try_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE media_files f SET tries = f.tries + 1, next_try_at = clock_timestamp() + :lease
FROM due WHERE f.message_id = due.message_id
RETURNING f.message_id, f.tries, f.created_at
""")

_KEPT = text("""
UPDATE media_files SET state = 'kept', sha256 = :sha256, mime_type = :mime_type, size = :size,
    error = NULL, kept_at = clock_timestamp()
WHERE message_id = :message_id
""")

_AGAIN = text("""
UPDATE media_files SET error = :error, next_try_at = clock_timestamp() + :wait,
    state = CASE WHEN created_at + :lasts < clock_timestamp() THEN 'gone' ELSE 'waiting' END
WHERE message_id = :message_id AND state = 'waiting'
""")

# Uses ix_media_files_created_at.
_PURGE = text("""
DELETE FROM media_files WHERE message_id IN (
    SELECT message_id FROM media_files WHERE created_at < :before ORDER BY created_at LIMIT :limit
)
RETURNING message_id
""")

_HOLD = text("""
INSERT INTO media_files (message_id, state, sha256, mime_type, size, kept_at)
VALUES (:message_id, 'kept', :sha256, :mime_type, :size, clock_timestamp())
ON CONFLICT DO NOTHING
""")

# Uses ix_media_files_sha256, ix_pictures_sha256 and the primary key of outgoing_files.
_NAMED = text("""
SELECT sha256 FROM media_files WHERE sha256 = ANY(CAST(:names AS text[]))
UNION SELECT sha256 FROM pictures WHERE sha256 = ANY(CAST(:names AS text[]))
UNION SELECT sha256 FROM outgoing_files WHERE sha256 = ANY(CAST(:names AS text[]))
""")


@dataclass(frozen=True, slots=True)
class DueFile:
    """A file to fetch now, and the number of this try."""

    message_id: UUID
    tries: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A stored file, by the SHA-256 of its content in hex."""

    sha256: str
    mime_type: str
    size: int


async def expect(session: AsyncSession, message_ids: Sequence[UUID]) -> None:
    """Record that these messages, if kept, have a file to fetch."""
    if (await session.execute(_EXPECT, {"ids": list(message_ids)})).first() is not None:
        await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": WAKE})


async def claim(session: AsyncSession, limit: int, lease: timedelta) -> list[DueFile]:
    """Files that are due; nobody else gets them during the lease."""
    rows = (await session.execute(_CLAIM, {"limit": limit, "lease": lease})).all()
    return [DueFile(**row._mapping) for row in rows]


async def kept(session: AsyncSession, message_id: UUID, file: KeptFile) -> None:
    """The file has been stored."""
    await session.execute(_KEPT, _parameters(message_id, file))


async def hold(session: AsyncSession, message_id: UUID, file: KeptFile) -> None:
    """A message sends a file whose content is here already."""
    await session.execute(_HOLD, _parameters(message_id, file))


def _parameters(message_id: UUID, file: KeptFile) -> dict[str, object]:
    return {
        "message_id": message_id, "sha256": file.sha256, "mime_type": file.mime_type, "size": file.size,
    }  # fmt: skip


async def again(
    session: AsyncSession, message_id: UUID, error: str, *, wait: timedelta, lasts: timedelta
) -> None:
    """It could not be fetched: retry later, or give up once WhatsApp no longer keeps it."""
    parameters = {"message_id": message_id, "error": error, "wait": wait, "lasts": lasts}
    await session.execute(_AGAIN, parameters)


async def get(session: AsyncSession, message_id: UUID) -> KeptFile | None:
    """The kept file of a message (primary key)."""
    query = text(
        "SELECT sha256, mime_type, size FROM media_files WHERE message_id = :id AND state = 'kept'"
    )
    row = (await session.execute(query, {"id": message_id})).one_or_none()
    return KeptFile(**row._mapping) if row else None


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete the rows of files older than a time; their content is swept from the folder afterwards."""
    rows = (await session.execute(_PURGE, {"before": before, "limit": limit})).all()
    return len(rows)


async def named(session: AsyncSession, names: Sequence[str]) -> set[str]:
    """Which of these contents still belong to a message, a picture or a file that we send."""
    return set((await session.scalars(_NAMED, {"names": list(names)})).all())
