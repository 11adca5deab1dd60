"""The drain: one long activity that empties the webhook inbox as soon as something arrives."""

import asyncio
import logging
import time

from temporalio import activity

from activities.dependencies import Dependencies
from activities.listening import Ear, work_when_woken
from services.receiving.replaying import Replayer
from services.receiving.taking import Taker
from store import faults
from store.receiving.deliveries import WAKE

GATHER_S = 0.02
BUSY_GATHER_S, TALK_GATHER_S = 0.2, 0.1
BUSY = 5
"""The wait after a wake-up for more to arrive, as a batch costs little more than one delivery; longer while a
campaign's statuses stream in, ``BUSY`` and more at once, which then cost a third less, but not as long while customers
write, whom somebody may be watching. No wait if there is more than one batch.
"""

LONGEST_CATCH_UP_S = 60.0
STANDS_IN_S = 15.0
"""Longer than Temporal takes to notice that a dead worker's drain is gone."""

STANDS_IN_EVERY_S = 0.2
LOOKS_EVERY_S = 1.0
AWAY_S = 0.5

log = logging.getLogger(__name__)


class Drain:
    """The activity of the singleton drain workflow."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._needs = dependencies
        self._taker = Taker(dependencies.sessions, dependencies.unread.standing_by)
        self._replayer = Replayer(dependencies.sessions)
        self._ear = Ear(dependencies.database_url, WAKE, gather_s=GATHER_S)
        self._last = 0.0
        self._running = 0

    @activity.defn(name="webhooks.drain")
    async def drain(self) -> None:
        """Process deliveries for a few minutes; safe against crashes and forgotten duplicates."""
        self._running += 1
        try:
            await work_when_woken(self._ear, self._work)
        finally:
            self._running -= 1

    async def catch_up(self, stop: asyncio.Event) -> None:
        """Process waiting deliveries before anything is sent: people may have stopped marketing."""
        until = time.monotonic() + LONGEST_CATCH_UP_S
        while not stop.is_set() and time.monotonic() < until:
            if not await self._taken():
                return

    async def stand_in(self) -> None:
        """Process deliveries until Temporal has started a drain, then those waiting too long.

        Runs as long as the worker: another worker's drain may die or hang silently.
        """
        until = time.monotonic() + STANDS_IN_S
        while True:
            soon = time.monotonic() < until
            try:
                more = (soon or await self._nobody_reads()) and await self._taken()
            except Exception as error:  # noqa: BLE001 - nobody starts it again
                log.warning("standing in continues: %s", type(error).__name__)
                more = False
            if not more:
                await asyncio.sleep(STANDS_IN_EVERY_S if soon else LOOKS_EVERY_S)

    async def _nobody_reads(self) -> bool:
        """Our own drain is working on it; another one may be gone."""
        return not self._running and await self._needs.unread.too_long(self._needs.statements)

    async def _taken(self) -> bool:
        """Take a step, surviving database outages; returns whether there may be more."""
        try:
            return await self._step() is not None
        except faults.DATABASE_ERRORS as error:
            log.warning("deliveries wait for the database: %s", type(error).__name__)
            await asyncio.sleep(AWAY_S)
            return True

    async def _work(self) -> float | None:
        """What is new comes first; a replay goes on while nothing new waits."""
        again_s = await self._step()
        if again_s is None and await self._replayer.step():
            return 0.0
        return again_s

    async def _step(self) -> float | None:
        processed = await self._taker.take()
        if not processed.taken:
            return None
        now = time.monotonic()
        busy = processed.taken >= BUSY and now - self._last < 2 * BUSY_GATHER_S
        self._last = now
        if processed.more:
            return 0.0
        if not busy:
            return None
        return TALK_GATHER_S if processed.spoken else BUSY_GATHER_S
