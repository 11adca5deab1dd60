"""Run a stack until a signal ends it; a second signal ends it immediately."""

import asyncio
import os
import signal
import time
from collections.abc import Callable

from cli import console, first_channel
from cli.stack import Stack

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def until_signal(stack: Stack, started: Callable[[Stack, float], None]) -> None:
    """Start, report that it is ready, wait for a signal, stop."""
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if leave.is_set():
            # The watchdog notices our exit and ends the children.
            os._exit(130)
        leave.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, on_signal)
    begin = time.monotonic()
    starting = asyncio.create_task(stack.start())
    leaving = asyncio.create_task(leave.wait())
    await asyncio.wait({starting, leaving}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        console.say("stopping")
        starting.cancel()
        await asyncio.wait({starting})
        return
    try:
        await starting
        started(stack, time.monotonic() - begin)
        watching = asyncio.create_task(first_channel.watch(stack.settings, console.say))
        await leaving
        watching.cancel()
        console.say("stopping (press Ctrl-C again to stop at once)")
    finally:
        leaving.cancel()
        await stack.stop()
    console.say("stopped")
