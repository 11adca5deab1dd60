"""Clean-up that runs every hour: expired sessions, old deliveries, stored answers."""

from datetime import UTC, datetime

from temporalio import activity

from activities.dependencies import Dependencies
from services import maintenance, sessions


class Maintenance:
    """Activities of maintenance."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._sessions = dependencies.sessions

    @activity.defn(name="maintenance.purge")
    async def purge(self) -> None:
        """Delete what is kept no longer, a bounded number of rows per transaction."""
        now = datetime.now(UTC)
        async with self._sessions.begin() as session:
            await sessions.purge(session, now)
        async with self._sessions.begin() as session:
            await maintenance.settle_merges(session, now)
        more = True
        while more:
            async with self._sessions.begin() as session:
                more = await maintenance.purge_webhooks(session, now)
            activity.heartbeat()
