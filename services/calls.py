"""API rate limits of a person or program across all API processes, whichever a proxy chooses."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from store import calls
from store.faults import where_there_is_room
from store.slots import FARTHEST

MOST = 10
"""Calls a process allows before it checks with the others: a tenth of a statement per call."""

LEAST = 3
"""The minimum it allows even near the limit: a statement per call would cost more."""

KEPT = 10_000
"""The most tabs remembered; the least recently used is forgotten first."""


@dataclass(slots=True)
class _Tab:
    """Calls this process allowed one client and has not reported yet."""

    untold: int = 0
    allowed: int = MOST
    closed_until: float = 0.0


class Tabs:
    """A tab per client, kept here and shared with the other processes from time to time.

    All together stay within the limit, except for a few unreported calls, which count later.
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
        """Seconds until there is room again; 0 if there is room now."""
        tab = self._tabs.get(key)
        return 0.0 if tab is None else max(0.0, tab.closed_until - time.monotonic())

    def count(self, key: str) -> int:
        """Count an allowed call; returns how many to report now, 0 for none yet."""
        tab = self._tab(key)
        tab.untold += 1
        if tab.untold < tab.allowed:
            return 0
        told, tab.untold = tab.untold, 0
        return told

    async def tell(self, session: AsyncSession, key: str, count: int) -> None:
        """Report to the others and learn what they allowed; a full disk must not keep anyone from reading."""
        with where_there_is_room():
            await self._tell(session, key, count)

    async def _tell(self, session: AsyncSession, key: str, count: int) -> None:
        ahead = await calls.add(session, key, timedelta(seconds=count / self._rate))
        tab = self._tab(key)
        if ahead is None:
            tab.untold += count
            return
        left = self._burst - ahead.total_seconds() * self._rate
        tab.allowed = max(
            LEAST, min(MOST, int(left) // 2)
        )  # the others allowed some in the meantime
        if left < 1:
            tab.closed_until = time.monotonic() + (1 - left) / self._rate

    def _tab(self, key: str) -> _Tab:
        tab = self._tabs.pop(key, None) or _Tab()
        self._tabs[key] = tab
        if len(self._tabs) > KEPT:
            self._tabs.popitem(last=False)
        return tab
