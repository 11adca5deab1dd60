"""What keeps this installation from sending and receiving, or soon will: disks that are full."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from store import installation

LOW_BYTES = 1024**3
LOW_SHARE = 0.10
FULL_BYTES = 16 * 1024**2
DISK_FULL = "53100"
"""PostgreSQL's SQLSTATE."""


class Condition(StrEnum):
    """The worst first."""

    DATABASE_FULL = "database_full"
    DISK_FULL = "disk_full"
    DISK_LOW = "disk_low"


@dataclass(frozen=True, slots=True)
class Room:
    """What a disk has left."""

    free: int
    total: int

    @property
    def is_full(self) -> bool:
        """Whether there is nothing left to work with."""
        return self.free < FULL_BYTES

    @property
    def is_low(self) -> bool:
        """Whether a person should make room before it is full."""
        return self.free < LOW_BYTES or self.free < LOW_SHARE * self.total


def room(path: Path) -> Room:
    """What the disk below a path has left; a folder that is not there yet counts by its parent."""
    existing = next(place for place in (path, *path.parents) if place.exists())
    usage = shutil.disk_usage(existing)
    return Room(usage.free, usage.total)


def of_disk(path: Path) -> Condition | None:
    """What is wrong with the disk of the data folder."""
    found = room(path)
    if found.is_full:
        return Condition.DISK_FULL
    return Condition.DISK_LOW if found.is_low else None


async def of_database(sessions: async_sessionmaker[AsyncSession]) -> Condition | None:
    """Whether the database has no room to write; one that is away raises."""
    try:
        async with sessions.begin() as session:
            await installation.touch(session)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != DISK_FULL:
            raise
        return Condition.DATABASE_FULL
    return None


def worst(conditions: Iterable[Condition]) -> Condition | None:
    """The one to tell people about."""
    found = set(conditions)
    return next((condition for condition in Condition if condition in found), None)
