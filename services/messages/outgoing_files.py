"""Files that somebody chose to send: received, kept, shown, and uploaded to WhatsApp when a number needs them."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.error_codes import ErrorKind, classify
from domain.errors import DomainError, NotFound
from domain.outgoing_files import HEAD_BYTES, ID_LASTS, KIND_OF, FileLink, checked, checked_name
from services.channels import account
from services.messages.media import MediaFile, safe
from services.messages.shelf import Shelf, Unfinished
from services.vault import Vault
from store import outgoing_files
from store.media import KeptFile
from whatsapp.client import CallNotMade, CallUnanswered, CloudApi, CloudApiError

PIECE = 256 * 1024

_LATER = {
    ErrorKind.THROTTLED, ErrorKind.TEMPORARY, ErrorKind.PAIR, ErrorKind.IN_DOUBT, ErrorKind.DEFER,
}  # fmt: skip


class NotNow(Exception):
    """WhatsApp cannot take a file at the moment."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that has to be uploaded before a number can send it."""

    sha256: str
    channel_id: UUID


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is here now, and the link that documents name it by."""

    link: FileLink
    kind: str
    mime_type: str
    size: int


async def receive(
    session: AsyncSession, data_dir: Path, source: BinaryIO, name: str, kind: str
) -> Received:
    """Keep a file for messages of this kind; raises Invalid with what is wrong with it."""
    size, head = await asyncio.to_thread(_look, source)
    mime = checked(kind, head, name, size)
    called = checked_name(name, mime)
    sha256 = await asyncio.to_thread(_put, Shelf(data_dir), source)
    await outgoing_files.keep(session, KeptFile(sha256, mime, size))
    return Received(FileLink(sha256, called), kind, mime, size)


async def show(session: AsyncSession, data_dir: Path, sha256: str) -> tuple[Path, MediaFile]:
    """Where a file is and how to serve it; raises NotFound."""
    file = await outgoing_files.get(session, sha256)
    path = Shelf(data_dir).path(sha256)
    if file is None or not await asyncio.to_thread(path.is_file):
        raise NotFound("file_gone")
    return path, safe(file.mime_type, KIND_OF.get(file.mime_type, "file"))


def _look(source: BinaryIO) -> tuple[int, bytes]:
    size = source.seek(0, 2)
    source.seek(0)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return size, head


def _put(shelf: Shelf, source: BinaryIO) -> str:
    content = Unfinished(shelf)
    try:
        while piece := source.read(PIECE):
            content.write(piece)
        return content.finish()
    except BaseException:
        content.discard()
        raise


class Uploader:
    """Puts files at WhatsApp, each once at a time, however many runs wait for it."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], vault: Vault, api: CloudApi, shelf: Shelf
    ) -> None:
        self._sessions, self._vault, self._api, self._shelf = sessions, vault, api, shelf
        self._turns: WeakValueDictionary[Wanted, asyncio.Lock] = WeakValueDictionary()

    async def upload(self, wanted: Wanted) -> str:
        """Upload a file unless somebody just did; returns why it cannot be, or "". Raises NotNow."""
        turn = self._turns.setdefault(wanted, asyncio.Lock())
        async with turn:
            return await self._upload(wanted)

    async def _upload(self, wanted: Wanted) -> str:
        async with self._sessions() as session:
            found = await outgoing_files.find(session, wanted.sha256, wanted.channel_id, ID_LASTS)
            if found is not None and found.media_id is not None:
                return ""
            path = self._shelf.path(wanted.sha256)
            if found is None or not await asyncio.to_thread(path.is_file):
                return "file_gone"
            try:
                number = await account.load(session, self._vault, wanted.channel_id)
            except DomainError as error:
                return error.code
        try:
            media_id = await self._api.upload(number, path, found.mime_type)
        except (CallNotMade, CallUnanswered) as error:
            raise NotNow from error
        except CloudApiError as error:
            if classify(error.code) in _LATER:
                raise NotNow from error
            return str(error.code)
        async with self._sessions.begin() as session:
            await outgoing_files.keep_id(
                session, wanted.sha256, wanted.channel_id, number.phone_number_id, media_id
            )
        return ""
