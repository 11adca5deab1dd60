"""Small disks of our own that can be filled up: one for PostgreSQL, one for everything else."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.embedded.accounts import unprivileged
from cli.problems import Problem

DATABASE_MB, DATA_MB = 400, 300
FILLER = "whatsway-chaos-filler"
STEP = 4 * 1024 * 1024


@contextmanager
def small_disks(data: Path) -> Iterator[None]:
    """Mount them over the data folder and its database; unmounted at the end."""
    postgres = data / "postgres"
    with _mounted(data, DATA_MB, ""):
        postgres.mkdir()
        account = unprivileged()
        owner = f",uid={account.user},gid={account.group}" if account else ""
        data.chmod(0o711)
        with _mounted(postgres, DATABASE_MB, owner):
            yield


def fill(folder: Path) -> None:
    """Leave not a byte."""
    with (folder / FILLER).open("ab", buffering=0) as file, contextlib.suppress(OSError):
        for size in (STEP, 65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)


def make_room(folder: Path) -> None:
    """Undo that."""
    (folder / FILLER).unlink(missing_ok=True)


def why_not() -> str | None:
    """Why no disk can be made here; None when it can."""
    return None if os.geteuid() == 0 else "mounting a small disk needs root"


@contextmanager
def _mounted(folder: Path, megabytes: int, more: str) -> Iterator[None]:
    options = f"size={megabytes}m,mode=0700{more}"
    _run("mount", "-t", "tmpfs", "-o", options, "whatsway-chaos", str(folder))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        command, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Problem(f"`{' '.join(command)}` did not work: {done.stderr.strip()}")
