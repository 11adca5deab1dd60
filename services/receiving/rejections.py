"""Rejected deliveries: counted in memory, written every few seconds by one task."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.webhooks import Rejection
from store.faults import DATABASE_ERRORS
from store.receiving import deliveries

WRITTEN_EVERY_S = 5.0

log = logging.getLogger(__name__)


class Rejections:
    """Only counts, so that senders without a signature cause neither statements nor log lines."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._counts: Counter[Rejection] = Counter()
        self._writer: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    def count(self, reason: Rejection) -> None:
        """Count one more; it is written within seconds."""
        self._counts[reason] += 1
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_later(), name="rejections")

    async def write(self) -> None:
        """Write the new counts; what cannot be written now is kept for the next time."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        told = {reason.value: count for reason, count in sorted(counts.items())}
        log.warning("webhooks rejected: %s", told)
        try:
            async with self._sessions.begin() as session:
                await deliveries.count_rejected(session, told)
        except DATABASE_ERRORS:
            self._counts += counts
            log.warning("rejections not counted yet")

    async def stop(self) -> None:
        """Write the remaining counts when the process ends."""
        self._ending.set()
        if self._writer is not None:
            await asyncio.gather(self._writer, return_exceptions=True)
        await self.write()

    async def _write_later(self) -> None:
        while not self._ending.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), WRITTEN_EVERY_S)
            await self.write()
            if not self._counts:
                return
