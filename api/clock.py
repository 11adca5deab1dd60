"""The time of day at the edge; rules below take it as an argument."""

import asyncio
import contextlib
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services import clock

MEASURE_EVERY_S = 30.0


def now() -> datetime:
    """The current time, in UTC, by the database's clock."""
    return clock.now()


async def keep_measured(sessions: async_sessionmaker[AsyncSession]) -> None:
    """Ask the database for the time every now and then."""
    while True:
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with sessions() as session:
                await clock.measure(session)
        await asyncio.sleep(MEASURE_EVERY_S)
