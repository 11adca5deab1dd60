"""The worker's part in alerts: it looks every few seconds, and sends what is new by e-mail."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.sentences import Say
from services.alerts import watching
from services.alerts.mailing import Mailer

log = logging.getLogger(__name__)


async def keep(sessions: async_sessionmaker[AsyncSession], mailer: Mailer | None, say: Say) -> None:
    """Runs for as long as the process does."""
    while True:
        await asyncio.sleep(watching.EVERY_S)
        try:
            await watching.look(sessions)
            if mailer is not None:
                await mailer.post(sessions, say)
        except (SQLAlchemyError, OSError) as error:
            log.warning("no look for alerts: %s", type(error).__name__)
