"""End runs, and hold an automation or let it go on."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.automations.reasons import Reason
from domain.automations.states import Ending
from domain.errors import Conflict, NotFound
from domain.ids import first_id
from domain.journal.automations import AutomationRunsStopped, RunEnded, RunStopped, RunWoken
from services import clock, journal
from services.automations import candidates, schedules
from store.automations import runs, triggers, waiting
from store.automations.waiting import Ended, RunIds

JUST_BEGAN = timedelta(seconds=10)
"""Temporal ends the workflows that its list shows; one that just began is told by itself."""


async def stop_run(session: AsyncSession, actor: Actor, run_id: UUID) -> None:
    """End one run where it is; raises NotFound, and Conflict if it has ended."""
    ended = await waiting.end_one(session, run_id, Ending.STOPPED)
    if not ended.runs:
        known = await runs.due(session, run_id)
        raise NotFound("run_unknown") if known is None else Conflict("run_over")
    [run] = ended.runs
    stopped = RunStopped(
        run_id=run.run_id, contact_id=run.contact_id, automation_id=run.automation_id
    )
    await journal.note(session, actor, stopped)
    await wake(session, ended.parents)


async def stop_all(session: AsyncSession, actor: Actor, automation_id: UUID) -> int:
    """End every run of an automation, which the caller holds (``waiting.hold_all``); returns how many there were."""
    ended = await waiting.end_all(session, automation_id)
    if not ended.runs:
        return 0
    stopped = AutomationRunsStopped(automation_id=automation_id, runs=len(ended.runs))
    await journal.note(session, actor, stopped)
    new = first_id(clock.now() - JUST_BEGAN)
    await wake(session, (one for one in ended.runs if one.run_id >= new))
    await wake(session, (one for one in ended.parents if one.automation_id != automation_id))
    return len(ended.runs)


async def opt_out(session: AsyncSession, contact_ids: list[UUID]) -> None:
    """End the marketing runs of contacts who stopped marketing."""
    await _note(session, await waiting.end_marketing(session, contact_ids), Ending.OPTED_OUT)


async def restart(session: AsyncSession, run_id: UUID) -> None:
    """End a run whose contact wants to begin again."""
    await _note(session, await waiting.end_one(session, run_id, Ending.RESTARTED), Ending.RESTARTED)


async def merge(session: AsyncSession, run_id: UUID) -> None:
    """End a run in whose place another one of the same person goes on."""
    ended = await waiting.end_one(session, run_id, Ending.MERGED, Reason.MERGED)
    await _note(session, ended, Ending.MERGED, Reason.MERGED)


async def _note(
    session: AsyncSession, ended: Ended, ending: Ending, reason: Reason | None = None
) -> None:
    """Note that runs ended, and wake them: their workflows end when they look."""
    facts = (
        RunEnded(
            run_id=one.run_id, contact_id=one.contact_id, automation_id=one.automation_id,
            ending=ending, reason=reason,
        )
        for one in ended.runs
    )  # fmt: skip
    await journal.note(session, SYSTEM, *facts)
    await wake(session, [*ended.runs, *ended.parents])


async def wake(session: AsyncSession, which: Iterable[RunIds]) -> None:
    """Let runs look at their rows again."""
    facts = (
        RunWoken(run_id=one.run_id, contact_id=one.contact_id, automation_id=one.automation_id)
        for one in which
    )
    await journal.note(session, SYSTEM, *facts)


async def rest(session: AsyncSession, automation_id: UUID) -> None:
    """What follows from a pause: the clock starts nobody. Runs see it when they look."""
    await triggers.rest(session, automation_id)


async def go_on(session: AsyncSession, automation_id: UUID) -> None:
    """What follows when a paused automation acts again: its runs go on, and the clock starts whoever is due from now on.

    What would have started during the pause is not made up for. Call it once the row says that it is live.
    """
    now = clock.now()
    for one in await candidates.of_automation(session, automation_id):
        next_at = schedules.next_at(one.trigger, now)
        if next_at is not None:
            await triggers.move(session, one.row, now, next_at)
    await wake(session, await waiting.ready_of_automation(session, automation_id))
