"""Sends a long activity's heartbeat to Temporal every second; cancellation arrives the same way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

EVERY_S = 1.0


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Send heartbeats while the block runs."""
    beat = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beat.cancel()


async def _beat() -> None:
    while True:
        await asyncio.sleep(EVERY_S)  # what takes less costs no call
        activity.heartbeat()
