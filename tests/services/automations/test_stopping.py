"""Runs end, are held and go on."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.triggers import Entry, ManualTrigger, ReEntry
from domain.errors import Conflict, NotFound
from domain.ids import new_id
from services.automations import starting, stopping
from services.automations.starting import Start
from services.vault import Vault, new_key
from tests import graphs, threads
from tests.services.automations import acting
from tests.services.automations.acting import live, runs, wait
from tests.threads import Thread

ALWAYS = ManualTrigger(entry=ReEntry(rule=Entry.ALWAYS))
GRAPH = graphs.graph({"hello": graphs.say("Hello")}, triggers={"start": ALWAYS})


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


async def started(session: AsyncSession, thread: Thread, count: int, **more: Any) -> list[Any]:
    """Runs of a new automation, and its id first."""
    automation = await live(session, GRAPH)
    made: list[Any] = [automation]
    for n in range(count):
        wanted = Start(
            automation_id=automation, contact_id=thread.contact_id, cause=f"hand:{n}", **more
        )
        made.append(await starting.start(session, SYSTEM, wanted))
    return made


async def test_one_run_is_stopped_once(session: AsyncSession, thread: Thread) -> None:
    _, run_id, other = await started(session, thread, 2)
    await session.execute(
        text("""
INSERT INTO automation_steps (run_id, step, automation_id, node, type)
SELECT id, 1, automation_id, node, 'custom_reply' FROM automation_runs""")
    )
    await stopping.stop_run(session, threads.AGENT, run_id)
    assert {run.id: run.ending for run in await runs(session)} == {run_id: "stopped", other: None}
    left = "branch FROM automation_steps ORDER BY run_id"
    assert await acting.column(session, left) == ["", None]
    with pytest.raises(Conflict) as over:
        await stopping.stop_run(session, threads.AGENT, run_id)
    assert over.value.code == "run_over"
    with pytest.raises(NotFound):
        await stopping.stop_run(session, threads.AGENT, new_id())
    kinds = await acting.column(session, "kind FROM journal WHERE kind LIKE 'run.stopped'")
    assert kinds == ["run.stopped"]


async def test_all_runs_are_stopped_at_once_and_parents_elsewhere_are_told(
    session: AsyncSession, thread: Thread
) -> None:
    _, parent = await started(session, thread, 1)
    await wait(session, parent, "child")
    automation, *those = await started(session, thread, 3, parent=(parent, 2))
    assert await stopping.stop_all(session, threads.AGENT, automation) == 3
    assert await stopping.stop_all(session, threads.AGENT, automation) == 0
    assert [run.ending for run in await runs(session)] == [None, "stopped", "stopped", "stopped"]
    assert sorted(await acting.woken(session)) == sorted(map(str, (*those, parent)))
    told = "data -> 'runs' FROM journal WHERE kind = 'automation.runs_stopped'"
    assert await acting.column(session, told) == [3]


async def test_what_goes_on_wakes_the_runs_that_have_something_to_do(
    session: AsyncSession, thread: Thread
) -> None:
    automation, late, early, answered, silent, working = await started(session, thread, 5)
    for run, what, hours in (
        (late, "time", -1), (early, "time", 1), (answered, "reply", 0), (silent, "reply", 0),
        (working, "effect", 0),
    ):  # fmt: skip
        await wait(session, run, what, hours)
    await session.execute(
        text("INSERT INTO automation_inbox (run_id, message_id) VALUES (:run, :message)"),
        {"run": answered, "message": await threads.message(session, thread)},
    )
    await stopping.go_on(session, automation)
    assert await acting.woken(session) == [str(one) for one in (late, answered, working)]
