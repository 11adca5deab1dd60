"""Keep webhook deliveries, many requests in one commit, before anyone is told 200 (law 4)."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from store import faults
from store.receiving import deliveries
from store.receiving.deliveries import RawEvent

LARGEST_GROUP = 200


class Intake:
    """Group commit: requests that arrive while one insert runs share the next one."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._waiting: list[tuple[RawEvent, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, body: bytes, signed_for: Iterable[UUID] | None) -> None:
        """Return when the delivery is committed; raises what the database raised.

        ``signed_for`` are the channels whose secret signed it, None when it needs no signature.
        """
        event = RawEvent(body, None if signed_for is None else frozenset(signed_for))
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, committed))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await committed

    async def _write(self) -> None:
        while self._waiting:
            group = self._waiting[:LARGEST_GROUP]
            del self._waiting[: len(group)]
            error = await self._store([event for event, _ in group])
            for _, committed in group:
                if committed.done():
                    continue
                if error is None:
                    committed.set_result(None)
                else:
                    committed.set_exception(error)

    async def _store(self, events: list[RawEvent]) -> Exception | None:
        """Commit; twice where only another process was in the way. What failed goes to every request."""
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
