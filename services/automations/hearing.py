"""What happened, on its way into runs: where it goes, and what those it reaches do next."""

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.decisions import Decision, DueRun, Next
from domain.journal.facts import Entry
from services.automations import deciding, routing, stopping
from services.automations.versions import Versions
from store.automations.waiting import RunIds


async def hear(
    session: AsyncSession, versions: Versions, entry: Entry, *, alone: bool
) -> list[tuple[DueRun, Decision]] | None:
    """Route an entry, and decide what the runs it reaches do next; None if that may only be done ``alone``.

    Again, it changes nothing and returns the same. That a run ended is noted instead: it would not be found again, and
    the journal tells its workflow.
    """
    run_ids = await routing.route(session, entry, alone=alone)
    if run_ids is None:
        return None
    looked = [await deciding.look(session, versions, run_id) for run_id in run_ids]
    found = [(run, decision) for run, decision in looked if run is not None]
    ended = [run for run, decision in found if decision.next is Next.ENDED]
    await stopping.wake(
        session, (RunIds(run.id, run.contact_id, run.automation_id) for run in ended)
    )
    return [(run, decision) for run, decision in found if decision.next is not Next.ENDED]
