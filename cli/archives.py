"""A backup's contents: the database, and the data folder's keys and files, in one tar file."""

import hashlib
import io
import json
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from cli.datafolder import SECRETS
from cli.problems import Problem

MANIFEST = "manifest.json"
DUMP = "database.dump"
FOLDERS = ("media", "imports", "campaigns")
"""The file folders of a data folder: for messages, imports and campaigns."""

CONTENTS = (MANIFEST, SECRETS, DUMP, *FOLDERS)
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """``revision`` of the database; ``keys`` identifies encryption keys without revealing them."""

    revision: str
    made_at: str
    keys: list[str]
    format: int = FORMAT


def mark(key: str) -> str:
    """A fingerprint of a key."""
    return hashlib.sha256(key.strip().encode()).hexdigest()[:16]


def marks(keys: str) -> list[str]:
    """Fingerprints of the keys in a comma-separated list."""
    return [mark(key) for key in keys.split(",") if key.strip()]


def write(stream: IO[bytes], manifest: Manifest, dump: Path, folder: Path) -> None:
    """Write everything in the order a restore needs it."""
    with tarfile.open(fileobj=stream, mode="w|") as archive:
        told = json.dumps(asdict(manifest), indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode, entry.mtime = len(told), 0o600, int(time.time())
        archive.addfile(entry, io.BytesIO(told))
        if (folder / SECRETS).exists():
            archive.add(folder / SECRETS, SECRETS, filter=_plain)
        archive.add(dump, DUMP, filter=_plain)
        for name in FOLDERS:
            for path in sorted((folder / name).rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    _add(archive, path, str(path.relative_to(folder)))


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    try:
        archive.add(path, name, filter=_plain)
    except FileNotFoundError:  # it has just expired
        return


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


@contextmanager
def _said(source: str) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise Problem(
            f"{source} is not a complete backup of WhatsWay ({error}): take another copy of it."
        ) from error


def unpack(stream: IO[bytes], target: Path, source: str) -> Manifest:
    """Unpack everything into an empty folder; raises Problem if it is not a complete backup of ours."""
    with _said(source), tarfile.open(fileobj=stream, mode="r|*") as archive:
        for entry in archive:
            if not entry.isfile() or Path(entry.name).parts[0] not in CONTENTS:
                raise Problem(f"{source} holds {entry.name}, which a WhatsWay backup never does.")
            archive.extract(entry, target, filter="data")
    try:
        manifest = Manifest(**json.loads((target / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise Problem(f"{source} is not a WhatsWay backup: it has no list of contents.") from error
    if manifest.format != FORMAT or not (target / DUMP).exists():
        raise Problem(f"{source} is incomplete, or was made by a newer release of WhatsWay.")
    return manifest
