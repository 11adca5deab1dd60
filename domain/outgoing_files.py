"""Files that we send: what WhatsApp takes of each kind, how content is recognised, and how a document names a file."""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, unquote

from domain.errors import Invalid

MEGABYTE = 1024 * 1024

HEAD_BYTES = 4096
"""How much of a file's beginning tells what it is."""

NAME_LIMIT = 200

ID_LASTS = timedelta(days=29)
"""How long a file that was uploaded to WhatsApp is used there; it is deleted after 30 days."""

KEPT = timedelta(days=30)
"""How long a file is kept after the last draft or version that acts stopped naming it."""

STILL_STICKER = 100 * 1024
"""A sticker that does not move has a lower limit."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a message of a kind can carry: at most so many bytes, of these types by the endings of their names."""

    limit: int
    types: Mapping[str, tuple[str, ...]]


_OFFICE = "application/vnd.openxmlformats-officedocument."

KINDS: Mapping[str, Kind] = {
    "image": Kind(5 * MEGABYTE, {"image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",)}),
    "video": Kind(16 * MEGABYTE, {"video/mp4": (".mp4",), "video/3gpp": (".3gp",)}),
    "audio": Kind(
        16 * MEGABYTE,
        {
            "audio/aac": (".aac",), "audio/amr": (".amr",), "audio/mpeg": (".mp3",), "audio/mp4": (".m4a",),
            "audio/ogg": (".ogg", ".opus"),
        },
    ),
    "document": Kind(
        100 * MEGABYTE,
        {
            "application/pdf": (".pdf",), "text/plain": (".txt", ".csv"), "application/msword": (".doc",),
            "application/vnd.ms-excel": (".xls",), "application/vnd.ms-powerpoint": (".ppt",),
            f"{_OFFICE}wordprocessingml.document": (".docx",), f"{_OFFICE}spreadsheetml.sheet": (".xlsx",),
            f"{_OFFICE}presentationml.presentation": (".pptx",),
        },
    ),
    "sticker": Kind(500 * 1024, {"image/webp": (".webp",)}),
}  # fmt: skip
"""Meta's media types; each type belongs to one kind."""

KIND_OF: Mapping[str, str] = {mime: kind for kind, one in KINDS.items() for mime in one.types}

_ENDINGS: Mapping[str, str] = {
    ending: mime for kind in KINDS.values() for mime, endings in kind.types.items() for ending in endings
}  # fmt: skip

_SIGNS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_INSIDE_OFFICE = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/", b"ppt/")
_MOVES = 0x02
"""The flag of a WebP picture that is animated."""


def recognise(head: bytes, name: str) -> str:
    """The type of a file by its first bytes, and by its name only where those cannot tell; "" if WhatsApp takes no such."""
    for sign, mime in _SIGNS:
        if head.startswith(sign):
            return mime
    ending = _ENDINGS.get(_ending(name), "")
    if head[4:8] == b"ftyp":
        return "" if head[8:12] in _OTHER_BRANDS else _film(head[8:12], ending)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:1] == b"\xff" and len(head) > 1:
        return _sound(head[1])
    if head.startswith(_OLD_OFFICE) or (head.startswith(_ZIP) and _is_office(head)):
        zipped = head.startswith(_ZIP)
        return ending if ending.startswith(_OFFICE if zipped else _OLD) else ""
    return ending if ending == "text/plain" and _is_text(head) else ""


_OLD = ("application/msword", "application/vnd.ms-")
_OTHER_BRANDS = frozenset(
    {
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"qt  ",
    }
)  # fmt: skip
"""Of pictures (HEIC, AVIF) and QuickTime films, which begin like an MP4."""


def _ending(name: str) -> str:
    _, dot, last = name.lower().rpartition(".")
    return f".{last}" if dot else ""


def _film(brand: bytes, ending: str) -> str:
    if brand[:3] == b"M4A" or ending == "audio/mp4":
        return "audio/mp4"
    return "video/3gpp" if brand[:2] == b"3g" else "video/mp4"


def _sound(second: int) -> str:
    """MPEG audio without a tag before it, by the header of its first frame."""
    if second & 0xF6 == 0xF0:
        return "audio/aac"
    return "audio/mpeg" if second & 0xE6 == 0xE2 else ""


def _is_office(head: bytes) -> bool:
    return any(part in head for part in _INSIDE_OFFICE)


def _is_text(head: bytes) -> bool:
    try:  # where the file goes on, its last character may have been cut
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return False
    return b"\0" not in head


def checked(kind: str, head: bytes, name: str, size: int) -> str:
    """The type of a file that a message of this kind can carry; raises Invalid, which says why it cannot."""
    known = KINDS.get(kind)
    if known is None:
        raise Invalid("media_kind", field="kind", kinds=tuple(KINDS))
    if not size:
        raise Invalid("file_empty", field="file")
    mime = recognise(head, name)
    if KIND_OF.get(mime) != kind:
        raise Invalid(f"file_type.{kind}", field="file")
    still = kind == "sticker" and not _is_animated(head)
    limit = STILL_STICKER if still else known.limit
    if size > limit:
        most, has = readable(limit), readable(size)
        raise Invalid(
            "file_large.still" if still else "file_large", field="file", most=most, size=has
        )
    return mime


def _is_animated(head: bytes) -> bool:
    return head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & _MOVES)


def readable(size: int) -> str:
    """A size as people say it, never below what it is."""
    unit, name = (MEGABYTE, "MB") if size >= MEGABYTE else (1024, "KB")
    tenths = -(-size * 10 // unit)
    return f"{tenths // 10}.{tenths % 10} {name}" if tenths % 10 else f"{tenths // 10} {name}"


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name or name in {".", ".."}


def checked_name(name: str, mime: str) -> str:
    """A file's name without anything that cannot be shown; raises Invalid for one with a path in it.

    It ends as its type does: by that, phones choose what opens it.
    """
    if _is_path(name):
        raise Invalid("file_name", field="file")
    plain = "".join(char for char in name if char.isprintable()).strip()
    endings = KINDS[KIND_OF[mime]].types[mime]
    ending = _ending(plain)
    if ending not in endings:
        ending = endings[0]
        plain = (plain or KIND_OF[mime]) + ending
    return plain if len(plain) <= NAME_LIMIT else plain[: NAME_LIMIT - len(ending)] + ending


SCHEME = "file:"
NAMED = rf"{SCHEME}([0-9a-f]{{64}})/"
"""How a link to a file begins, as Python and PostgreSQL read patterns."""

_LINK = re.compile(rf"{NAMED}([^/\s{{}}]*)")


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file of this installation, as documents name it where a link could stand: by its content, and as it is called."""

    sha256: str
    name: str

    @property
    def text(self) -> str:
        """The link."""
        return f"{SCHEME}{self.sha256}/{quote(self.name, safe='')}"


def is_file(link: str) -> bool:
    """Whether a link names a file of an installation, not an address."""
    return link.startswith(SCHEME)


def parse(link: str) -> FileLink | None:
    """The file that a link names; None for anything else, as for a name that ``checked_name`` does not give."""
    found = _LINK.fullmatch(link)
    name = unquote(found[2]) if found else ""
    if found is None or _is_path(name) or len(name) > NAME_LIMIT or not name.isprintable():
        return None
    return FileLink(found[1], name)


def links(texts: Iterator[str]) -> frozenset[str]:
    """The contents that these texts name, by SHA-256."""
    return frozenset(found.sha256 for text in texts if (found := parse(text)) is not None)
