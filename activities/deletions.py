"""Carries out deletions that nobody undid in time; no workflow, as PostgreSQL has the rows."""

import asyncio
import logging
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from activities.dependencies import Dependencies
from services import deletions
from services.deletions import Step
from store import faults

EVERY_S = 1.0

log = logging.getLogger(__name__)

Sessions = async_sessionmaker[AsyncSession]


async def keep(needs: Dependencies) -> None:
    """Runs as long as the worker; after a crash the next worker takes over."""
    while True:
        try:
            await sweep(needs.sessions)
        except Exception as error:  # noqa: BLE001 - nobody starts it again
            _note(error)
        await asyncio.sleep(EVERY_S)


async def sweep(sessions: Sessions) -> None:
    """Take a step of each due deletion in turn, so that a large or failing one does not hold up others."""
    async with sessions() as session:
        going = await deletions.due(session)
    failed: set[UUID] = set()
    while going:
        more = []
        for deletion_id in going:
            step = await _step(sessions, deletion_id, failed)
            failed.update(step.failed)
            if step.more:
                more.append(deletion_id)
        going = more


async def _step(sessions: Sessions, deletion_id: UUID, failed: set[UUID]) -> Step:
    try:
        async with sessions.begin() as session:
            return await deletions.finish(session, deletion_id, failed)
    except Exception as error:  # noqa: BLE001 - it stops no other deletion
        _note(error)
        return Step()


def _note(error: Exception) -> None:
    log.warning("deletions wait: %s", faults.sqlstate(error) or type(error).__name__)
