"""Clean-up that runs every hour: expired sessions, old deliveries, stored answers, old files."""

from datetime import datetime

from temporalio import activity

from activities.dependencies import Dependencies
from services import clock, maintenance, sessions
from services.messages.shelf import Shelf
from services.vault import forget_removed_secrets


class Maintenance:
    """Activities of maintenance."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._sessions = dependencies.sessions
        self._shelf = Shelf(dependencies.data_dir)
        self._media_days = dependencies.media_days

    @activity.defn(name="maintenance.purge")
    async def purge(self) -> None:
        """Delete what is kept no longer, a bounded number of rows per transaction."""
        now = clock.now()
        async with self._sessions.begin() as session:
            await sessions.purge(session, now)
            await forget_removed_secrets(session)
        async with self._sessions.begin() as session:
            await maintenance.settle_merges(session, now)
        more = True
        while more:
            async with self._sessions.begin() as session:
                more = await maintenance.purge_webhooks(session, now)
            activity.heartbeat()
        await self._purge_media(now)

    async def _purge_media(self, now: datetime) -> None:
        more = True
        while more:
            async with self._sessions.begin() as session:
                more = await maintenance.purge_media(session, now, self._media_days)
        for part in maintenance.parts_of_hour(now.hour):
            async with self._sessions() as session:
                await maintenance.sweep_shelf(session, self._shelf, part, now)
            activity.heartbeat()
