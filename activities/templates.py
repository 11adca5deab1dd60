"""Fetch the templates of a channel's account from WhatsApp."""

from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from activities.dependencies import Dependencies
from activities.errors import as_application_error
from services import clock
from services.templates import sync


@dataclass(frozen=True)
class SyncTemplates:
    """Which channel."""

    channel_id: UUID


class Templates:
    """Activities of templates."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    @activity.defn(name="templates.sync")
    async def sync(self, request: SyncTemplates) -> None:
        """Fetch all pages and languages; repeating it changes nothing."""
        async with as_application_error():
            await sync.sync(
                self._dependencies.sessions, self._dependencies.vault, self._dependencies.api,
                request.channel_id, now=clock.now(),
            )  # fmt: skip
