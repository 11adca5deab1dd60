"""Whether deliveries are waiting unread: then no marketing is sent, as one may be a STOP."""

import asyncio
import logging
import time
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from store import faults
from store.receiving import deliveries
from whatsapp import leases

TOO_LONG = timedelta(seconds=1.5)
"""Longer than deliveries wait for a healthy drain."""

LOOKS_EVERY_S, LOOKS_AGAIN_S = 1.0, 0.2
"""How old an answer may be, if nothing waits too long, and if something does."""

log = logging.getLogger(__name__)


class Unread:
    """What a worker knows: one query a second, however many ask.

    ``standing_by`` are deliveries that do not get through right now, with the time until which each lets others pass:
    nobody waits for them.
    """

    def __init__(self) -> None:
        self.standing_by: dict[int, float] = {}
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._too_long = False

    async def too_long(self, statements: async_sessionmaker[AsyncSession]) -> bool:
        """Whether a delivery has been waiting too long, as far as is known."""
        async with self._looking:
            every = LOOKS_AGAIN_S if self._too_long else LOOKS_EVERY_S
            if leases.now() - self._looked_at > every:
                self._note(await self._look(statements))
                self._looked_at = leases.now()
            return self._too_long

    async def _look(self, statements: async_sessionmaker[AsyncSession]) -> bool:
        try:
            async with statements() as session:
                return await deliveries.overdue(session, TOO_LONG, self._passed_by())
        except faults.DATABASE_ERRORS as error:
            log.warning("cannot tell whether deliveries are waiting: %s", faults.sqlstate(error))
            return True

    def _passed_by(self) -> list[int]:
        """Those not due again yet: entries are not removed while another worker reads."""
        now = time.monotonic()
        return [id_ for id_, until in self.standing_by.items() if until > now]

    def _note(self, too_long: bool) -> None:
        if too_long is not self._too_long:
            log.warning("marketing %s", "waits for unread deliveries" if too_long else "continues")
        self._too_long = too_long
