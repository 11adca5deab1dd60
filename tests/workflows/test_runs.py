"""Runs end to end: a real worker, Temporal and PostgreSQL, and the simulator as the phone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import text
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

import worker
from activities.dependencies import Dependencies
from activities.webhooks import Drain
from domain.actors import SYSTEM
from domain.automations.graphs import Graph
from domain.automations.nodes import AnswerType, Duration, Goal, UserReply
from services import reconcile
from services.automations import stopping
from services.automations.deciding import GONE
from services.receiving import people
from store.automations import waiting
from tests import runs
from tests.activities.conftest import Phone
from tests.eventually import eventually
from tests.graphs import ask, graph, say, wait
from tests.runs import Cast
from tests.workflows.conftest import Engine, engine, needs, phone, sessions, temporal
from tests.workflows.histories import replays
from workflows import ids
from workflows.client import Workflows
from workflows.runs import RunInput, RunWorkflow

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


async def due(engine: Engine, run_id: UUID) -> RunInput:
    async with engine.needs.sessions() as session:
        run = await reconcile.run(session, run_id)
    assert run is not None
    return RunInput.of(run)


async def shows(engine: Engine, run_id: UUID) -> WorkflowMetadata:
    """What Temporal's page of a run says about what it does."""
    handle = engine.client.get_workflow_handle(ids.run(run_id))
    shown: WorkflowMetadata = await handle.query(
        "__temporal_workflow_metadata", result_type=WorkflowMetadata
    )
    return shown


async def write(engine: Engine, run_id: UUID, who: Cast, said: str) -> None:
    async with engine.needs.sessions.begin() as session:
        await runs.wrote(session, run_id, who, said)


async def test_a_run_asks_waits_for_the_answer_and_says_it_back(engine: Engine) -> None:
    async with reading(engine):
        run_id, who = await begun(engine, ASKS)
        await waits(engine, run_id, "reply")
        await write(engine, run_id, who, "many")
        await write(engine, run_id, who, "12")
        await ends(engine, run_id, "completed")
        handle = engine.client.get_workflow_handle(ids.run(run_id))
        assert await handle.result() == "completed"
        page = f"https://desk.example.com/automations/runs/{run_id}"
        assert await (await handle.describe()).static_details() == f"[Open in WhatsWay]({page})"
        assert (await shows(engine, run_id)).current_details == "Ended: completed"
    assert [said for said, _ in await runs.said(engine.needs.sessions, run_id)] == [
        "Hi Person", "Welcome", "How many?", "A number", "12 it is",
    ]  # fmt: skip
    assert len(await engine.phone.accepted()) == 5
    await replays(handle, RunWorkflow, "run-completed")


async def test_a_workflow_that_was_lost_is_started_again_at_its_node(engine: Engine) -> None:
    async with reading(engine):
        run_id, who = await begun(engine, ASKS)
        await waits(engine, run_id, "reply")
        await engine.client.get_workflow_handle(ids.run(run_id)).terminate("lost")
        await write(engine, run_id, who, "3")
        await ends(engine, run_id, "completed")
    assert [said for said, _ in await runs.said(engine.needs.sessions, run_id)] == [
        "Hi Person", "Welcome", "How many?", "3 it is",
    ]  # fmt: skip
    assert len(await engine.phone.accepted()) == 4


async def test_a_wait_is_a_timer_with_words_and_what_comes_first_ends_it(engine: Engine) -> None:
    drawn = graph(
        {"ask": UserReply(timeout=Duration(amount=1)), "late": Goal()}, "ask.timeout > late"
    )
    async with reading(engine):
        run_id, _ = await begun(engine, drawn)
        await waits(engine, run_id, "reply")
        handle = engine.client.get_workflow_handle(ids.run(run_id))

        async def shown() -> bool:
            found = f"WorkflowId = '{handle.id}' AND RunStatus = 'reply'"
            return (await engine.client.count_workflows(found)).count == 1

        await eventually(shown, "the run shows what it waits for")
        async with engine.needs.sessions.begin() as session:
            await session.execute(text("UPDATE automation_runs SET until = now()"))
        run = await due(engine, run_id)
        assert await engine.workflows.wake_run(run)
        assert await handle.result() == "goal"
        seen = (await handle.describe()).typed_search_attributes
    assert seen.get(ids.AUTOMATION_ID) == str(run.automation_id)
    assert seen.get(ids.AUTOMATION_VERSION) == "1"
    assert seen.get(ids.CONTACT_ID) == str(run.contact_id)
    assert seen.get(ids.RUN_STATUS) == "goal"
    await replays(handle, RunWorkflow, "run-goal")


