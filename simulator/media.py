"""Uploaded and received media: limits per kind, files on disk, short-lived download addresses."""

import hashlib
import tempfile
from base64 import b64encode
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simulator.errors import GraphError
from simulator.identifiers import node_id

URL_SECONDS = 300
UPLOAD_SECONDS = 30 * 86_400
_MEGABYTE = 1024 * 1024
GIF_LIMIT = 3_670_016  # three and a half megabytes

_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS: dict[str, tuple[str, int]] = {
    "image/jpeg": ("image", 5 * _MEGABYTE),
    "image/png": ("image", 5 * _MEGABYTE),
    "image/webp": ("sticker", 500 * 1024),
    "video/mp4": ("video", 16 * _MEGABYTE),
    "video/3gpp": ("video", 16 * _MEGABYTE),
    "audio/aac": ("audio", 16 * _MEGABYTE),
    "audio/amr": ("audio", 16 * _MEGABYTE),
    "audio/mpeg": ("audio", 16 * _MEGABYTE),
    "audio/mp4": ("audio", 16 * _MEGABYTE),
    "audio/ogg": ("audio", 16 * _MEGABYTE),
    "text/plain": ("document", 100 * _MEGABYTE),
    "application/pdf": ("document", 100 * _MEGABYTE),
    "application/msword": ("document", 100 * _MEGABYTE),
    "application/vnd.ms-excel": ("document", 100 * _MEGABYTE),
    "application/vnd.ms-powerpoint": ("document", 100 * _MEGABYTE),
    f"{_OFFICE}wordprocessingml.document": ("document", 100 * _MEGABYTE),
    f"{_OFFICE}spreadsheetml.sheet": ("document", 100 * _MEGABYTE),
    f"{_OFFICE}presentationml.presentation": ("document", 100 * _MEGABYTE),
}

# Leading bytes that reveal a wrong declared type.
_MAGIC = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "application/pdf": b"%PDF",
    "audio/ogg": b"OggS",
    "image/webp": b"RIFF",
}


@dataclass(frozen=True, slots=True)
class Media:
    """One stored file; `sha256` is base64 as webhooks show it, `hex_sha256` as the Graph node does."""

    id: str
    mime_type: str
    kind: str
    size: int
    sha256: str
    hex_sha256: str
    filename: str
    created: float
    number: int


class MediaShelf:
    """Files next to the journal, or in a temporary folder that is deleted with the process."""

    def __init__(self, log_path: Path | None) -> None:
        self._items: dict[str, Media] = {}
        self._links: dict[str, tuple[str, float]] = {}
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._folder = log_path.with_suffix(".media") if log_path else None

    def put(self, data: bytes, mime_type: str, filename: str, number: int, now: float) -> Media:
        """Checks and stores a file."""
        plain_type = mime_type.partition(";")[0].strip().lower()
        kind, limit = KINDS.get(plain_type, ("", 0))
        if not kind:
            raise GraphError(
                100, f"Param file must be a file with one of the supported types; got {plain_type}."
            )
        if not data or len(data) > limit:
            raise GraphError(131053, f"A {kind} must have between 1 and {limit} bytes.")
        magic = _MAGIC.get(plain_type)
        if magic and not data.startswith(magic):
            raise GraphError(131053, f"The file's content is not {plain_type}.")
        digest = hashlib.sha256(data).digest()
        media = Media(
            id=node_id(),
            mime_type=plain_type,
            kind=kind,
            size=len(data),
            sha256=b64encode(digest).decode(),
            hex_sha256=digest.hex(),
            filename=filename,
            created=now,
            number=number,
        )
        self._path(media.id).write_bytes(data)
        self._items[media.id] = media
        return media

    def get(self, identifier: str, now: float) -> Media | None:
        """A file that has not expired."""
        media = self._items.get(identifier)
        return media if media and now - media.created < UPLOAD_SECONDS else None

    def usable(self, now: float, number: int, identifier: str, kind: str) -> bool:
        """Whether a message of that kind from that number may carry the file."""
        media = self.get(identifier, now)
        if media is None or media.number != number:
            return False
        if kind == "gif":
            return media.mime_type == "video/mp4" and media.size <= GIF_LIMIT
        return media.kind == kind or kind == "document"

    def read(self, identifier: str) -> bytes:
        """The file's bytes."""
        return self._path(identifier).read_bytes()

    def delete(self, identifier: str) -> bool:
        """Removes a file."""
        if self._items.pop(identifier, None) is None:
            return False
        self._path(identifier).unlink(missing_ok=True)
        return True

    def link(self, identifier: str, now: float) -> str:
        """A download key for five minutes."""
        for key in [key for key, (_, until) in self._links.items() if until < now]:
            del self._links[key]
        key = node_id()
        self._links[key] = (identifier, now + URL_SECONDS)
        return key

    def linked(self, key: str, now: float) -> str | None:
        """The media id behind a download key that has not expired."""
        identifier, until = self._links.get(key, ("", 0.0))
        return identifier if until >= now else None

    def records(self) -> list[dict[str, Any]]:
        """What the journal keeps."""
        return [asdict(media) for media in self._items.values()]

    def restore(self, record: dict[str, Any]) -> None:
        """Restores one file from an earlier run."""
        media = Media(**record)
        if self._path(media.id).exists():
            self._items[media.id] = media

    def forget(self, identifier: str) -> None:
        """Drops a file deleted in an earlier run."""
        self._items.pop(identifier, None)

    def close(self) -> None:
        """Removes temporary files."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _path(self, identifier: str) -> Path:
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="simulator-media-")
            self._folder = Path(self._temporary.name)
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / identifier
