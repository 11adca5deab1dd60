"""The drain: one long activity that empties the webhook inbox as soon as something arrives."""

import asyncio
import logging
import time
from collections.abc import Callable

import psycopg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.dependencies import Dependencies
from activities.heartbeat import beating
from services.receiving.following import Following
from services.receiving.taking import Taker
from store import faults
from store.engine import libpq_url
from store.receiving.deliveries import WAKE

LONGEST_RUN_S = 240.0
"""The activity ends by itself after this, so that a new version gets its turn."""

POLL_S = 1.0
GATHER_S = 0.02
BUSY_GATHER_S = 0.1
"""After a wake-up: let neighbours arrive, a batch costs little more than one; longer while statuses
of a campaign stream in, which cost a third less that way."""

log = logging.getLogger(__name__)


Follow = Callable[[Following], None]
"""Takes what must be started after a commit, and returns at once: the drain never waits for Temporal.

The worker hands it in, activities know no workflows."""


class Drain:
    """The activity of the singleton drain workflow."""

    def __init__(self, dependencies: Dependencies, follow: Follow) -> None:
        self._taker = Taker(dependencies.sessions)
        self._url = libpq_url(dependencies.database_url)
        self._follow = follow

    @activity.defn(name="webhooks.drain")
    async def drain(self) -> None:
        """Process deliveries for a few minutes; crash-safe, and safe beside a forgotten twin."""
        async with beating():
            await self._run(time.monotonic() + LONGEST_RUN_S)

    async def _run(self, until: float) -> None:
        while time.monotonic() < until and not activity.is_worker_shutdown():
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True
                ) as listener:
                    await listener.execute(f"LISTEN {WAKE}")
                    await self._listen(listener, until)
            except faults.DATABASE_ERRORS as error:
                log.warning(
                    "the drain waits for the database: %s %s",
                    type(error).__name__, faults.sqlstate(error),
                )  # fmt: skip
                await asyncio.sleep(POLL_S / 2)
        if activity.is_worker_shutdown():
            raise ApplicationError("worker_shutdown")

    async def _listen(self, listener: psycopg.AsyncConnection, until: float) -> None:
        last = 0.0
        while time.monotonic() < until and not activity.is_worker_shutdown():
            processed = await self._taker.take()
            self._follow(processed)
            if processed.taken:
                busy, last = time.monotonic() - last < 2 * BUSY_GATHER_S, time.monotonic()
                await asyncio.sleep(BUSY_GATHER_S if busy else 0)
                continue
            async for _ in listener.notifies(timeout=POLL_S, stop_after=1):
                await asyncio.sleep(GATHER_S)