async def test_the_version_it_shows_is_the_one_it_was_moved_to(engine: Engine) -> None:
    async with reading(engine):
        drawn = graph({"ask": ask(save_as="it"), "more": ask("And?")}, "ask.answered > more")
        run_id, who = await begun(engine, drawn)
        await waits(engine, run_id, "reply")
        async with engine.needs.sessions.begin() as session:
            await session.execute(
                text(
                    "INSERT INTO automation_versions (automation_id, version, graph)"
                    " SELECT automation_id, 2, graph FROM automation_versions"
                )
            )
            await session.execute(text("UPDATE automation_runs SET version = 2"))
        await write(engine, run_id, who, "yes")
        handle = engine.client.get_workflow_handle(ids.run(run_id))

        async def follows() -> bool:
            seen = (await handle.describe()).typed_search_attributes
            return seen.get(ids.AUTOMATION_VERSION) == "2"

        await eventually(follows, "the run shows its version")
        await waits(engine, run_id, "reply")
        await write(engine, run_id, who, "no")
        assert await handle.result() == "completed"
    await replays(handle, RunWorkflow, "run-moved")


ROUNDS = 10
"""More than fit into one history here."""


async def test_a_long_run_goes_on_in_another_with_what_came_meanwhile(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.automations.guards._limits.messages_per_hour", 5 * ROUNDS)
    drawn = graph(
        {"ask": ask("Again?", save_as="it"), "more": say("So {{answer.it}}")},
        "ask.answered > more",
        "more > ask",
    )
    async with reading(engine):
        run_id, who = await begun(engine, drawn)
        await waits(engine, run_id, "reply")
        handle = engine.client.get_workflow_handle(ids.run(run_id))

        async def there() -> str:
            with contextlib.suppress(RPCError):  # the row waits before its workflow does
                return (await handle.describe()).run_id or ""
            return ""

        first = await eventually(there, "the workflow is there")
        for number in range(ROUNDS):
            await waits(engine, run_id, "reply")
            await write(engine, run_id, who, f"{number}a")
            await write(engine, run_id, who, f"{number}b")

        async def said() -> bool:
            found = await runs.said(engine.needs.sessions, run_id)
            return len(found) == 1 + 4 * ROUNDS

        await eventually(said, "all was answered")
        assert (await handle.describe()).run_id != first
        shown = await shows(engine, run_id)
        page = f"https://desk.example.com/automations/runs/{run_id}"
        assert shown.current_details.endswith(f"\n\n[Open in WhatsWay]({page})")
    texts = [said for said, _ in await runs.said(engine.needs.sessions, run_id)]
    assert texts[1::2] == [f"So {number}{half}" for number in range(ROUNDS) for half in "ab"]
    await engine.client.get_workflow_handle(ids.run(run_id)).terminate()


@pytest.mark.parametrize("listed", [True, False])
async def test_stopping_all_ends_every_workflow_of_an_automation(
    engine: Engine, listed: bool
) -> None:
    """Even one that began so lately that Temporal's list does not show it yet."""
    async with reading(engine):
        run_id, _ = await begun(engine, graph({"ask": UserReply()}))
        await waits(engine, run_id, "reply")
        run = await due(engine, run_id)
        if listed:
            found = f"WorkflowId = '{ids.run(run_id)}'"

            async def shown() -> bool:
                return bool((await engine.client.count_workflows(found)).count)

            await eventually(shown, "Temporal lists the workflow")
        async with engine.needs.sessions.begin() as session:
            await waiting.hold_all(session, run.automation_id)
            assert await stopping.stop_all(session, SYSTEM, run.automation_id) == 1
        handle = engine.client.get_workflow_handle(ids.run(run_id))

        async def over() -> bool:
            with contextlib.suppress(RPCError):  # the row waits before its workflow does
                return (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING
            return False

        await eventually(over, "the workflow is ended")
        assert await engine.workflows.end_run(run_id, GONE)

        async def again() -> bool:  # Temporal takes one at a time
            return await engine.workflows.end_runs(run.automation_id, "another job")

        await eventually(again, "it can be asked again")


async def test_one_that_is_stopped_or_gone_ends_when_it_is_woken(engine: Engine) -> None:
    async with reading(engine):
        run_id, _ = await begun(engine, graph({"ask": UserReply()}))
        await waits(engine, run_id, "reply")
        handle = engine.client.get_workflow_handle(ids.run(run_id))
        async with engine.needs.sessions.begin() as session:
            await session.execute(text("DELETE FROM contacts"))
        assert await engine.workflows.end_run(run_id, GONE)
        assert await handle.result() == "removed"


async def test_a_run_that_goes_on_in_another_of_the_same_person_ends_in_temporal_too(
    engine: Engine,
) -> None:
    async with reading(engine):
        async with engine.needs.sessions.begin() as session:
            first, second = await runs.crowd(session, engine.needs.vault, 2, engine.phone)
            automation_id = await runs.live(session, ASKS)
            ends_first = await runs.started(session, automation_id, first)
        await waits(engine, ends_first, "reply")
        async with engine.needs.sessions.begin() as session:
            goes_on = await runs.started(session, automation_id, second)
        await waits(engine, goes_on, "reply")
        async with engine.needs.sessions.begin() as session:
            await session.execute(
                text(
                    "INSERT INTO contact_identities (kind, value, contact_id, since)"
                    " SELECT 'phone', phone_key, :other, now() FROM contacts WHERE id = :one"
                ),
                {"one": second.contact_id, "other": first.contact_id},
            )
            await people.meet(session)
        assert await engine.client.get_workflow_handle(ids.run(ends_first)).result() == "merged"
        await write(engine, goes_on, first, "3")
        assert await engine.client.get_workflow_handle(ids.run(goes_on)).result() == "completed"


async def test_the_reconciler_wakes_what_nothing_else_woke(engine: Engine) -> None:
    """No reader runs: neither the start nor the reply reaches Temporal by itself."""
    run_id, who = await begun(engine, ASKS)

    async def look() -> bool:
        async with engine.needs.sessions.begin() as session:
            await session.execute(
                text("UPDATE automation_runs SET moved_at = now() - interval '1 minute'")
            )
            await session.execute(
                text("UPDATE automation_inbox SET at = now() - interval '1 minute'")
            )
        await worker._runs(engine.workflows, engine.needs.sessions)
        return True

    await look()
    await waits(engine, run_id, "reply")
    await write(engine, run_id, who, "5")
    await look()
    await ends(engine, run_id, "completed")


async def test_a_wait_that_was_over_long_ago_is_found(engine: Engine) -> None:
    run_id, _ = await begun(engine, graph({"pause": wait(1), "goal": Goal()}, "pause > goal"))
    async with engine.needs.sessions.begin() as session:
        overdue = "UPDATE automation_runs SET waits = 'time', until = now() - interval '1 minute'"
        await session.execute(text(overdue))
        assert [run.id for run in await reconcile.late_runs(session)] == [run_id]
        await session.execute(text("UPDATE automations SET status = 'paused'"))
        assert await reconcile.late_runs(session) == []
        assert await reconcile.idle_runs(session, UUID(int=0)) == []


async def test_a_waiting_run_has_a_short_history(engine: Engine) -> None:
    async with reading(engine):
        run_id, who = await begun(engine, ASKS)
        for answer in ("many", "much"):
            await waits(engine, run_id, "reply")
            await write(engine, run_id, who, answer)
        await asyncio.sleep(0)
        handle = engine.client.get_workflow_handle(ids.run(run_id))
        history = await handle.fetch_history()
        size = sum(event.ByteSize() for event in history.events)
        assert size <= 25 * 1024
        stored = history.to_json()
        assert "Person" not in stored
        assert who.phone.removeprefix("+") not in stored
        assert "many" not in stored
        await handle.terminate()


async def test_a_worker_that_is_told_to_stop_finishes_what_it_sends(
    temporal: Client, needs: Dependencies, phone: Phone
) -> None:
    async def same() -> Client:
        return temporal

    workflows = Workflows(same)
    async with contextlib.AsyncExitStack() as running:
        for part in worker.workers(temporal, needs, Drain(needs)):
            await running.enter_async_context(part)
        engine = Engine(temporal, workflows, needs, phone)
        await phone.knobs(latency_ms=2_000)
        async with reading(engine):
            run_id, _ = await begun(engine, graph({"a": say("1")}))

            async def leaves() -> bool:
                return [state for _, state in await runs.said(needs.sessions, run_id)] == [
                    "sending"
                ]

            await eventually(leaves, "the message is on its way")
    assert [state for _, state in await runs.said(needs.sessions, run_id)] == ["accepted"]
    assert len(await phone.accepted()) == 1
