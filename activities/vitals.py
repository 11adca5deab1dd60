"""The worker's heartbeat: that it runs, and whether Temporal, its disk and WhatsApp are reachable."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from activities.dependencies import Dependencies
from domain import system
from services import conditions, vitals
from services.vitals import Health
from store import channels
from whatsapp import reach

log = logging.getLogger(__name__)

CONNECT_EVERY_S = 30.0
"""How often WhatsApp's address is checked, with a connection but no request."""

Reachable = Callable[[], Awaitable[bool]]


class Vitals:
    """What a worker reports about itself."""

    def __init__(self, needs: Dependencies, temporal: Reachable) -> None:
        self._needs, self._temporal = needs, temporal
        self.health = Health(system.WORKER)
        self._reached: dict[str, tuple[bool, float | None]] = {}
        self._tried_at = float("-inf")

    async def keep(self) -> None:
        """Runs for as long as the process does."""
        while True:
            await self.beat()
            await asyncio.sleep(vitals.BEAT_S)

    async def beat(self) -> None:
        """Check everything once and report it."""
        await look_at_temporal(self.health, self._temporal)
        condition = await asyncio.to_thread(conditions.of_disk, self._needs.data_dir)
        self.health.look(
            system.DISK,
            ok=condition is not conditions.Condition.DISK_FULL,
            said=conditions.said(condition),
        )
        await self.health.look_at_folder(self._needs.data_dir)
        try:
            await self._look_at_numbers()
            await self.health.beat(self._needs.sessions)
        except (SQLAlchemyError, OSError) as error:
            log.warning("no sign of life could be written: %s", type(error).__name__)

    async def end(self) -> None:
        """Report a clean shutdown."""
        with contextlib.suppress(SQLAlchemyError, OSError):
            await self.health.end(self._needs.sessions)

    async def _look_at_numbers(self) -> None:
        async with self._needs.sessions() as session:
            numbers = [(row.id, row.api_url) for row in await channels.list_all(session)]
        if time.monotonic() - self._tried_at > CONNECT_EVERY_S:
            self._tried_at = time.monotonic()
            urls = sorted({url for _, url in numbers})
            found = await asyncio.gather(*(reach.connect_ms(url) for url in urls))
            self._reached = {url: (ms is not None, ms) for url, ms in zip(urls, found, strict=True)}
        for channel_id, url in numbers:
            self._note(channel_id, *self._reached.get(url, (True, None)))
        known = {f"{system.WHATSAPP}:{channel_id}" for channel_id, _ in numbers}
        for name in [name for name in self.health.looks if name.startswith(system.WHATSAPP)]:
            if name not in known:
                del self.health.looks[name]

    def _note(self, channel_id: UUID, reached: bool, connect_ms: float | None) -> None:
        """A tripped breaker knows more than a connection does: the address may answer while WhatsApp does not."""
        breaker = self._needs.breakers.of(channel_id)
        broken = breaker.tripped_until is not None or breaker.is_silent()
        ms = breaker.took_s * 1000 if breaker.took_s is not None else connect_ms
        self.health.look(f"{system.WHATSAPP}:{channel_id}", ok=reached and not broken, ms=ms)


async def look_at_temporal(life: Health, reachable: Reachable) -> None:
    """Whether Temporal answers, and how fast."""
    begin = time.monotonic()
    ok = await reachable()
    life.look(system.TEMPORAL, ok=ok, ms=(time.monotonic() - begin) * 1000 if ok else None)
