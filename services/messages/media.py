"""Files of messages, fetched from WhatsApp when somebody looks at them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Invalid, NotFound
from domain.links import parts_of
from services.channels import account
from services.messages.content import MEDIA_KINDS
from services.messages.read import require
from services.vault import Vault
from whatsapp import shapes
from whatsapp.client import Account, CallNotMade, CallUnanswered, CloudApi, CloudApiError

MAX_BYTES = 100 * 1024 * 1024
"""The largest file WhatsApp delivers is a document of 100 MB."""

MEDIA_HOST = "lookaside.fbsbx.com"

INLINE = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/3gpp",
        "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus",
    }
)  # fmt: skip
"""Types a browser may show in place; anything else, HTML and SVG above all, is only downloaded."""

_ENDINGS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "video/mp4": ".mp4",
    "audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "application/pdf": ".pdf",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MediaPlace:
    """Where a file is: whose account, which media id, and what it is called."""

    account: Account
    media_id: str
    name: str


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file with a content type that is safe to answer with; ``inline`` files may be shown."""

    data: bytes
    content_type: str
    name: str
    inline: bool


async def locate(session: AsyncSession, vault: Vault, message_id: UUID) -> MediaPlace:
    """Where the file of a message is, or NotFound when the message has none of WhatsApp's."""
    record = await require(session, message_id)
    part = (record.payload or {}).get(record.kind)
    media_id = str(part.get("id") or "") if isinstance(part, dict) else ""
    if record.kind not in MEDIA_KINDS or not media_id.isdigit():
        raise NotFound("media_not_found", "This message has no file.")
    assert isinstance(part, dict)
    name = str(part.get("filename") or f"{record.kind}-{str(record.id)[-8:]}")
    return MediaPlace(await account.load(session, vault, record.channel_id), media_id, name)


async def fetch(api: CloudApi, place: MediaPlace, *, max_bytes: int = MAX_BYTES) -> MediaFile:
    """Ask WhatsApp for the file; NotFound when it has expired there, Invalid when too large."""
    try:
        described = await api.get(place.account, place.media_id)
        url, size = (
            shapes.text(described.get("url")),
            shapes.number(described.get("file_size")) or 0,
        )
        _check(place.account, url, size, max_bytes)
        data = await api.download(place.account, url)
    except (CloudApiError, ValueError):
        raise NotFound(
            "media_gone", "WhatsApp no longer has this file. It keeps files for 7 to 30 days."
        ) from None
    except (CallNotMade, CallUnanswered):
        raise Conflict("media_unreachable", "WhatsApp did not answer. Try again.") from None
    _check(place.account, url, len(data), max_bytes)
    declared = shapes.text(described.get("mime_type")).partition(";")[0].strip().lower()
    return _safe(data, declared, place.name)


def _check(account_: Account, url: str, size: int, max_bytes: int) -> None:
    """The token goes to WhatsApp's own hosts only, and never for more than we can hold."""
    host = parts_of(url).netloc
    if host not in (parts_of(account_.api_url).netloc, MEDIA_HOST):
        raise NotFound("media_gone", "WhatsApp gave no address for this file.")
    if size > max_bytes:
        raise Invalid("media_too_large", "This file is too large to show here.")


def _safe(data: bytes, declared: str, name: str) -> MediaFile:
    inline = declared in INLINE
    ending = _ENDINGS.get(declared, "")
    full = name if "." in name or not ending else f"{name}{ending}"
    return MediaFile(data, declared if inline else "application/octet-stream", full, inline)
