"""Pictures from other servers, such as template headers: fetched once, cached, served by us."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.messages.shelf import Shelf
from store import channels, pictures
from store.pictures import PictureRecord
from whatsapp import pictures as fetching

LASTS = timedelta(days=30)
"""The addresses of WhatsApp's samples change with each sync; owners may replace others."""

TRIED_AGAIN = timedelta(minutes=5)
"""How long before an address without a picture is tried again."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the data folder."""

    path: Path
    mime_type: str


async def show(
    sessions: async_sessionmaker[AsyncSession], data_dir: Path, url: str
) -> Picture | None:
    """A picture, stored or else fetched and stored; None if it cannot be fetched.

    No transaction is open during the fetch.
    """
    async with sessions() as session:
        known = await _known(session, data_dir, url)
    return known or await _fetch(sessions, data_dir, url)


async def _known(session: AsyncSession, data_dir: Path, url: str) -> Picture | None:
    found = await pictures.get(session, _digest(url), LASTS)
    if found is None or found.sha256 is None:
        return None
    path = Shelf(data_dir).path(found.sha256)
    return Picture(path, found.mime_type) if path.is_file() else None


async def _fetch(
    sessions: async_sessionmaker[AsyncSession], data_dir: Path, url: str
) -> Picture | None:
    """None if it is gone, not a picture, too large or on an internal network."""
    async with sessions() as session:
        if await pictures.get(session, _digest(url), TRIED_AGAIN):
            return None
        own = [row.api_url for row in await channels.list_all(session)]
    got = await fetching.fetch(url, own)
    name = await asyncio.to_thread(Shelf(data_dir).put, got[0]) if got else None
    kind = got[1] if got else ""
    async with sessions.begin() as session:
        await pictures.keep(session, _digest(url), PictureRecord(name, kind))
    return Picture(Shelf(data_dir).path(name), kind) if name else None


def _digest(url: str) -> bytes:
    return hashlib.sha256(url.encode()).digest()
