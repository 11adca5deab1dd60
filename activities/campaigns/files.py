"""Read the file of a CSV campaign; a killed worker leaves nothing half done, the next reads it all."""

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
        """Put the rows of the file that waits in place of the entries of a draft."""
        async with as_application_error(), beating() as beat:
            await loading.read_pending(
                self._dependencies.sessions,
                request.campaign_id,
                data_dir=self._dependencies.data_dir,
                beat=beat,
            )
