"""The loop of a long activity that works whenever PostgreSQL notifies it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import psycopg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import beating
from store import faults
from store.engine import Use, connection_options, libpq_url

LONGEST_RUN_S = 240.0
"""The activity ends by itself after this, so that a new version can take over."""

AWAY_S = 0.5

log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[float | None]]
"""Does the work; returns seconds until there is more, None if nothing is left."""


class Ear:
    """Where a loop listens: the database, the channel, how long it waits without a notification, and how long after
    one, so that more can arrive.
    """

    def __init__(
        self, database_url: str, channel: str, *, poll_s: float = 1.0, gather_s: float = 0.0
    ) -> None:
        self.url = libpq_url(database_url)
        self.channel = channel
        self.poll_s, self.gather_s = poll_s, gather_s


async def work_when_woken(ear: Ear, step: Step) -> None:
    """Work for a few minutes, surviving database outages. Raises when the worker stops."""
    until = time.monotonic() + LONGEST_RUN_S
    async with beating():
        while _goes_on(until):
            try:
                async with await psycopg.AsyncConnection.connect(
                    ear.url, autocommit=True, **connection_options(ear.url, Use.LISTEN)
                ) as listener:
                    await listener.execute(f"LISTEN {ear.channel}")
                    await _listen(listener, ear, step, until)
            except faults.DATABASE_ERRORS as error:
                log.warning(
                    "%s waits for the database: %s %s",
                    ear.channel, type(error).__name__, faults.sqlstate(error),
                )  # fmt: skip
                await asyncio.sleep(AWAY_S)
        if activity.is_worker_shutdown():
            raise ApplicationError("worker_shutdown")


async def _listen(listener: psycopg.AsyncConnection, ear: Ear, step: Step, until: float) -> None:
    while _goes_on(until):
        again_s = await step()
        if again_s is not None:
            await asyncio.sleep(again_s)
            continue
        if [one async for one in listener.notifies(timeout=ear.poll_s, stop_after=1)]:
            await asyncio.sleep(ear.gather_s)
            async for _ in listener.notifies(timeout=0):
                pass  # one step is for all that came


def _goes_on(until: float) -> bool:
    return time.monotonic() < until and not activity.is_worker_shutdown()
