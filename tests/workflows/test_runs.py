"""Runs end to end: a real worker, Temporal and PostgreSQL, and the simulator as the phone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import worker
from domain.automations.graphs import Graph
from domain.automations.nodes import AnswerType
from tests import runs
from tests.eventually import eventually
from tests.graphs import ask, graph, say
from tests.runs import Cast
from tests.workflows.conftest import Engine, engine, needs, phone, sessions, temporal
from tests.workflows.histories import replays
from workflows import ids
from workflows.runs import RunWorkflow

__all__ = ["engine", "needs", "phone", "sessions", "temporal"]

ASKS = graph(
    {
        "hello": say("Hi {{contact.first_name|there}}", "Welcome"),
        "ask": ask(accepts=AnswerType.NUMBER, save_as="count", retry_text="A number"),
        "thanks": say("{{answer.count}} it is"),
    },
    "hello > ask",
    "ask.answered > thanks",
)


@asynccontextmanager
async def reading(engine: Engine) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.readers(engine.needs, engine.workflows).keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def begun(engine: Engine, drawn: Graph) -> tuple[UUID, Cast]:
    async with engine.needs.sessions.begin() as session:
        who = await runs.cast(session, engine.needs.vault, engine.phone)
        automation_id = await runs.live(session, drawn)
        return await runs.started(session, automation_id, who), who


async def waits(engine: Engine, run_id: UUID, what: str) -> None:
    async def there() -> bool:
        return bool((await runs.row(engine.needs.sessions, run_id)).waits == what)

    await eventually(there, f"the run waits for {what}")


async def ends(engine: Engine, run_id: UUID, ending: str) -> None:
    async def there() -> bool:
        return bool((await runs.row(engine.needs.sessions, run_id)).ending == ending)

    await eventually(there, f"the run ends as {ending}")


async def write(engine: Engine, run_id: UUID, who: Cast, text: str) -> None:
    async with engine.needs.sessions.begin() as session:
        await runs.wrote(session, run_id, who, text)


async def test_a_run_asks_waits_for_the_answer_and_says_it_back(engine: Engine) -> None:
    async with reading(engine):
        run_id, who = await begun(engine, ASKS)
        await waits(engine, run_id, "reply")
        await write(engine, run_id, who, "many")
        await write(engine, run_id, who, "12")
        await ends(engine, run_id, "completed")
        handle = engine.client.get_workflow_handle(ids.run(run_id))
        assert await handle.result() == "completed"
    assert [text for text, _ in await runs.said(engine.needs.sessions, run_id)] == [
        "Hi Person", "Welcome", "How many?", "A number", "12 it is",
    ]  # fmt: skip
    assert len(await engine.phone.accepted()) == 5
    await replays(handle, RunWorkflow, "run-completed")
