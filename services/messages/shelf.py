"""The folder of message files, each stored once under the SHA-256 of its content."""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FOLDER = "media"
PARTS = 256


class Unfinished:
    """Content being written to the shelf: hashed as it arrives, invisible until complete."""

    def __init__(self, shelf: "Shelf") -> None:
        folder = shelf.path(secrets.token_hex(1)).parent  # any part will do, as all are swept
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=folder, prefix=".")
        self._shelf, self._file, self._beside = shelf, os.fdopen(handle, "wb"), Path(beside)
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add a chunk; raises OSError when the disk is full."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def finish(self) -> str:
        """Move it to the shelf; returns its name."""
        name = self._hash.hexdigest()
        path = self._shelf.path(name)
        if path.exists():
            os.utime(path)  # refresh its age, so that no sweep takes it for an orphan
            self.discard()
            return name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._beside.replace(path)
        return name

    def discard(self) -> None:
        """Remove unfinished content."""
        with suppress(OSError):  # buffered data cannot be written to a full disk
            self._file.close()
        self._beside.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Shelf:
    """``root`` is the data folder, which every process of the installation shares."""

    root: Path

    def put(self, data: bytes) -> str:
        """Store content and return its name. Readers see all of it or nothing; raises OSError when full."""
        content = Unfinished(self)
        try:
            content.write(data)
            return content.finish()
        except BaseException:
            content.discard()
            raise

    def path(self, name: str) -> Path:
        """Where content is, or would be."""
        return self.root / FOLDER / name[:2] / name

    def older(self, part: int, than: float) -> list[Path]:
        """The contents in one of the folder's 256 parts, even unfinished, last touched before a time."""
        folder = self.root / FOLDER / f"{part:02x}"
        found = list(folder.iterdir()) if folder.is_dir() else []
        return [path for path in found if _touched(path) < than]

    def remove(self, paths: Iterable[Path], than: float) -> int:
        """Remove contents unless they were stored again since; returns how many."""
        gone = [path for path in paths if _touched(path) < than]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
