"""What a process may send now: which spans of a campaign, and how close together."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID
from weakref import WeakValueDictionary

FORGIVEN_S = 0.003
"""Timer delays up to this are caught up immediately, longer ones never, so no burst follows a stall."""

CATCH_UP = 0.998
"""How much closer than their slots late sends follow each other until they have caught up."""


class Pacer:
    """Rate slots set the earliest time of a send; this sets how close together two may be."""

    def __init__(self) -> None:
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._due: dict[str, float] = {}

    async def turn(self, intervals: Mapping[str, float]) -> None:
        """Wait for a turn under every key; ``intervals`` are the seconds between two sends."""
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
    """Limits claimed messages not sent yet, which a crash would leave in doubt.

    Allows two claims at once, so that one is made while the other is sent; a large one goes alone.
    """

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._door = asyncio.Lock()
        self._room = asyncio.Semaphore(2)

    async def enter(self, count: int) -> Callable[[], None]:
        """Wait until this many may be claimed; returns what to call once they have been sent."""
        places = 1 if count <= self._half else 2
        async with self._door:  # otherwise two large ones would each hold half and deadlock
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

    If all claimed, they would share the work evenly, end together and leave a gap; and if one or two keep up with the
    number's speed, the others would query the database for nothing.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._campaigns: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, campaign_id: UUID) -> "Turn":
        """A place in the campaign's queue, not taken yet."""
        line = self._campaigns.get(campaign_id)
        if line is None:
            line = self._campaigns[campaign_id] = asyncio.Semaphore(self._at_once)
        return Turn(line)


class Turn:
    """One span's place: taken while it claims, released while it waits for anything else."""

    def __init__(self, line: asyncio.Semaphore) -> None:
        self._line = line
        self._taken = False

    async def take(self) -> None:
        """Wait until it is this span's turn; returns at once if it already is."""
        if not self._taken:
            await self._line.acquire()
            self._taken = True

    def leave(self) -> None:
        """Let the next span claim; does nothing if this one is not claiming."""
        if self._taken:
            self._taken = False
            self._line.release()
