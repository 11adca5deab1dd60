"""Keep looking for alerts, and tell about new ones by e-mail."""

import asyncio
import logging
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.sentences import Say
from services.alerts import watching
from services.alerts.mailing import Mailer
from store import faults

log = logging.getLogger(__name__)


async def keep(
    sessions: async_sessionmaker[AsyncSession], mailer: Mailer | None, say: Say, stop: asyncio.Event
) -> None:
    """Runs until ``stop``, as a task of its own: a mail server may take its time."""
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), watching.EVERY_S)
            return
        try:
            await watching.look(sessions)
            if mailer is not None:
                await mailer.post(sessions, say)
        except faults.DATABASE_ERRORS as error:
            log.warning("no look for alerts: %s", type(error).__name__)
