"""The clock of automations sleeps until something is due, wakes when told, and starts whoever it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.clocks import Clock
from activities.dependencies import Dependencies
from domain.actors import SYSTEM
from domain.automations.triggers import TimeTrigger
from domain.journal.automations import AutomationPublished
from services import journal
from tests import factories, graphs, runs
from tests.eventually import eventually, never
from tests.services.automations.acting import live, wait
from tests.workflows.conftest import Engine, engine, needs, phone, sessions, temporal
from tests.workflows.histories import replays
from tests.workflows.test_commands import reading
from tests.workflows.test_windows import skipping
from workflows import ids
from workflows.client import Workflows
from workflows.clocks import AutomationClockWorkflow
from workflows.runner import RUNNER

__all__ = ["engine", "needs", "phone", "sessions", "skipping", "temporal"]

PEOPLE = 3


@asynccontextmanager
async def ticking(client: Client, needs: Dependencies) -> AsyncIterator[Workflows]:
    """A worker for the clock alone."""

    async def connected() -> Client:
        return client

    decider = Worker(
        client,
        task_queue=ids.WORKFLOWS,
        workflows=[AutomationClockWorkflow],
        workflow_runner=RUNNER,
    )
    doer = Worker(client, task_queue=ids.IO, activities=[Clock(needs).tick])
    async with decider, doer:
        yield Workflows(connected)


async def planned(needs: Dependencies, moment: datetime) -> UUID:
    """An automation that everybody enters at a time; the channel and the people are there."""
    trigger = TimeTrigger(moment=f"{moment:%Y-%m-%dT%H:%M}", everybody=True)
    graph = graphs.graph({"a": graphs.say("A")}, triggers={"t": trigger})
    async with needs.sessions.begin() as session:
        await factories.channel(session, needs.vault)
        await factories.people(session, PEOPLE)
        return await live(session, graph)


async def due(needs: Dependencies) -> None:
    """Time passed: what was planned is due."""
    async with needs.sessions.begin() as session:
        await session.execute(
            text("""
UPDATE automation_triggers SET done_until = now() - interval '1 hour', next_at = now(),
    data = jsonb_set(data, '{trigger,moment}', to_jsonb(to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI')))""")
        )


async def entered(needs: Dependencies) -> int:
    async with needs.sessions() as session:
        return int(await session.scalar(text("SELECT count(*) FROM automation_runs")) or 0)


async def test_it_sleeps_until_something_is_due_and_wakes_when_told(
    temporal: Client, needs: Dependencies
) -> None:
    await planned(needs, datetime.now(UTC) + timedelta(days=2))
    async with ticking(temporal, needs) as workflows:
        assert await workflows.start_clock()
        assert await workflows.start_clock()
        handle = temporal.get_workflow_handle(ids.CLOCK_WORKFLOW)

        async def asleep() -> bool:
            return "next:" in await _details(handle)

        await eventually(asleep, "it sleeps until the day after tomorrow")
        await due(needs)

        async def all_entered() -> bool:
            return await entered(needs) == PEOPLE

        await never(all_entered, "it looks before it is told", during=0.3)
        assert await workflows.wake_clock()
        await eventually(all_entered, "everybody entered")
        await workflows.wake_clock()

        async def nothing_left() -> bool:
            return "nothing is planned" in await _details(handle)

        await eventually(nothing_left, "it has nothing to do")
        await replays(handle, AutomationClockWorkflow, "automation-clock")
    assert await entered(needs) == PEOPLE


async def _details(handle: WorkflowHandle[Any, Any]) -> str:
    """What an operator reads about it now."""
    return str(await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata))


async def test_it_wakes_by_itself_at_the_planned_time(
    skipping: WorkflowEnvironment, needs: Dependencies
) -> None:
    """The server's clock jumps; the database's does not, and says what is due."""
    await planned(needs, datetime.now(UTC) + timedelta(hours=3))
    async with ticking(skipping.client, needs) as workflows:
        await workflows.start_clock()
        handle = skipping.client.get_workflow_handle(ids.CLOCK_WORKFLOW)

        async def asleep() -> bool:
            return "next:" in await _details(handle)

        await eventually(asleep, "it looked once")
        await due(needs)
        await skipping.fast_forward(handle, timedelta(hours=2))

        async def all_entered() -> bool:
            return await entered(needs) == PEOPLE

        await eventually(all_entered, "everybody entered")


async def test_a_long_history_is_begun_anew(temporal: Client, needs: Dependencies) -> None:
    async with ticking(temporal, needs) as workflows:
        await workflows.start_clock()
        handle = temporal.get_workflow_handle(ids.CLOCK_WORKFLOW)
        first = (await handle.describe()).run_id

        async def another() -> bool:
            await workflows.wake_clock()
            return (await handle.describe()).run_id != first

        await eventually(another, "it begins anew")


async def test_publishing_wakes_the_clock(engine: Engine) -> None:
    automation = await planned(engine.needs, datetime.now(UTC) + timedelta(days=2))
    async with reading(engine):
        await due(engine.needs)
        async with engine.needs.sessions.begin() as session:
            await journal.note(
                session, SYSTEM, AutomationPublished(automation_id=automation, version=1)
            )

        async def all_entered() -> bool:
            return await entered(engine.needs) == PEOPLE

        await eventually(all_entered, "everybody entered", within=30)


async def test_waiting_runs_get_their_workflows_again_when_temporal_is_new(engine: Engine) -> None:
    """The clock was not there either; later looks of it wake nobody."""
    needs = engine.needs
    async with needs.sessions.begin() as session:
        who = await runs.cast(session, needs.vault)
        automation_id = await live(session, graphs.chain(graphs.ask()))
        run_id = await runs.started(session, automation_id, who)
        await wait(session, run_id, "reply")
        await journal.discard(session)
    handle = engine.client.get_workflow_handle(ids.run(run_id))

    async def found() -> bool:
        query = f"AutomationId = '{automation_id}' AND RunStatus = 'reply'"
        return [one.id async for one in engine.client.list_workflows(query)] == [handle.id]

    async def woken() -> int:
        async with needs.sessions() as session:
            statement = text("SELECT count(*) FROM journal WHERE kind = 'run.woken'")
            return int(await session.scalar(statement) or 0)

    async with reading(engine):
        await engine.workflows.start_clock()
        await eventually(found, "an operator finds the run", within=30)
        assert await engine.workflows.wake_clock()

        async def again() -> bool:
            return await woken() > 1

        await never(again, "it is woken once more", during=0.5)
