"""Looks every few seconds whether anything keeps the installation from its work, for every page to say."""

import asyncio
import contextlib

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from api import vitals
from api.state import AppState
from services import clock, conditions

LOOK_EVERY_S = 10.0
FIRST_S = 1.0
log = structlog.get_logger(__name__)


async def keep_watched(state: AppState) -> None:
    """Runs for as long as the process does; also keeps the database's time, and says it is alive."""
    while True:
        await look(state)
        await asyncio.sleep(FIRST_S)  # what starts has better things to do, and may end at once
        with contextlib.suppress(SQLAlchemyError, OSError):
            await vitals.beat(state)
        await asyncio.sleep(LOOK_EVERY_S - FIRST_S)


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
