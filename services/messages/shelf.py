"""The folder where files of messages lie, each once, under the SHA-256 of its content."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
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
            os.utime(path)  # as young as if it were new, so that no sweep takes it for an orphan
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

    def older(self, part: int, than: float) -> list[Path]:
        """The contents in one of the folder's 256 parts, unfinished ones too, touched last before a time."""
        folder = self.root / FOLDER / f"{part:02x}"
        found = list(folder.iterdir()) if folder.is_dir() else []
        return [path for path in found if _touched(path) < than]

    def remove(self, paths: Iterable[Path], than: float) -> int:
        """Remove contents unless somebody has kept them anew since; how many."""
        gone = [path for path in paths if _touched(path) < than]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
