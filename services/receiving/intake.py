"""Store webhook deliveries, many requests per commit, before answering 200 (law 4)."""

import asyncio
from collections import deque
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from store import faults
from store.receiving import deliveries
from store.receiving.deliveries import RawEvent

LARGEST_GROUP = 200
GROUP_BYTES = 8 * 1024 * 1024
"""The most bytes per commit; a single delivery may be larger."""

WAITING_BYTES = 64 * 1024 * 1024
WAITING = 20_000
"""The most bytes waiting for the database. Beyond that deliveries are rejected, and Meta retries."""


class Full(Exception):
    """Too much is waiting for the database to accept more now."""


class Intake:
    """Group commit: requests that arrive while one insert runs share the next one."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._waiting: deque[tuple[RawEvent, asyncio.Future[None]]] = deque()
        self._held = 0
        self._held_bytes = 0
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, body: bytes, signed_for: Iterable[UUID] | None) -> None:
        """Return when the delivery is committed; raises what the database raised, or Full.

        ``signed_for`` are the channels whose secret signed it, None when it needs no signature.
        """
        event = RawEvent(body, None if signed_for is None else frozenset(signed_for))
        if self._held >= WAITING or self._held_bytes + len(body) > WAITING_BYTES:
            raise Full
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held += 1
        self._held_bytes += len(body)
        self._waiting.append((event, committed))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await committed

    async def _write(self) -> None:
        while self._waiting:
            group = self._group()
            error = await self._store([event for event, _ in group])
            self._held -= len(group)
            self._held_bytes -= sum(len(event.body) for event, _ in group)
            for _, committed in group:
                if committed.done():
                    continue
                if error is None:
                    committed.set_result(None)
                else:
                    committed.set_exception(error)

    def _group(self) -> list[tuple[RawEvent, asyncio.Future[None]]]:
        """The next deliveries for one commit: a few large or many small ones."""
        group = [self._waiting.popleft()]
        size = len(group[0][0].body)
        while self._waiting and len(group) < LARGEST_GROUP:
            size += len(self._waiting[0][0].body)
            if size > GROUP_BYTES:
                break
            group.append(self._waiting.popleft())
        return group

    async def _store(self, events: list[RawEvent]) -> Exception | None:
        """Commit, trying twice if another process was in the way. A failure is raised to every request."""
        for last in (False, True):
            try:
                async with self._sessions.begin() as session:
                    await deliveries.store(session, events)
            except Exception as raised:  # noqa: BLE001 - handed to every request of the group
                if last or not faults.is_busy(raised):
                    return raised
            else:
                break
        return None
