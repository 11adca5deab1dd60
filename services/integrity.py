"""Whether all is there that a database alone does not hold: files and keys, as after a restore."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from services.messages.shelf import FOLDER, Shelf
from services.vault import Vault
from store import integrity

MOST = 20_000
"""Files looked for; the newest ones."""


@dataclass(frozen=True, slots=True)
class Missing:
    """How many files of messages and of unfinished imports are not in the data folder."""

    media: int
    uploads: int
    looked: int

    @property
    def folders(self) -> list[str]:
        """The folders that something lacks in."""
        return [name for name, count in ((FOLDER, self.media), ("imports", self.uploads)) if count]


async def missing_files(session: AsyncSession, data_dir: Path, most: int = MOST) -> Missing:
    """Look for the files that rows name."""
    names = await integrity.contents(session, most)
    uploads = await integrity.uploads(session)
    shelf = Shelf(data_dir)

    def look() -> Missing:
        media = sum(not shelf.path(name).exists() for name in names)
        files = sum(not (data_dir / path).exists() for path in uploads)
        return Missing(media, files, len(names) + len(uploads))

    return await asyncio.to_thread(look)


async def unreadable_numbers(session: AsyncSession, vault: Vault) -> list[str]:
    """The numbers whose stored token no key of ours opens."""
    found = []
    for name, sealed in await integrity.sealed(session):
        try:
            vault.decrypt(sealed)
        except Conflict:
            found.append(name)
    return found
