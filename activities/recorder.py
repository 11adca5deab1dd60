"""Collects the outcomes of a worker's sends and writes them in bulk, surviving database outages."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from activities.dependencies import Dependencies
from services.sending.record import announce_progress, record, record_accepted
from services.sending.verdicts import Verdict
from store import faults

GATHER_S = 0.05
LARGEST_WRITE = 250
RETRY_S = 0.5
TICK_S = 0.25
"""How often open pages hear about a campaign's progress at most."""

AWAY = (DBAPIError, PoolTimeoutError, OSError)

Place = tuple[UUID, UUID]
"""Channel and campaign."""

log = logging.getLogger(__name__)


class Recorder:
    """Writes verdicts on campaign messages; one for all spans, so that writes are few and large."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._waiting: list[tuple[Place, Verdict]] = []
        self._writer: asyncio.Task[None] | None = None
        self._added = self._written = 0
        self._progress = asyncio.Event()
        self._ticked: dict[UUID, float] = {}
        self._untold: set[UUID] = set()

    def add(self, place: Place, verdict: Verdict) -> None:
        """Add one verdict; it is written within a moment."""
        self._waiting.append((place, verdict))
        self._added += 1
        if self._writer is None or self._writer.done():
            self._writer = self._dependencies.background.start(self._write_all())

    async def flushed(self) -> None:
        """Wait until everything added so far is committed; others may keep adding."""
        target = self._added
        while self._written < target:
            if self._writer is not None and self._writer.done():
                self._writer.result()  # a bug must not become an endless wait
            await self._progress.wait()

    async def _write_all(self) -> None:
        while self._waiting or self._untold:
            # After the last write it stays for a moment, for the last tick and anything new.
            gather = GATHER_S if self._waiting else TICK_S
            if len(self._waiting) < LARGEST_WRITE:
                await asyncio.sleep(gather)
            if self._waiting:
                await self._write_batch(self._waiting[:LARGEST_WRITE])
            await self._tell(time.monotonic() - TICK_S)

    async def _write_batch(self, batch: list[tuple[Place, Verdict]]) -> None:
        by_place: defaultdict[Place, list[Verdict]] = defaultdict(list)
        for place, verdict in batch:
            by_place[place].append(verdict)
        for place, verdicts in by_place.items():
            await self._write(place, verdicts)
        del self._waiting[: len(batch)]
        self._written += len(batch)
        self._progress.set()
        self._progress = asyncio.Event()

    async def _write(self, place: Place, verdicts: Sequence[Verdict]) -> None:
        """Commit some verdicts; repeating it changes nothing, so a lost commit reply is harmless.

        One that cannot be written by its own fault is dropped: its message becomes unknown, and the others do not wait
        for ever.
        """
        easy = all(verdict.kind is None and verdict.outcome.wamid for verdict in verdicts)
        while True:
            try:
                if easy:  # one statement in its own transaction
                    async with self._dependencies.statements() as session:
                        await record_accepted(session, verdicts)
                else:
                    async with self._dependencies.sessions.begin() as session:
                        await record(session, *place, verdicts)
            except AWAY as error:
                if not faults.is_away(error):
                    await self._write_halves(place, verdicts, error)
                    return
                log.warning("outcomes wait for the database: %s", type(error).__name__)
                await asyncio.sleep(RETRY_S)
            else:
                self._untold.add(place[1])
                return

    async def _write_halves(
        self, place: Place, verdicts: Sequence[Verdict], error: Exception
    ) -> None:
        if len(verdicts) == 1:
            log.error("an outcome cannot be written: %s", faults.sqlstate(error))
            return
        middle = len(verdicts) // 2
        for half in (verdicts[:middle], verdicts[middle:]):
            await self._write(place, half)

    async def _tell(self, before: float) -> None:
        """Tell open pages about campaigns they last heard about before a time."""
        for campaign_id in [c for c in self._untold if self._ticked.get(c, 0.0) <= before]:
            self._ticked[campaign_id] = time.monotonic()
            self._untold.discard(campaign_id)
            try:
                async with self._dependencies.statements() as session:
                    await announce_progress(session, campaign_id)
            except AWAY:
                log.warning("open pages were not told of progress")
