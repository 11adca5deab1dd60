"""The clock of automations: it starts whoever is due."""

from datetime import datetime

from temporalio import activity

from activities.dependencies import Dependencies
from activities.heartbeat import beating
from services.automations import timed


class Clock:
    """The activity of the singleton clock workflow."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._sessions = dependencies.sessions

    @activity.defn(name="automations.tick")
    async def tick(self) -> datetime | None:
        """Start whatever is due; returns when to look again. Killed half-way, the next one does the rest."""
        async with beating():
            return await timed.tick(self._sessions)
