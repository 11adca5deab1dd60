"""Deletes what nobody took back in time; no workflow: the rows that say so are in PostgreSQL."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from activities.dependencies import Dependencies
from services import deletions

EVERY_S = 1.0

log = logging.getLogger(__name__)


async def keep(needs: Dependencies) -> None:
    """Runs for as long as the worker does; what a crash leaves is due for the next one."""
    while True:
        try:
            more = True
            while more:
                async with needs.sessions.begin() as session:
                    more = await deletions.finish(session)
        except (SQLAlchemyError, OSError) as error:
            log.warning("deletions wait: %s", type(error).__name__)
        await asyncio.sleep(EVERY_S)
