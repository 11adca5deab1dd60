"""How much a person or a program may ask of all API processes together, whichever a proxy chooses."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from store import calls
from store.faults import where_there_is_room
from store.slots import FARTHEST

MOST = 10
"""Calls that a process lets in before it asks what the others let in: a tenth of a statement for each."""

LEAST = 3
"""What it lets in at once although the limit is near: a statement for each call would cost more."""

KEPT = 10_000
"""Tabs remembered; the least recently used one is forgotten first."""


@dataclass(slots=True)
class _Tab:
    """What this process let one of them do and has not told yet."""

    untold: int = 0
    allowed: int = MOST
    closed_until: float = 0.0


class Tabs:
    """A tab for each, kept here and told to the other processes now and then.

    All together stay within the limit but for the few calls that are not told yet, and those count later.
    """

    def __init__(self, rate_per_s: float, burst: int) -> None:
        if burst / rate_per_s >= FARTHEST.total_seconds():
            raise ValueError(
                f"a burst of {burst} at {rate_per_s} per second takes too long to count"
            )
        self._rate = rate_per_s
        self._burst = burst
        self._tabs: OrderedDict[str, _Tab] = OrderedDict()

    def seconds_closed(self, key: str) -> float:
        """Seconds until there is room again; 0 when there is."""
        tab = self._tabs.get(key)
        return 0.0 if tab is None else max(0.0, tab.closed_until - time.monotonic())

    def count(self, key: str) -> int:
        """Count a call that was let in; how many are to be told now, 0 for none yet."""
        tab = self._tab(key)
        tab.untold += 1
        if tab.untold < tab.allowed:
            return 0
        told, tab.untold = tab.untold, 0
        return told

    async def tell(self, session: AsyncSession, key: str, count: int) -> None:
        """Tell the others, and hear what they let in; a full disk keeps nobody from reading."""
        with where_there_is_room():
            await self._tell(session, key, count)

    async def _tell(self, session: AsyncSession, key: str, count: int) -> None:
        ahead = await calls.add(session, key, timedelta(seconds=count / self._rate))
        tab = self._tab(key)
        if ahead is None:
            tab.untold += count
            return
        left = self._burst - ahead.total_seconds() * self._rate
        tab.allowed = max(LEAST, min(MOST, int(left) // 2))  # the others let some in meanwhile
        if left < 1:
            tab.closed_until = time.monotonic() + (1 - left) / self._rate

    def _tab(self, key: str) -> _Tab:
        tab = self._tabs.pop(key, None) or _Tab()
        self._tabs[key] = tab
        if len(self._tabs) > KEPT:
            self._tabs.popitem(last=False)
        return tab
