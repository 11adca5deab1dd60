"""Starts in the background what received news ask for, so that nobody who reads them waits for Temporal."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Protocol, Self
from uuid import UUID

from services.receiving.following import Following

AT_ONCE = 16
MOST_WAITING = 20_000
PATIENCE_S = 10.0

log = logging.getLogger(__name__)

Start = Callable[[], Awaitable[bool]]


class Starts(Protocol):
    """Who can start them: the client of workflows."""

    async def start_window(
        self, conversation_id: UUID, opened_at: datetime, expires_at: datetime
    ) -> bool:
        """Start the workflow of a window."""
        ...

    async def send_message(self, message_id: UUID) -> bool:
        """Send a queued message."""
        ...

    async def sync_templates(self, channel_id: UUID) -> bool:
        """Fetch the templates of a channel's account."""
        ...


class Starter:
    """A bounded number of starts at once, the rest in order; what fails is left to the reconciler.

    ``missed`` says that windows have to be looked for. Messages and windows are found by their rows;
    template syncs have none, so their channels are kept in ``syncs`` until one was started.
    """

    def __init__(self, workflows: Starts) -> None:
        self._workflows = workflows
        self._waiting: deque[Start] = deque()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.missed = False
        self.syncs: set[UUID] = set()

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._work()) for _ in range(AT_ONCE)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def add(self, following: Following) -> None:
        """Take what is to be started; returns at once."""
        for message_id in following.messages:
            self._put(partial(self._workflows.send_message, message_id))
        for window in following.windows:
            opened, ends = window.opened_at, window.expires_at
            self._put(partial(self._workflows.start_window, window.conversation_id, opened, ends))
        new = set(following.syncs) - self.syncs
        self.syncs |= new
        self._put_syncs(new)

    def take_missed(self) -> bool:
        """Whether windows may lack their workflow since the last question; asks for owed syncs again."""
        missed, self.missed = self.missed, False
        if missed:
            self._put_syncs(self.syncs)
        return missed

    def _put_syncs(self, channel_ids: Iterable[UUID]) -> None:
        for channel_id in channel_ids:
            self._put(partial(self._sync, channel_id))

    async def _sync(self, channel_id: UUID) -> bool:
        if channel_id in self.syncs:
            started = await self._workflows.sync_templates(channel_id)
            if started:
                self.syncs.discard(channel_id)
            return started
        return True

    def _put(self, start: Start) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.missed = True
            return
        self._waiting.append(start)
        self._wake.set()

    async def _work(self) -> None:
        while True:
            while not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            start = self._waiting.popleft()
            try:
                if not await asyncio.wait_for(start(), PATIENCE_S):
                    self._give_up("not started")
            except Exception as error:  # noqa: BLE001 - a start must never end the starting
                self._give_up(type(error).__name__)

    def _give_up(self, cause: str) -> None:
        """Temporal is away or refuses: what waits would wait as long each, the reconciler knows it all."""
        log.warning("starting later: %s, %d waiting", cause, len(self._waiting))
        self._waiting.clear()
        self.missed = True
