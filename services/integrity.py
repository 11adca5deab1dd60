"""Whether everything outside the database is present, files and keys, for example after a restore."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from services.messages.shelf import FOLDER, Shelf
from services.vault import Vault
from store import integrity

MOST = 20_000
"""How many of the newest files are checked."""


@dataclass(frozen=True, slots=True)
class Missing:
    """How many files of messages and unfinished imports are missing from the data folder."""

    media: int
    uploads: int
    looked: int

    @property
    def folders(self) -> list[str]:
        """The folders with something missing."""
        return [name for name, count in ((FOLDER, self.media), ("imports", self.uploads)) if count]


async def missing_files(session: AsyncSession, data_dir: Path, most: int = MOST) -> Missing:
    """Check for the files that rows refer to."""
    names = await integrity.contents(session, most)
    uploads = await integrity.uploads(session)
    shelf = Shelf(data_dir)

    def look() -> Missing:
        media = sum(not shelf.path(name).exists() for name in names)
        files = sum(not (data_dir / path).exists() for path in uploads)
        return Missing(media, files, len(names) + len(uploads))

    return await asyncio.to_thread(look)


async def unreadable_numbers(session: AsyncSession, vault: Vault) -> list[str]:
    """The numbers whose stored token none of our keys can decrypt."""
    found = []
    for name, sealed in await integrity.sealed(session):
        try:
            vault.decrypt(sealed)
        except Conflict:
            found.append(name)
    return found
