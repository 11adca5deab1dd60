"""Fetch the files of messages while WhatsApp still has them, and put them on the shelf."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.errors import DomainError
from domain.media import FETCH_LEASE, WHATSAPP_KEEPS, next_try
from services.messages import media as files
from services.messages.shelf import Shelf
from services.vault import Vault
from store import faults, media
from store.media import DueFile, KeptFile
from whatsapp.client import CloudApi

AT_ONCE = 4
"""Files in memory at the same time; WhatsApp lets them have 100 MB each."""


class Keeper:
    """Everything it takes to keep a file."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], vault: Vault, api: CloudApi, shelf: Shelf
    ) -> None:
        self._sessions, self._vault, self._api, self._shelf = sessions, vault, api, shelf

    async def keep_due(self) -> int:
        """Fetch the files whose turn it is; how many were tried."""
        async with self._sessions.begin() as session:
            due = await media.claim(session, AT_ONCE, FETCH_LEASE)
        await asyncio.gather(*map(self._keep, due))
        return len(due)

    async def _keep(self, due: DueFile) -> None:
        try:
            async with self._sessions() as session:
                place = await files.locate(session, self._vault, due.message_id)
            fetched = await files.fetch(self._api, place)
            name = await asyncio.to_thread(self._shelf.put, fetched.data)
        except Exception as error:  # gone, no answer, a removed channel, a full disk, a surprise
            if faults.is_away(error) and not isinstance(error, OSError):
                raise
            code = _code(error)
            async with self._sessions.begin() as session:
                await media.again(
                    session, due.message_id, code, wait=next_try(due.tries), lasts=WHATSAPP_KEEPS
                )
            return
        kept = KeptFile(name, fetched.mime_type, len(fetched.data))
        async with self._sessions.begin() as session:
            await media.kept(session, due.message_id, kept)


def _code(error: Exception) -> str:
    if isinstance(error, DomainError):
        return error.code
    return "disk" if isinstance(error, OSError) else type(error).__name__


async def expect(
    session: AsyncSession, messages: Iterable[tuple[UUID, str, Mapping[str, Any]]]
) -> None:
    """Note which of these messages (id, kind, Meta's object) have a file; no statement for none."""
    found = [key for key, kind, payload in messages if files.media_id(kind, payload)]
    if found:
        await media.expect(session, found)
