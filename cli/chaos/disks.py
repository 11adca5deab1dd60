"""Small disks that can be filled up: one for PostgreSQL, one for everything else."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from cli.datafolder import DataFolder
from cli.embedded.postgres import EmbeddedPostgres
from cli.problems import Problem

DATABASE_MB, DATA_MB = 400, 300
FILLER = "whatsway-chaos-filler"
STEP = 4 * 1024 * 1024


@asynccontextmanager
async def small_disks(data: Path) -> AsyncIterator[None]:
    """Mount them over the data folder and its database; unmounted at the end."""
    with mounted(data, DATA_MB):
        folder = DataFolder(data)
        folder.create()
        await EmbeddedPostgres(folder, 0).create()
        with _moved_to_its_own_disk(folder.postgres):
            yield


@contextmanager
def _moved_to_its_own_disk(folder: Path) -> Iterator[None]:
    folder.parent.chmod(0o711)  # PostgreSQL runs as another account and must be able to traverse it
    aside = folder.with_name("made")
    folder.rename(aside)
    folder.mkdir()
    with mounted(folder, DATABASE_MB):
        _run("cp", "-a", f"{aside}/.", str(folder))
        shutil.rmtree(aside)
        yield


def fill(folder: Path) -> None:
    """Fill it to the last byte."""
    with (folder / FILLER).open("ab", buffering=0) as file, contextlib.suppress(OSError):
        for size in (STEP, 65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)


def make_room(folder: Path) -> None:
    """Free the space again."""
    (folder / FILLER).unlink(missing_ok=True)


def why_not() -> str | None:
    """Why no disk can be created here; None if it can."""
    return None if os.geteuid() == 0 else "mounting a small disk needs root"


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[None]:
    options = f"size={megabytes}m,mode=0700"
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
