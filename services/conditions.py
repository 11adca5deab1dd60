"""What stops this installation from working, or soon will: full disks, an inaccessible data folder."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.system import LOW
from services import folders
from store import faults, installation

LOW_BYTES = 1024**3
LOW_SHARE = 0.10
FULL_BYTES = 16 * 1024**2


class Condition(StrEnum):
    """Conditions, worst first."""

    DATABASE_FULL = "database_full"
    DISK_FULL = "disk_full"
    FOLDER_CLOSED = "folder_closed"
    DISK_LOW = "disk_low"


@dataclass(frozen=True, slots=True)
class Room:
    """A disk's free space."""

    free: int
    total: int

    @property
    def is_full(self) -> bool:
        """Whether it is too full to work."""
        return self.free < FULL_BYTES

    @property
    def is_low(self) -> bool:
        """Whether a person should make room before it is full."""
        return self.free < LOW_BYTES or self.free < LOW_SHARE * self.total

    def order(self) -> tuple[bool, bool, float]:
        """What sorts the fullest first."""
        return not self.is_full, not self.is_low, self.free / max(self.total, 1)


def room(path: Path) -> Room:
    """Free space on the fullest disk of the data folder, parts of which may be on different disks.

    A missing or unavailable folder counts as its parent.
    """
    # Not Path.exists: it raises for an unavailable share, which would end the watch.
    existing = next(place for place in (path, *path.parents) if os.path.exists(place))
    places = [existing, *(_folders(path) if existing == path else ())]
    return min(_by_disk(places), key=Room.order)


def _folders(path: Path) -> list[Path]:
    with suppress(OSError):
        return [place for place in path.iterdir() if place.is_dir()]
    return []


def _by_disk(places: Iterable[Path]) -> Iterable[Room]:
    """The free space of each disk."""
    found: dict[int, Room] = {}
    for place in places:
        with suppress(OSError):  # just removed
            device = place.stat().st_dev
            if device not in found:
                usage = shutil.disk_usage(place)
                found[device] = Room(usage.free, usage.total)
    return found.values()


def of_disk(path: Path) -> Condition | None:
    """What is wrong with the data folder, or with its disk."""
    found = room(path)
    if found.is_full:
        return Condition.DISK_FULL
    if not folders.is_usable(path):
        return Condition.FOLDER_CLOSED
    return Condition.DISK_LOW if found.is_low else None


def said(condition: Condition | None) -> str:
    """What a process reports of its disk besides whether it is full."""
    return LOW if condition is Condition.DISK_LOW else ""


async def of_database(sessions: async_sessionmaker[AsyncSession]) -> Condition | None:
    """Whether the database has no room to write; raises if it is unavailable."""
    try:
        async with sessions.begin() as session:
            await installation.touch(session)
    except DBAPIError as error:
        if not faults.is_full(error):
            raise
        return Condition.DATABASE_FULL
    return None


def worst(conditions: Iterable[Condition]) -> Condition | None:
    """The condition to report."""
    found = set(conditions)
    return next((condition for condition in Condition if condition in found), None)
