"""The data folder: who may use it, its layout, and the small files kept in it."""

import contextlib
import fcntl
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.problems import Problem

SECRETS = "secrets.json"
PRIVATE = 0o700
OTHERS = 0o077
"""The umask of everything that a stack starts, too."""


class DataFolder:
    """One folder holds one installation; a lock ensures that only one program uses it."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.run = self.path / "run"
        self.logs = self.path / "logs"
        self.postgres = self.path / "postgres"
        self.temporal = self.path / "temporal.db"
        self.pids = self.run / "pids.json"
        self._lock: int | None = None

    def create(self) -> None:
        """Create the folders, or say why that fails."""
        try:
            self.path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            for folder in (self.run, self.logs):
                folder.mkdir(mode=PRIVATE, exist_ok=True)
        except OSError as error:
            raise Problem(
                f"The data folder {self.path} cannot be written ({error.strerror}): "
                "change its permissions or set WHATSWAY_DATA_DIR to another folder."
            ) from error

    def acquire(self) -> None:
        """Lock the folder for this process until it ends, however it ends."""
        self.create()
        lock = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            holder = self.read("pids.json").get("supervisor", {}).get("pid", "unknown")
            app = self.read("running.json").get("app")
            at = f" at {app}: use it, or" if app else ":"
            raise Problem(
                f"WhatsWay is already running on {self.path} (process {holder}){at} "
                "stop it there first, or set WHATSWAY_DATA_DIR to another folder for this one."
            ) from error
        self._lock = lock
        self.close_to_others()

    def close_to_others(self) -> None:
        """Revoke other accounts' access to our files, left by earlier releases or copying.

        The database's own folder is left to PostgreSQL, which refuses one that others can read.
        """
        for folder, folders, files in os.walk(self.path):
            if Path(folder) == self.path and self.postgres.name in folders:
                folders.remove(self.postgres.name)
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                close_to_others(path)

    def keep_changed(self, file: str, name: str, value: str) -> None:
        """Replace a kept value atomically; the others stay."""
        path = self.path / file
        write_json(path, read_json(path) | {name: value})

    def release(self) -> None:
        """Let the next program in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def is_in_use(self) -> bool:
        """True while another program holds the folder."""
        path = self.run / "lock"
        if not path.exists():
            return False
        with path.open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file in the run folder; empty if missing or truncated by a crash."""
        return read_json(self.run / name)

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Replace a JSON file in the run folder atomically."""
        write_json(self.run / name, content)

    def keep(self, file: str, name: str, make: Callable[[], str]) -> str:
        """The kept value with this name, generated once and readable only by the owner."""
        path = self.path / file
        content = read_json(path)
        if name not in content:
            if path.exists() and not content:
                raise Problem(
                    f"{path} is damaged: restore it from a backup, or move it away to start "
                    "with new secrets (stored channel tokens must then be entered again)."
                )
            content[name] = make()
            write_json(path, content)
        return str(content[name])

    def free_bytes(self) -> int:
        """The free space on the folder's disk."""
        existing = next(p for p in (self.path, *self.path.parents) if p.exists())
        return shutil.disk_usage(existing).free


def close_to_others(path: str) -> None:
    """Restrict a file or folder to its owner, if that is us; links are left as they are."""
    with contextlib.suppress(OSError):  # gone in the meantime, or not ours to change
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode) and mode & OTHERS:
            os.chmod(path, stat.S_IMODE(mode) & ~OTHERS)


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file, or an empty one."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a temporary file, flush, rename: readers see the old file or the new one, never half."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # makes the new name survive a power cut too
    finally:
        os.close(folder)
