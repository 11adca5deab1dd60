"""Rows of pictures from other servers that pages show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Primary key look-up.
_GET = text("""
SELECT sha256, mime_type FROM pictures
WHERE digest = :digest AND fetched_at > clock_timestamp() - CAST(:lasts AS interval)
""")

_KEEP = text("""
INSERT INTO pictures (digest, sha256, mime_type) VALUES (:digest, :sha256, :mime_type)
ON CONFLICT (digest) DO UPDATE SET sha256 = excluded.sha256, mime_type = excluded.mime_type,
    fetched_at = clock_timestamp()
""")

# Uses ix_pictures_fetched_at.
_PURGE = text("""
DELETE FROM pictures WHERE digest IN (
    SELECT digest FROM pictures WHERE fetched_at < :before ORDER BY fetched_at LIMIT :limit
)
RETURNING digest
""")


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """The result of fetching an address; ``sha256`` is None if there was no picture."""

    sha256: str | None
    mime_type: str


async def get(session: AsyncSession, digest: bytes, lasts: timedelta) -> PictureRecord | None:
    """The recent result for an address."""
    row = (await session.execute(_GET, {"digest": digest, "lasts": lasts})).one_or_none()
    return PictureRecord(**row._mapping) if row else None


async def keep(session: AsyncSession, digest: bytes, found: PictureRecord) -> None:
    """Store the result for an address."""
    parameters = {"digest": digest, "sha256": found.sha256, "mime_type": found.mime_type}
    await session.execute(_KEEP, parameters)


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete pictures fetched before a time; returns how many."""
    return len((await session.execute(_PURGE, {"before": before, "limit": limit})).all())
