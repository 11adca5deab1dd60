"""Looks every few seconds whether anything keeps the installation from its work, for every page to say."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from api import vitals
from api.state import AppState
from services import clock, conditions

LOOK_EVERY_S = 10.0
FIRST_S = 1.0
LAST_LOOK_S = 6.0
"""Longer than a connection may take to be made."""

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def watched(state: AppState) -> AsyncIterator[None]:
    """Looks go on inside; a look under way is let end, so that no connection is left half made."""
    stop = asyncio.Event()
    watching = asyncio.create_task(_keep_watched(state, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([watching], timeout=LAST_LOOK_S)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _keep_watched(state: AppState, stop: asyncio.Event) -> None:
    """Also keeps the database's time, and says that this process is alive."""
    while True:
        await look(state)
        if await _stopped(
            stop, FIRST_S
        ):  # what starts has better things to do, and may end at once
            return
        with contextlib.suppress(SQLAlchemyError, OSError):
            await vitals.beat(state)
        if await _stopped(stop, LOOK_EVERY_S - FIRST_S):
            return


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


async def look(state: AppState) -> None:
    """One look; a database that is away keeps what was known of it."""
    found = [await asyncio.to_thread(conditions.of_disk, state.data_dir)]
    try:
        async with state.probe() as session:
            await clock.measure(session)
        found.append(await conditions.of_database(state.probe))
    except (DBAPIError, SQLAlchemyError, OSError):
        known = state.condition
        found.append(known if known is conditions.Condition.DATABASE_FULL else None)
    worst = conditions.worst(condition for condition in found if condition is not None)
    if worst is not state.condition:
        log.warning("condition_changed", condition=worst.value if worst else "well")
    state.condition = worst
