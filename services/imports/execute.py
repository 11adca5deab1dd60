"""What a worker does with a started import: run it, show its progress, say why it failed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.contacts import ImportStatus
from domain.errors import Conflict, DomainError
from services.imports import run
from services.imports.stage import Progress
from services.receiving import people
from store.imports import records

SHOWN_EVERY_S = 1.0


async def execute(
    sessions: async_sessionmaker[AsyncSession],
    import_id: UUID,
    *,
    data_dir: Path,
    beat: Progress,
) -> None:
    """Run an import in one transaction; ``beat`` gets bytes read and total bytes.

    It may have added somebody under a number learned to be another's while it ran: they are merged.
    """
    await _work(run.run, sessions, import_id, data_dir, beat)
    async with sessions.begin() as session:
        await people.meet(session)


async def check(
    sessions: async_sessionmaker[AsyncSession],
    import_id: UUID,
    *,
    data_dir: Path,
    beat: Progress,
) -> None:
    """Check an import, again each time its columns change during the check."""
    while True:
        await _work(run.check, sessions, import_id, data_dir, beat)
        async with sessions() as session:
            record = await records.get(session, import_id)
        if record is None or record.status is not ImportStatus.CHECKING:
            return


async def _work(
    job: Callable[..., Awaitable[object]],
    sessions: async_sessionmaker[AsyncSession],
    import_id: UUID,
    data_dir: Path,
    beat: Progress,
) -> None:
    """Do a job in one transaction and show its progress.

    An import that cannot continue is marked as failed and the error raised. TimeoutError means that another worker
    still holds it (or a killed one, until its connection is found dead): try again.
    """
    try:
        async with _shown(sessions, import_id) as show, sessions.begin() as session:

            def report(done: int, total: int) -> None:
                beat(done, total)
                show(done, total)

            await job(session, import_id, data_dir=data_dir, progress=report)
    except DomainError as error:
        if isinstance(error, Conflict) and error.code == "import_busy":
            raise TimeoutError(error.code) from error
        async with sessions.begin() as session:
            await run.fail(session, import_id, error.sentence)
        raise


@asynccontextmanager
async def _shown(
    sessions: async_sessionmaker[AsyncSession], import_id: UUID
) -> AsyncIterator[Progress]:
    """Write progress to the row about once a second, outside the import's own transaction."""
    latest: tuple[int, int] | None = None

    def show(done: int, total: int) -> None:
        nonlocal latest
        latest = (done, total)

    async def write() -> None:
        written = None
        while True:
            await asyncio.sleep(SHOWN_EVERY_S)
            if latest is None or latest == written:
                continue
            written = latest
            # If it cannot be written, only the display suffers; the next second tries again.
            with suppress(DBAPIError, OSError):
                async with sessions.begin() as session:
                    await run.record_progress(session, import_id, *latest)

    writer = asyncio.create_task(write())
    try:
        yield show
    finally:
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
