"""The drain: one long activity that empties the webhook inbox as soon as something arrives."""

import time
from collections.abc import Callable

from temporalio import activity

from activities.dependencies import Dependencies
from activities.listening import Ear, work_when_woken
from services.receiving.following import Following
from services.receiving.process import LARGEST_BATCH
from services.receiving.taking import Taker
from store.receiving.deliveries import WAKE

GATHER_S = 0.02
BUSY_GATHER_S = 0.2
"""After a wake-up: let neighbours arrive, a batch costs little more than one; longer while statuses
of a campaign stream in, which cost a third less that way. Not when there are more than a batch takes."""

Follow = Callable[[Following], None]
"""Takes what must be started after a commit, and returns at once: the drain never waits for Temporal.

The worker hands it in, activities know no workflows."""


class Drain:
    """The activity of the singleton drain workflow."""

    def __init__(self, dependencies: Dependencies, follow: Follow) -> None:
        self._taker = Taker(dependencies.sessions)
        self._ear = Ear(dependencies.database_url, WAKE, gather_s=GATHER_S)
        self._follow = follow
        self._last = 0.0

    @activity.defn(name="webhooks.drain")
    async def drain(self) -> None:
        """Process deliveries for a few minutes; crash-safe, and safe beside a forgotten twin."""
        await work_when_woken(self._ear, self._step)

    async def _step(self) -> float | None:
        processed = await self._taker.take()
        self._follow(processed)
        if not processed.taken:
            return None
        busy, self._last = time.monotonic() - self._last < 2 * BUSY_GATHER_S, time.monotonic()
        return BUSY_GATHER_S if busy and processed.taken < LARGEST_BATCH else 0.0
