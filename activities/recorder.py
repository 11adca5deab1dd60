"""Gathers outcomes of sends and writes them in bulk, outlasting a database that is away."""

import asyncio
import logging
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.sending.record import record
from services.sending.verdicts import Verdict

GATHER_S = 0.05
LARGEST_WRITE = 250
RETRY_S = 0.5

log = logging.getLogger(__name__)


class Recorder:
    """Writes verdicts of one channel; ``close`` returns when all of them are committed."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], channel_id: UUID, campaign_id: UUID | None
    ) -> None:
        self._sessions = sessions
        self._channel_id = channel_id
        self._campaign_id = campaign_id
        self._waiting: list[Verdict] = []
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self._task = asyncio.create_task(self._run())

    def add(self, verdict: Verdict) -> None:
        """Take one verdict; it is written within a moment."""
        self._waiting.append(verdict)
        self._idle.clear()
        self._arrived.set()

    async def flushed(self) -> None:
        """Wait until everything added so far is committed."""
        await self._idle.wait()

    async def close(self) -> None:
        """Write what is left."""
        self._closing = True
        self._arrived.set()
        await self._task

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            await self._arrived.wait()
            if not self._closing and len(self._waiting) < LARGEST_WRITE:
                await asyncio.sleep(GATHER_S)
            self._arrived.clear()
            while self._waiting:
                batch = self._waiting[:LARGEST_WRITE]
                await self._write(batch)
                del self._waiting[: len(batch)]
            self._idle.set()

    async def _write(self, batch: list[Verdict]) -> None:
        """Commit one batch; repeating it changes nothing, so a lost commit answer is harmless."""
        while True:
            try:
                async with self._sessions.begin() as session:
                    await record(session, self._channel_id, self._campaign_id, batch)
            except (DBAPIError, PoolTimeoutError, OSError) as error:
                log.warning("outcomes wait for the database: %s", type(error).__name__)
                await asyncio.sleep(RETRY_S)
            else:
                return
