"""Message files: fetched from WhatsApp when they arrive, stored, and served safely to browsers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain import template_slots
from domain.errors import Conflict, Invalid, NotFound
from services.channels import account
from services.messages.content import MEDIA_KINDS
from services.messages.read import require
from services.messages.shelf import Shelf, Unfinished
from services.vault import Vault
from settings import Settings
from store import media
from store.messages import MessageRecord
from whatsapp import downloads, hosts, shapes
from whatsapp.client import Account, CallNotMade, CallUnanswered, CloudApi, CloudApiError

MAX_BYTES = 100 * 1024 * 1024
"""The largest file WhatsApp delivers is a document of 100 MB."""

INLINE = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/3gpp",
        "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus",
    }
)  # fmt: skip
"""Types a browser may show inline; anything else, especially HTML and SVG, is only downloaded."""

_ENDINGS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "video/mp4": ".mp4",
    "audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "application/pdf": ".pdf",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MediaPlace:
    """Where a file is: account, media id and file name."""

    account: Account
    media_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file now on the shelf, with the type WhatsApp declared."""

    name: str
    mime_type: str
    size: int


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A content type that is safe to serve; ``inline`` files may be shown."""

    content_type: str
    name: str
    inline: bool


def media_id(kind: str, payload: Mapping[str, Any] | None) -> str:
    """WhatsApp's id of the file in a message or a template's header; empty if there is none."""
    part = _header(payload) if kind == "template" else (payload or {}).get(kind)
    found = str(part.get("id") or "") if isinstance(part, Mapping) else ""
    return found if found.isdecimal() and kind in (*MEDIA_KINDS, "template") else ""


def _header(payload: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The file in the header of a template that was sent."""
    parameter = template_slots.header_parameter((payload or {}).get("template"))
    part = parameter.get(str(parameter.get("type")))
    return part if isinstance(part, Mapping) else {}


async def locate(session: AsyncSession, vault: Vault, message_id: UUID) -> MediaPlace:
    """Where a message's file is; raises NotFound if it has none at WhatsApp."""
    record = await require(session, message_id)
    found = media_id(record.kind, record.payload)
    if not found:
        raise NotFound("media_not_found")
    return MediaPlace(await account.load(session, vault, record.channel_id), found, name_of(record))


async def kept(
    session: AsyncSession, data_dir: Path, message_id: UUID
) -> tuple[Path, MediaFile] | None:
    """Where a message's stored file is and how to serve it; None if it is not here."""
    record = await require(session, message_id)
    file = await media.get(session, message_id)
    path = Shelf(data_dir).path(file.sha256) if file else None
    if file is None or path is None or not path.is_file():
        return None
    return path, safe(file.mime_type, name_of(record))


async def show(
    sessions: async_sessionmaker[AsyncSession],
    vault: Vault,
    settings: Settings,
    data_dir: Path,
    message_id: UUID,
) -> tuple[Path, MediaFile]:
    """A message's file, stored or else from WhatsApp; no transaction is open during the fetch."""
    async with sessions() as session:
        found = await kept(session, data_dir, message_id)
        if found is not None:
            return found
        place = await locate(session, vault, message_id)
    async with account.client(settings) as api:
        fetched = await fetch(api, place, shelf := Shelf(data_dir))
    # Not linked to a message yet: the keeper will find it here, or a sweep.
    return shelf.path(fetched.name), safe(fetched.mime_type, place.name)


def name_of(record: MessageRecord) -> str:
    """The name of a message's file."""
    part = (record.payload or {}).get(record.kind)
    given = str(part.get("filename") or "") if isinstance(part, Mapping) else ""
    return given or f"{record.kind}-{str(record.id)[-8:]}"


async def fetch(
    api: CloudApi, place: MediaPlace, shelf: Shelf, *, max_bytes: int = MAX_BYTES
) -> Fetched:
    """Fetch the file from WhatsApp and store it on the shelf, in chunks.

    Raises NotFound if it has expired there, Invalid if too large, Conflict if incomplete.
    """
    try:
        described = await api.get(place.account, place.media_id)
        url, size = (
            shapes.text(described.get("url")),
            shapes.number(described.get("file_size")) or 0,
        )
        _check(place.account, url, size, max_bytes)
        name, got = await _keep(api, place.account, url, shelf, size, max_bytes)
    except downloads.TooLarge:
        raise _too_large() from None
    except (CloudApiError, ValueError):
        raise NotFound("media_gone") from None
    except (CallNotMade, CallUnanswered):
        raise Conflict("media_unreachable") from None
    declared = shapes.text(described.get("mime_type")).partition(";")[0].strip().lower()
    return Fetched(name, declared, got)


async def _keep(
    api: CloudApi, account_: Account, url: str, shelf: Shelf, announced: int, most: int
) -> tuple[str, int]:
    """Fetch onto the shelf; an incomplete file leaves nothing behind."""
    content = await asyncio.to_thread(Unfinished, shelf)
    try:
        got = await api.download(
            account_, url, lambda piece: asyncio.to_thread(content.write, piece), most
        )
        if got < announced:
            raise CallUnanswered("the file came in part")
        return await asyncio.to_thread(content.finish), got
    except BaseException:
        content.discard()
        raise


def _check(account_: Account, url: str, size: int, max_bytes: int) -> None:
    """The token is sent only to WhatsApp's own hosts, and never for more than we can store."""
    if not hosts.same_place(url, account_.api_url):
        raise NotFound("media_gone.address")
    if size > max_bytes:
        raise _too_large()


def _too_large() -> Invalid:
    return Invalid("media_too_large")


def safe(declared: str, name: str) -> MediaFile:
    """How a file of this type and name may be served."""
    inline = declared in INLINE
    ending = _ENDINGS.get(declared, "")
    full = name if "." in name or not ending else f"{name}{ending}"
    return MediaFile(declared if inline else "application/octet-stream", full, inline)
