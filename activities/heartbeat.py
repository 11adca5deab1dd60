"""A long activity tells Temporal every second that it lives; a cancellation comes back the same way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

EVERY_S = 1.0


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Heartbeats for as long as the block runs."""
    beat = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beat.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(EVERY_S)
