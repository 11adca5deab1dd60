"""Fetch message files while WhatsApp still has them, and store them on the shelf."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.errors import DomainError, Invalid
from domain.media import FETCH_LEASE, WHATSAPP_KEEPS, next_try
from services.messages import media as files
from services.messages.shelf import Shelf
from services.vault import Vault
from store import faults, media
from store.media import DueFile, KeptFile
from whatsapp.client import CloudApi

AT_ONCE = 8
"""How many files are fetched at the same time, in chunks."""

LOOKS_S = 1.0
"""How soon new files are found while others are being fetched."""

CLAIMS_S = 3600.0
"""A round this long takes on nothing new, so that it ends."""


class Keeper:
    """Everything needed to store a file."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], vault: Vault, api: CloudApi, shelf: Shelf
    ) -> None:
        self._sessions, self._vault, self._api, self._shelf = sessions, vault, api, shelf

    async def keep_due(self, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Fetch due files until there are none; returns how many were tried.

        A slow file does not hold up others. ``goes_on`` says whether to take on more.
        """
        tried, until = 0, time.monotonic() + CLAIMS_S
        fetching: set[asyncio.Task[None]] = set()
        try:
            while True:
                due = []
                if goes_on() and time.monotonic() < until and len(fetching) < AT_ONCE:
                    async with self._sessions.begin() as session:
                        due = await media.claim(session, AT_ONCE - len(fetching), FETCH_LEASE)
                tried += len(due)
                fetching |= {asyncio.create_task(self._keep(file)) for file in due}
                if not fetching:
                    return tried
                done, fetching = await asyncio.wait(
                    fetching, timeout=LOOKS_S, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()  # raises when the database is unavailable
        finally:
            for task in fetching:
                task.cancel()
            await asyncio.gather(*fetching, return_exceptions=True)

    async def _keep(self, due: DueFile) -> None:
        try:
            async with self._sessions() as session:
                place = await files.locate(session, self._vault, due.message_id)
            fetched = await files.fetch(self._api, place, self._shelf)
        except Exception as error:  # gone, no answer, a removed channel, a full disk, anything
            if faults.is_away(error) and not isinstance(error, OSError):
                raise
            code = _code(error)
            lasts = WHATSAPP_KEEPS if not isinstance(error, Invalid) else timedelta(0)
            async with self._sessions.begin() as session:
                await media.again(
                    session, due.message_id, code, wait=next_try(due.tries), lasts=lasts
                )
            return
        kept = KeptFile(fetched.name, fetched.mime_type, fetched.size)
        async with self._sessions.begin() as session:
            await media.kept(session, due.message_id, kept)


def _code(error: Exception) -> str:
    if isinstance(error, DomainError):
        return error.code
    return "disk" if isinstance(error, OSError) else type(error).__name__


async def expect(
    session: AsyncSession, messages: Iterable[tuple[UUID, str, Mapping[str, Any]]]
) -> None:
    """Record which of these messages (id, kind, Meta's object) have a file; no statement if none does."""
    found = [key for key, kind, payload in messages if files.media_id(kind, payload)]
    if found:
        await media.expect(session, found)
