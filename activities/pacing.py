"""Who of a process may send now: which spans of a campaign, and how closely two sends may follow."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID
from weakref import WeakValueDictionary

FORGIVEN_S = 0.003
"""Lateness of timers up to this is made up for at once; more never is, so no burst follows a stall."""

CATCH_UP = 0.998
"""Sends that are late follow this much closer than their slots, until they are as late no longer."""


class Pacer:
    """Rate slots say when a send may leave at the earliest; this says how close two may follow."""

    def __init__(self) -> None:
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._due: dict[str, float] = {}

    async def turn(self, intervals: Mapping[str, float]) -> None:
        """Wait for one's turn under every key; ``intervals`` are seconds between two sends."""
        for key in sorted(intervals):
            await self._wait(key, intervals[key])

    async def _wait(self, key: str, interval: float) -> None:
        clock = asyncio.get_running_loop().time
        async with self._turns[key]:
            wait = self._due.get(key, 0.0) - clock()
            if wait > 0:
                await asyncio.sleep(wait)
            self._due[key] = (
                max(self._due.get(key, 0.0), clock() - FORGIVEN_S) + interval * CATCH_UP
            )


class Leaving:
    """Claimed messages that have not left: what a crash leaves in doubt, so they are few.

    Two claims at once, so that one is made while the other leaves; a large one goes alone.
    """

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._door = asyncio.Lock()
        self._room = asyncio.Semaphore(2)

    async def enter(self, count: int) -> Callable[[], None]:
        """Wait until so many may be claimed; what to call when they have left."""
        places = 1 if count <= self._half else 2
        async with self._door:  # or two large ones would each hold half and wait for the other
            taken = 0
            try:
                for _ in range(places):
                    await self._room.acquire()
                    taken += 1
            except BaseException:
                self._give_back(taken)
                raise
        return partial(self._give_back, places)

    def _give_back(self, places: int) -> None:
        for _ in range(places):
            self._room.release()


class Turns:
    """How many spans of a campaign claim at once in this process; the others stand by.

    If all of them claimed, they would share the work evenly, end together and leave a gap; and where
    one or two keep up with the number's speed, every other only asks the database for nothing.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._campaigns: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, campaign_id: UUID) -> "Turn":
        """A place in the campaign's line, not taken yet."""
        line = self._campaigns.get(campaign_id)
        if line is None:
            line = self._campaigns[campaign_id] = asyncio.Semaphore(self._at_once)
        return Turn(line)


class Turn:
    """The place of one span: taken while it claims, left while it waits for anything else."""

    def __init__(self, line: asyncio.Semaphore) -> None:
        self._line = line
        self._taken = False

    async def take(self) -> None:
        """Wait until it is this span's turn; nothing when it is already."""
        if not self._taken:
            await self._line.acquire()
            self._taken = True

    def leave(self) -> None:
        """Let the next one claim; nothing when this one does not."""
        if self._taken:
            self._taken = False
            self._line.release()
