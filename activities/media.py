"""The keeper of files: one long activity that fetches customers' files while WhatsApp has them."""

from temporalio import activity

from activities.dependencies import Dependencies
from activities.listening import Ear, work_when_woken
from services.messages.keeping import Keeper
from services.messages.shelf import Shelf
from store.media import WAKE

POLL_S = 5.0
"""How soon due retries are found; a new file wakes the keeper immediately."""


class MediaKeeping:
    """The activity of the singleton keeper workflow."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._ear = Ear(dependencies.database_url, WAKE, poll_s=POLL_S)
        self._keeper = Keeper(
            dependencies.sessions,
            dependencies.vault,
            dependencies.api,
            Shelf(dependencies.data_dir),
        )

    @activity.defn(name="media.keep")
    async def keep(self) -> None:
        """Fetch files for a few minutes; a file interrupted by a crash is tried again."""
        await work_when_woken(self._ear, self._step)

    async def _step(self) -> float | None:
        tried = await self._keeper.keep_due(lambda: not activity.is_worker_shutdown())
        return 0.0 if tried else None
