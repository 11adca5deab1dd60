"""Two contacts turned out to be one person: their runs go on as one person's."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations import meeting as rules
from domain.automations.graphs import Graph
from domain.automations.meeting import Inside
from domain.automations.triggers import ONE_AT_A_TIME, ManualTrigger, ReEntry
from services.automations import documents, stopping, zones
from services.automations.releasing import release
from store.automations import meeting, runs
from store.automations.meeting import MetRun
from store.automations.waiting import RunIds


async def settle(session: AsyncSession, contact_ids: Sequence[UUID], came: Sequence[UUID]) -> None:
    """End what the person may not be in twice, and marketing that either of them stopped.

    ``came`` are the runs that moved to these contacts. What was kept for a run that ends goes to the one that goes on.
    """
    active = await meeting.active(session, contact_ids, came)
    if opted_out := {run.contact_id for run in active if run.opted_out}:
        await stopping.opt_out(session, sorted(opted_out))
    within: defaultdict[tuple[UUID, UUID], list[MetRun]] = defaultdict(list)
    for run in active:
        if not run.opted_out:
            within[run.contact_id, run.automation_id].append(run)
    for those in within.values():
        if len({run.came for run in those}) > 1:
            await _one_goes_on(session, those)


async def _one_goes_on(session: AsyncSession, those: Sequence[MetRun]) -> None:
    """Of runs in one automation that exclude each other, end all but one."""
    inside = [await _inside(session, run) for run in those]
    by_id = {run.id: run for run in those}
    for ended, other in rules.ending(inside, zones.ours()):
        run, goes_on = by_id[ended.id], by_id[other.id]
        if run.channel_id == goes_on.channel_id:
            await meeting.hand_over(session, run.id, goes_on.id)
        else:
            await release(session, SYSTEM, run.id, run.channel_id, run.contact_id)
        await stopping.merge(session, run.id)
        ids = RunIds(goes_on.id, goes_on.contact_id, goes_on.automation_id)
        await stopping.wake(session, [ids])


async def _inside(session: AsyncSession, run: MetRun) -> Inside:
    document = await runs.graph(session, run.automation_id, run.version)
    graph = documents.read(document).graph if document else Graph()
    return Inside(
        id=run.id, came=run.came, entry=_entry(graph, run.trigger_id), key=run.entry_key,
        cause=run.cause, step=run.step, started_at=run.started_at, moved_at=run.moved_at,
    )  # fmt: skip


def _entry(graph: Graph, trigger_id: str) -> ReEntry:
    """The rule a run entered by; where another automation started it, that of the trigger it goes by then."""
    triggers = {one.id: one.data for one in graph.triggers}
    by_hand = (one for one in triggers.values() if isinstance(one, ManualTrigger))
    others = next(by_hand, next(iter(triggers.values()), None))
    found = triggers.get(trigger_id, others)
    return found.entry if found else ONE_AT_A_TIME
