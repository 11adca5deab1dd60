"""Read the file of a CSV campaign; after a killed worker, the next one reads it all again."""

from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from activities.dependencies import Dependencies
from activities.errors import as_application_error
from activities.imports import beating
from services.campaigns.files import loading


@dataclass(frozen=True)
class ReadFile:
    """Whose file."""

    campaign_id: UUID


class CampaignFiles:
    """Activities of campaigns' files."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    @activity.defn(name="campaigns.read_file")
    async def read_file(self, request: ReadFile) -> None:
        """Replace a draft's entries with the rows of the waiting file."""
        async with as_application_error(), beating() as beat:
            await loading.read_pending(
                self._dependencies.sessions,
                request.campaign_id,
                data_dir=self._dependencies.data_dir,
                beat=beat,
            )
