"""What the journal's readers do for runs: those of many people share transactions."""

from functools import partial
from uuid import UUID

from activities.dependencies import Dependencies
from domain.automations.decisions import Decision, DueRun
from domain.journal.facts import Entry
from services.automations import deciding, routing
from services.automations.hearing import hear
from services.automations.versions import Versions
from store.together import Transactions


class Hearing:
    """Routes what happened, and looks at runs that were woken."""

    def __init__(self, dependencies: Dependencies, versions: Versions) -> None:
        self._sessions, self._versions = dependencies.sessions, versions
        start = dependencies.background.start
        self._routed, self._looked = (Transactions(self._sessions, start) for _ in range(2))

    async def route(self, entry: Entry) -> list[tuple[DueRun, Decision]]:
        """Do what follows from an entry, possibly again; returns the runs that go on because of it."""
        found, hearing = None, partial(hear, versions=self._versions, entry=entry)
        if entry.kind in routing.SHARED:
            whose = entry.ids.get("contact_id", entry.id)
            found = await self._routed.run(whose, partial(hearing, alone=False))
        if found is None:
            async with self._sessions.begin() as session:
                found = await hearing(session, alone=True)
        return found or []

    async def look(self, run_id: UUID) -> tuple[DueRun | None, Decision]:
        """A run, and what it does next; None for one that is gone."""
        looking = partial(deciding.look, versions=self._versions, run_id=run_id)
        return await self._looked.run(run_id, looking)
