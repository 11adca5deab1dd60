"""Check or run a contact import; after a killed worker, the next one does it all again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from activities.dependencies import Dependencies
from activities.errors import as_application_error
from services.imports import execute

BEAT_S = 3.0


@dataclass(frozen=True)
class RunImport:
    """Which import."""

    import_id: UUID


@dataclass(frozen=True)
class CheckImport:
    """Which import."""

    import_id: UUID


class Imports:
    """Activities of imports."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    @activity.defn(name="imports.run")
    async def run(self, request: RunImport) -> None:
        """Write the contacts of an uploaded file, all in one transaction."""
        async with as_application_error(), beating() as beat:
            await execute.execute(
                self._dependencies.sessions,
                request.import_id,
                data_dir=self._dependencies.data_dir,
                beat=beat,
            )

    @activity.defn(name="imports.check")
    async def check(self, request: CheckImport) -> None:
        """Count what an import would do."""
        async with as_application_error(), beating() as beat:
            await execute.check(
                self._dependencies.sessions,
                request.import_id,
                data_dir=self._dependencies.data_dir,
                beat=beat,
            )


@asynccontextmanager
async def beating() -> AsyncIterator[Callable[[int, int], None]]:
    """Send heartbeats every few seconds with the last progress, even while a workbook is unpacked."""
    latest = (0, 0)

    def note(done: int, total: int) -> None:
        nonlocal latest
        latest = (done, total)

    async def beat() -> None:
        while True:
            activity.heartbeat(*latest)
            await asyncio.sleep(BEAT_S)

    beats = asyncio.create_task(beat())
    try:
        yield note
    finally:
        beats.cancel()
