"""Work that may outlive the activity that started it, but not the connections it uses."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

PATIENCE_S = 5.0
"""What is left at the end are final updates to open pages, or outcomes waiting for a lost database."""


class Background:
    """A worker's tasks; call ``end`` before disposing of its engines."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task and keep it until it is done."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def end(self) -> None:
        """Let everything finish, cancelling what takes more than seconds."""
        until = time.monotonic() + PATIENCE_S
        while (going := self._going()) and (left := until - time.monotonic()) > 0:
            await asyncio.wait(going, timeout=left)  # they may start others
        late = self._going()
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _going(self) -> list[asyncio.Task[None]]:
        return [task for task in self._tasks if not task.done()]
