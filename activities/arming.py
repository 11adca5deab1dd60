"""Checks, before and during sending, that this is still the database we knew."""

import asyncio
import logging

from sqlalchemy.exc import DBAPIError

from activities.dependencies import Dependencies
from services import clock, restores, waterlines

WATERLINE_S = 2.0
RETRY_S = 0.5

log = logging.getLogger(__name__)


async def disarm_if_restored(needs: Dependencies, stop: asyncio.Event) -> bool:
    """Check before anything is sent, waiting for the database; False if told to stop first."""
    while not stop.is_set():
        try:
            found = await _disarm(needs)
        except (DBAPIError, OSError) as error:
            log.warning("waiting for the database: %s", type(error).__name__)
            await asyncio.sleep(RETRY_S)
            continue
        if found is not None:
            log.warning(
                "this database was restored (%s, was %s): %d campaigns held, %d messages in doubt",
                found.current, found.before, found.campaigns, found.messages,
            )  # fmt: skip
        return True
    return False


async def keep_waterline(needs: Dependencies) -> None:
    """Record how far the database has advanced; if it went backwards, hold everything immediately."""
    while True:
        await asyncio.sleep(WATERLINE_S)
        await note_waterline(needs)


async def note_waterline(needs: Dependencies) -> None:
    """Check once."""
    try:
        async with needs.sessions() as session:
            line = await waterlines.measure(session)
        if line is None:
            return
        known = await asyncio.to_thread(waterlines.read, needs.data_dir)
        behind = line.is_behind(known)
        if behind:
            log.error("the database is an older copy of itself: everything that could send is held")
            await _disarm(needs)
        if behind or known is None or known.is_behind(line) or known.cluster != line.cluster:
            await asyncio.to_thread(waterlines.keep, needs.data_dir, line)
    except (DBAPIError, OSError) as error:
        log.warning("the database's position could not be read: %s", type(error).__name__)


async def _disarm(needs: Dependencies) -> restores.Disarmed | None:
    known = await asyncio.to_thread(waterlines.read, needs.data_dir)
    async with needs.sessions.begin() as session:
        await clock.measure(session)
        return await restores.disarm(session, known)
