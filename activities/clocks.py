"""The clock of automations: it starts whoever is due."""

import asyncio
from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities.dependencies import Dependencies
from activities.heartbeat import beating
from services.automations import restoring, timed

PAUSE_S = 0.5
"""Between two portions of restored runs: a hundred a second, so that nobody who writes meanwhile waits for them."""

FIRST = UUID(int=0)


class Clock:
    """The activity of the singleton clock workflow."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._sessions = dependencies.sessions

    @activity.defn(name="automations.tick")
    async def tick(self, anew: bool = False) -> datetime | None:
        """Start whatever is due; returns when to look again. Killed half-way, the next one does the rest.

        ``anew``: the clock itself was not there, so Temporal's store may be new; runs get their workflows again.
        """
        async with beating():
            next_at = await timed.tick(self._sessions)
            return await self._restored(next_at) if anew else next_at

    async def _restored(self, next_at: datetime | None) -> datetime | None:
        """Restore runs in portions, and start whatever falls due meanwhile."""
        after: UUID | None = FIRST
        while after is not None:
            async with self._sessions.begin() as session:
                after = await restoring.portion(session, after)
            if after is not None:
                await asyncio.sleep(PAUSE_S)
                next_at = await timed.tick(self._sessions)
        return next_at
