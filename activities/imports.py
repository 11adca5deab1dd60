"""Run a contact import; a killed worker leaves nothing half done, the next attempt does it all."""

from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from activities.dependencies import Dependencies
from activities.errors import as_application_error
from services.imports import execute


@dataclass(frozen=True)
class RunImport:
    """Which import."""

    import_id: UUID


class Imports:
    """Activities of imports."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    @activity.defn(name="imports.run")
    async def run(self, request: RunImport) -> None:
        """Write the contacts of an uploaded file, all in one transaction."""
        async with as_application_error():
            await execute.execute(
                self._dependencies.sessions,
                request.import_id,
                data_dir=self._dependencies.data_dir,
                beat=_beat,
            )


def _beat(done: int, total: int) -> None:
    activity.heartbeat(done, total)
