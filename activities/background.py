"""Work that may outlive the activity that began it, and never the connections that it uses."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

PATIENCE_S = 5.0
"""What is left at the end is the last word to open pages, or outcomes a lost database keeps waiting."""


class Background:
    """Tasks of a worker; ``end`` comes before its engines are disposed."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin it; the task is kept until it is done."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def end(self) -> None:
        """Let everything finish, and cancel what does not within seconds."""
        until = time.monotonic() + PATIENCE_S
        while (going := self._going()) and (left := until - time.monotonic()) > 0:
            await asyncio.wait(going, timeout=left)  # they may begin others
        late = self._going()
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _going(self) -> list[asyncio.Task[None]]:
        return [task for task in self._tasks if not task.done()]
