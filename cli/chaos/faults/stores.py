"""Temporal's file is deleted or replaced by an old copy, while it is running or down."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from cli.bench.scene import Scene
from cli.chaos.plan import Blow

SUFFIXES = ("", "-wal", "-shm")


async def store(scene: Scene, blow: Blow) -> None:
    """What Temporal knew is gone or outdated; PostgreSQL has the truth (law 7)."""
    file = scene.stack.data.temporal
    if blow.component == "old_copy":
        copy = await asyncio.to_thread(copy_of, file)
        await asyncio.sleep(blow.seconds)
        scene.stack.kill_and("temporal", lambda: _replace(file, copy))
        return
    if blow.component == "deleted_running":
        remove(file)
        await asyncio.sleep(blow.seconds)
    scene.stack.kill_and("temporal", lambda: remove(file))


def remove(file: Path) -> None:
    """Delete a SQLite database."""
    for suffix in SUFFIXES:
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def copy_of(file: Path) -> Path:
    """Copy a SQLite database as it is now, even while in use."""
    copy = file.with_name("temporal.copy")
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _replace(file: Path, copy: Path) -> None:
    remove(file)
    shutil.move(copy, file)
