"""What rows need outside the database: files in the data folder, and matching keys."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.channels import ChannelRow

# ix_media_files_created_at: the newest ones; of the files that we send, of which there are few, all.
_CONTENTS = text("""
SELECT sha256 FROM outgoing_files
UNION (SELECT sha256 FROM media_files WHERE sha256 IS NOT NULL ORDER BY created_at DESC LIMIT :most)
""")

# A small table, read from its end by primary key.
_UPLOADS = text("""
SELECT file_path FROM imports WHERE status IN ('uploaded', 'previewed', 'running')
ORDER BY id DESC LIMIT 200
""")


async def contents(session: AsyncSession, most: int) -> list[str]:
    """Names of the contents of files that we send, and of the newest messages' files."""
    return list((await session.scalars(_CONTENTS, {"most": most})).all())


async def uploads(session: AsyncSession) -> list[str]:
    """The files of unfinished imports, relative to the data folder."""
    return list((await session.scalars(_UPLOADS)).all())


async def sealed(session: AsyncSession) -> list[tuple[str, bytes]]:
    """Name and access token of every number in use; a small table."""
    query = select(ChannelRow.name, ChannelRow.access_token).where(ChannelRow.deleted_at.is_(None))
    return [(row.name, row.access_token) for row in (await session.execute(query)).all()]
