"""Hold an automation where it is, let it go on, end its runs, and decide about starts nobody made."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations.graphs import Graph
from domain.automations.nodes import FAILED
from domain.automations.states import INNER, OVER
from domain.automations.status import AutomationStatus
from domain.errors import Conflict
from domain.journal.automations import (
    AutomationPaused,
    AutomationResumed,
    RunRetried,
)
from services import journal
from services.automations import documents, find, listing, report, stopping, timed
from services.automations.listing import AutomationView
from store.automations import designs, retries, waiting
from store.automations.report import RunLine
from store.automations.retries import Failed


async def pause(session: AsyncSession, actor: Actor, automation_id: UUID) -> AutomationView:
    """Start nobody, and hold everybody inside where they are."""
    row = await find.acting(session, automation_id)
    if row.status == AutomationStatus.DRAFT:
        raise Conflict("automation_not_published")
    if row.status == AutomationStatus.LIVE:
        row.status = AutomationStatus.PAUSED
        await session.flush()
        await stopping.rest(session, automation_id)
        await journal.note(session, actor, AutomationPaused(automation_id=automation_id))
    return await listing.one(session, automation_id)


async def resume(session: AsyncSession, actor: Actor, automation_id: UUID) -> AutomationView:
    """Act again: whoever is inside goes on."""
    row = await find.acting(session, automation_id)
    if row.version is None:
        raise Conflict("automation_not_published")
    if row.status != AutomationStatus.LIVE:
        row.status, row.halted = AutomationStatus.LIVE, None
        await session.flush()
        await stopping.go_on(session, automation_id)
        await journal.note(session, actor, AutomationResumed(automation_id=automation_id))
    return await listing.one(session, automation_id)


async def stop_runs(session: AsyncSession, actor: Actor, automation_id: UUID) -> int:
    """End every run that is inside; returns how many there were."""
    await waiting.hold_all(session, automation_id)
    await find.locked(session, automation_id)
    return await stopping.stop_all(session, actor, automation_id)


async def decide_missed(
    session: AsyncSession, actor: Actor, automation_id: UUID, trigger_id: str, *, start: bool
) -> AutomationView:
    """Make a start now that nothing could make in time, or let it be; raises Conflict if none is missed."""
    await find.acting(session, automation_id)
    await timed.decide_missed(session, actor, automation_id, trigger_id, start=start)
    return await listing.one(session, automation_id)


async def stop_run(session: AsyncSession, actor: Actor, run_id: UUID) -> RunLine:
    """End one run where it is; raises Conflict if it has ended."""
    await stopping.stop_run(session, actor, run_id)
    return await report.line(session, run_id)


async def retry_run(session: AsyncSession, actor: Actor, run_id: UUID) -> RunLine:
    """Let a failed run go on at the node that failed; what it did before is not done again."""
    before = await report.line(session, run_id)
    failed = await retries.failed(session, run_id)
    if failed is None:
        raise Conflict("run_not_failed")
    await find.acting(session, failed.automation_id)
    await retries.again(session, run_id, failed.step, await _goes_on(session, failed))
    retried = RunRetried(
        run_id=run_id, contact_id=before.contact_id, automation_id=before.automation_id
    )
    await journal.note(session, actor, retried)
    return await report.line(session, run_id)


async def _goes_on(session: AsyncSession, failed: Failed) -> str:
    """The node that failed; where the last one succeeded and the way on was stopped, the one after it."""
    if failed.branch in {OVER, FAILED, *INNER}:
        return failed.node
    found = await designs.version(session, failed.automation_id, failed.version)
    graph = documents.read(found.graph).graph if found else Graph()
    return graph.after(failed.node, failed.branch) or failed.node
