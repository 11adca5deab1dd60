"""Guards halt what nobody can have meant, and say whom it concerns."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.guards import (
    MESSAGES_PER_HOUR,
    STARTS_OF_ONE,
    STARTS_PER_MINUTE,
    TURNS,
    Guard,
)
from domain.automations.triggers import (
    Entry,
    FieldTrigger,
    ManualTrigger,
    MessageTrigger,
    ReEntry,
    TimeTrigger,
)
from services.automations import guards, starting
from services.automations.starting import Start
from services.vault import Vault, new_key
from store.automations import starts
from tests import graphs, threads
from tests.services.automations import acting
from tests.services.automations.acting import live, runs, wait, write
from tests.threads import Thread

ALWAYS = ReEntry(rule=Entry.ALWAYS)


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


@pytest.fixture
def limits() -> Iterator[None]:
    """Low ones, for this test."""
    guards.use(3, 2)
    yield
    guards.use(STARTS_PER_MINUTE, MESSAGES_PER_HOUR)


async def halted(session: AsyncSession) -> dict[str, Any]:
    [found] = await acting.column(session, "halted FROM automations WHERE status = 'paused'")
    assert await acting.column(
        session, "data ->> 'guard' FROM journal WHERE kind = 'automation.halted'"
    ) == [found["guard"]]
    return dict(found)


async def test_too_many_starts_in_a_minute_halt_the_automation(
    session: AsyncSession, thread: Thread, limits: None
) -> None:
    graph = graphs.graph(
        {"hello": graphs.say("Hello")}, triggers={"start": ManualTrigger(entry=ALWAYS)}
    )
    automation = await live(session, graph)

    async def start(cause: str) -> str | None:
        wanted = Start(automation_id=automation, contact_id=thread.contact_id, cause=cause)
        return (await starting.tried(session, SYSTEM, wanted)).why_not

    chosen = [f"hand:{n}" for n in range(4)] + [f"time:t:{n}" for n in range(4)]
    assert {await start(cause) for cause in chosen} == {None}  # somebody meant these
    assert [await start(f"hook:{n}") for n in range(5)] == [None] * 3 + ["guard", "not_live"]
    found = await halted(session)
    assert (found["guard"], found["contacts"]) == ("starts", 1)
    assert found["contact_ids"] == [str(thread.contact_id)]


async def test_an_automation_that_sets_itself_off_is_halted(
    session: AsyncSession, thread: Thread
) -> None:
    graph = graphs.graph({"a": graphs.say("A")}, triggers={"t": FieldTrigger(entry=ALWAYS)})
    automation = await live(session, graph)

    async def start(cause: str) -> str | None:
        wanted = Start(automation_id=automation, contact_id=thread.contact_id, cause=cause)
        return (await starting.tried(session, SYSTEM, wanted)).why_not

    other_systems = [f"hook:{n}" for n in range(STARTS_OF_ONE)]
    here = [f"entry:{n}" for n in range(STARTS_OF_ONE)]
    assert {await start(cause) for cause in other_systems + here} == {None}
    assert await start("entry:more") == "guard"
    found = await halted(session)
    assert found["guard"] == "circle"
    assert found["contact_ids"] == [str(thread.contact_id)]


async def test_starts_of_an_hour_ago_do_not_count(
    session: AsyncSession, thread: Thread, limits: None
) -> None:
    await live(
        session, graphs.graph({"a": graphs.say("A")}, triggers={"t": MessageTrigger(entry=ALWAYS)})
    )
    for n in range(5):
        await write(session, thread, f"message {n}")
        await acting.end_runs(session)
        await session.execute(
            text(
                "UPDATE automation_runs SET id = CAST('00000000' || right(CAST(id AS text), 28) AS uuid)"
            )
        )
    assert len(await runs(session)) == 5


async def test_too_many_messages_to_one_contact_halt_it(
    session: AsyncSession, thread: Thread, limits: None
) -> None:
    automation = await live(session, graphs.chain(graphs.say("Hello")))
    for n in range(2):
        assert await guards.may_send(session, automation, thread.contact_id)
        await threads.sent(
            session, thread, "accepted", origin="automation", client_id=f"run:r:{n}:0"
        )
        await threads.sent(
            session, thread, "accepted", origin="automation", client_id=f"stopped:{n}"
        )
    assert not await guards.may_send(session, automation, thread.contact_id)
    assert (await halted(session))["guard"] == "messages"
    assert not await guards.may_send(session, automation, thread.contact_id)  # and is halted once


@pytest.mark.parametrize("waits", [True, False])
async def test_two_programs_that_talk_to_each_other_are_noticed(
    session: AsyncSession, thread: Thread, waits: bool
) -> None:
    graph = graphs.graph({"a": graphs.say("A")}, triggers={"t": MessageTrigger(entry=ALWAYS)})
    await live(session, graph)
    for n in range(TURNS):
        await write(session, thread, f"I am a program {n}")
        if waits:
            await wait(session, (await runs(session))[-1].id, "reply")
        else:
            await acting.end_runs(session)
        assert await acting.column(session, "status FROM automations") == ["live"]
        await threads.sent(session, thread, "accepted", origin="automation")
    await write(session, thread, "And so on")
    assert (await halted(session))["guard"] == "bots"


async def test_a_restored_copy_holds_every_automation(
    session: AsyncSession, thread: Thread
) -> None:
    trigger = TimeTrigger(moment="2099-01-01T09:00", everybody=True)
    graph = graphs.graph({"a": graphs.say("A")}, triggers={"t": trigger})
    automation = await live(session, graph)
    await guards.halt_all(session, Guard.RESTORED)
    assert (await halted(session))["guard"] == "restored"
    assert await acting.column(session, "next_at FROM automation_triggers") == [None]
    assert not await starts.hold(session, automation)
