"""Checks every few seconds for problems of the installation, to show on every page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from api import vitals
from api.state import AppState
from api.wording import say
from services import clock, conditions
from services.alerts import keeping
from services.alerts.mailing import Mailer

LOOK_EVERY_S = 10.0
FIRST_S = 1.0
LAST_LOOK_S = 6.0
"""Longer than a connection may take to open."""

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def watched(state: AppState) -> AsyncIterator[None]:
    """Checks run while the context is open; a check in progress may finish, so that no connection is left half open."""
    stop, mailer = asyncio.Event(), Mailer.from_settings(state.settings)
    keepers = [
        asyncio.create_task(_keep_watched(state, stop)),
        asyncio.create_task(keeping.keep(state.sessions, mailer, say, stop)),
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait(keepers, timeout=LAST_LOOK_S)
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)


async def _keep_watched(state: AppState, stop: asyncio.Event) -> None:
    """Also keeps the database's time, and reports that this process is alive."""
    while True:
        await look(state)
        if await _stopped(
            stop, FIRST_S
        ):  # a starting process has more urgent work, and may stop right away
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
    """Check once; an unavailable database keeps its last known state."""
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
