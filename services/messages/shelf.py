"""The folder where files of messages lie, each once, under the SHA-256 of its content."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = "media"
PARTS = 256


@dataclass(frozen=True, slots=True)
class Shelf:
    """``root`` is the data folder, which every process of the installation shares."""

    root: Path

    def put(self, data: bytes) -> str:
        """Keep a content; its name. A reader sees all of it or nothing; raises OSError when full."""
        name = hashlib.sha256(data).hexdigest()
        path = self.path(name)
        if path.exists():
            return name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        return name

    def path(self, name: str) -> Path:
        """Where a content lies, or would."""
        return self.root / FOLDER / name[:2] / name

    def names(self, part: int) -> Iterator[Path]:
        """The contents in one of the folder's 256 parts, unfinished ones included."""
        folder = self.root / FOLDER / f"{part:02x}"
        return folder.iterdir() if folder.is_dir() else iter(())
