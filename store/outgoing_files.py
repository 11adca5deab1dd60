"""Rows of files that we send, and of their ids at WhatsApp."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.outgoing_files import NAMED
from store.automations.uses import INSIDE
from store.media import KeptFile

# Primary key.
_KEEP = text("""
INSERT INTO outgoing_files (sha256, mime_type, size) VALUES (:sha256, :mime_type, :size)
ON CONFLICT (sha256) DO UPDATE SET mime_type = excluded.mime_type, named_at = clock_timestamp()
""")

# Primary keys. An id belongs to the number as it was connected when the file was uploaded.
_FIND = text("""
SELECT f.mime_type, f.size, (
    SELECT i.media_id FROM outgoing_file_ids i
    JOIN channels c ON c.id = i.channel_id AND c.phone_number_id = i.phone_number_id
    WHERE i.sha256 = f.sha256 AND i.channel_id = :channel_id
      AND i.uploaded_at > clock_timestamp() - CAST(:lasts AS interval)
) AS media_id
FROM outgoing_files f WHERE f.sha256 = :sha256
""")

# Primary keys; the file may have been removed meanwhile.
_KEEP_ID = text("""
INSERT INTO outgoing_file_ids (sha256, channel_id, phone_number_id, media_id)
SELECT sha256, :channel_id, :phone_number_id, :media_id FROM outgoing_files WHERE sha256 = :sha256
ON CONFLICT (sha256, channel_id) DO UPDATE SET phone_number_id = excluded.phone_number_id,
    media_id = excluded.media_id, uploaded_at = clock_timestamp()
""")

# ix_outgoing_file_ids_channel_id.
_FORGET_ID = text(
    "DELETE FROM outgoing_file_ids WHERE channel_id = :channel_id AND media_id = :media_id"
)

# Reads every draft, and every version that acts or has people inside: a few hundred documents.
_SEE_NAMED = text(f"""
WITH {INSIDE}
UPDATE outgoing_files SET named_at = clock_timestamp() WHERE sha256 IN (
    SELECT found[1]
    FROM (
        SELECT draft AS document FROM automations
        UNION ALL
        SELECT v.graph FROM automation_versions v JOIN automations a ON a.id = v.automation_id
        WHERE v.version = a.version
            OR EXISTS (SELECT FROM inside i WHERE i.automation_id = v.automation_id AND i.version = v.version)
    ) documents, regexp_matches(document::text, '{NAMED}', 'g') AS found
)
""")

# Uses ix_outgoing_files_named_at.
_PURGE = text("""
DELETE FROM outgoing_files WHERE sha256 IN (
    SELECT sha256 FROM outgoing_files WHERE named_at < :before ORDER BY named_at LIMIT :limit
)
RETURNING sha256
""")

# Uses ix_outgoing_file_ids_uploaded_at.
_PURGE_IDS = text("""
DELETE FROM outgoing_file_ids WHERE (sha256, channel_id) IN (
    SELECT sha256, channel_id FROM outgoing_file_ids WHERE uploaded_at < :before
    ORDER BY uploaded_at LIMIT :limit
)
RETURNING sha256
""")


@dataclass(frozen=True, slots=True)
class Sendable:
    """A file that can be sent; its id at WhatsApp is None until it is uploaded, or uploaded again."""

    mime_type: str
    size: int
    media_id: str | None


async def keep(session: AsyncSession, file: KeptFile) -> None:
    """Keep a file to send; one that is here already stays for longer."""
    parameters = {"sha256": file.sha256, "mime_type": file.mime_type, "size": file.size}
    await session.execute(_KEEP, parameters)


async def get(session: AsyncSession, sha256: str) -> KeptFile | None:
    """A file to send (primary key)."""
    query = text("SELECT sha256, mime_type, size FROM outgoing_files WHERE sha256 = :sha256")
    row = (await session.execute(query, {"sha256": sha256})).one_or_none()
    return KeptFile(**row._mapping) if row else None


async def types(session: AsyncSession, names: Collection[str]) -> dict[str, str]:
    """The types of those of these files that are here, by SHA-256 (primary key)."""
    query = text("SELECT sha256, mime_type FROM outgoing_files WHERE sha256 = ANY(:names)")
    rows = await session.execute(query, {"names": list(names)})
    return {row.sha256: row.mime_type for row in rows}


async def find(
    session: AsyncSession, sha256: str, channel_id: UUID, lasts: timedelta
) -> Sendable | None:
    """A file as one number can send it; None if it is not here."""
    parameters = {"sha256": sha256, "channel_id": channel_id, "lasts": lasts}
    row = (await session.execute(_FIND, parameters)).one_or_none()
    return Sendable(**row._mapping) if row else None


async def keep_id(
    session: AsyncSession, sha256: str, channel_id: UUID, phone_number_id: str, media_id: str
) -> None:
    """It was uploaded for this number."""
    parameters = {
        "sha256": sha256, "channel_id": channel_id, "phone_number_id": phone_number_id, "media_id": media_id,
    }  # fmt: skip
    await session.execute(_KEEP_ID, parameters)


async def forget_id(session: AsyncSession, channel_id: UUID, media_id: str) -> None:
    """WhatsApp does not take it under this id."""
    await session.execute(_FORGET_ID, {"channel_id": channel_id, "media_id": media_id})


async def see_named(session: AsyncSession) -> None:
    """Note which files something that may send them still names."""
    await session.execute(_SEE_NAMED)


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete files that nothing has named since a time; their content is swept from the folder afterwards."""
    rows = (await session.execute(_PURGE, {"before": before, "limit": limit})).all()
    return len(rows)


async def purge_ids(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete the ids of files uploaded before a time."""
    rows = (await session.execute(_PURGE_IDS, {"before": before, "limit": limit})).all()
    return len(rows)
