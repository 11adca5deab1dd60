"""Process waiting deliveries batch by batch; no bad delivery is retried for ever."""

import logging
import time
from collections.abc import Sequence
from itertools import accumulate

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.webhooks import Reason
from services.receiving.known import Known
from services.receiving.process import LARGEST_BATCH, Processed, take
from store import faults
from store.receiving import deliveries
from store.receiving.deliveries import WaitingEvent

MOST = 200
BATCH_BYTES = 256 * 1024
"""Deliveries that contain little are taken up to ``MOST`` together, as a transaction costs more than applying one status;
of others, ``LARGEST_BATCH`` are already a lot of work.
"""

STANDS_BY_S = 30.0
"""A delivery that does not get through even alone lets others go first for this long."""

log = logging.getLogger(__name__)


class Taker:
    """One transaction after another; batches shrink while something blocks them, then grow again."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        standing_by: dict[int, float] | None = None,
    ) -> None:
        self._sessions = sessions
        self._limit = LARGEST_BATCH
        self._standing_by = {} if standing_by is None else standing_by
        self._known = Known()

    async def take(self) -> Processed:
        """Process the next batch; raises only when the database is unavailable."""
        now = time.monotonic()
        for id_ in [id_ for id_, until in self._standing_by.items() if until <= now]:
            del self._standing_by[id_]
        ids: list[int] = []
        try:
            async with self._sessions.begin() as session:
                claimed = await deliveries.claim(session, self._limit, self._standing_by)
                events = _within(claimed)
                ids = [event.id for event in events]
                processed = await take(session, events, self._known)
        except Exception as error:
            if ids and faults.is_busy(error):
                return self._let_pass(ids, error)
            if not ids or faults.is_away(error):
                raise
            return await self._give_up(ids, error)
        processed.more = len(claimed) == self._limit or len(ids) < len(claimed)
        if events:
            self._limit = min(self._limit * 2, _most_like(events))
        self._known.add(processed.tied)
        return processed

    def _let_pass(self, ids: Sequence[int], error: Exception) -> Processed:
        """For locked rows or a timeout: smaller steps, then others first; for a deadlock: again."""
        log.warning("deliveries wait: %s", faults.sqlstate(error) or type(error).__name__)
        if faults.is_meeting(error):
            self._limit = max(1, len(ids) // 4)
        elif len(ids) == 1:
            self._standing_by[ids[0]] = time.monotonic() + STANDS_BY_S
            self._limit = LARGEST_BATCH
        else:
            self._limit = max(1, len(ids) // 4)
        return Processed(taken=1, more=True)

    async def _give_up(self, ids: Sequence[int], error: Exception) -> Processed:
        """For a fault outside any single object, which is our bug: set whole deliveries aside, one by one.

        Only the one that failed: another drain may have taken it since, and the next may be fine.
        """
        cause = f"{Reason.NOT_APPLIED} {type(error).__name__} {faults.sqlstate(error)}".strip()
        log.error("a delivery failed as a whole: %s", cause)
        if self._limit > 1:
            self._limit = 1
            return Processed(taken=1, more=True)
        async with self._sessions.begin() as session:
            await deliveries.give_up(session, ids[0], cause)
        return Processed(taken=1, more=True)


def _within(claimed: Sequence[WaitingEvent]) -> Sequence[WaitingEvent]:
    """The first ones that are not too much at once; the others are taken next."""
    sizes = accumulate(len(event.body) for event in claimed)
    small = sum(size <= BATCH_BYTES for size in sizes)
    return claimed[: max(LARGEST_BATCH, small)]


def _most_like(events: Sequence[WaitingEvent]) -> int:
    """How many deliveries to take at once if the next ones are like these."""
    size = max(1, sum(len(event.body) for event in events))
    return min(MOST, max(LARGEST_BATCH, BATCH_BYTES * len(events) // size))
