"""Spacing of sends inside one process: what runs late does not catch up in a burst."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

FORGIVEN_S = 0.005
"""Lateness of timers up to this is made up for; more is lost, so a stall is never followed by a burst."""


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
            self._due[key] = max(self._due.get(key, 0.0), clock() - FORGIVEN_S) + interval
