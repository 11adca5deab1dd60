"""Which automation gets this text on this number, and why: the answer is what routing does."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.graphs import Settings
from domain.automations.triggers import (
    ButtonTrigger,
    Entry,
    FirstMessageTrigger,
    KeywordTrigger,
    MessageTrigger,
    ReEntry,
    Trigger,
)
from domain.errors import NotFound
from domain.ids import new_id
from services.automations import takeover
from services.automations.explaining import explain
from services.vault import Vault, new_key
from tests import graphs, threads
from tests.services.automations import acting
from tests.services.automations.acting import live, runs, wait, write
from tests.threads import Thread


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


async def automation(session: AsyncSession, name: str, trigger: Trigger, *restarts: str) -> str:
    settings = Settings(restart_words=restarts)
    graph = graphs.graph({"a": graphs.say("A")}, triggers={"t": trigger}, settings=settings)
    return str(await live(session, graph, name))


async def test_a_new_person_gets_the_best_trigger_and_every_other_says_why_not(
    session: AsyncSession, thread: Thread
) -> None:
    menu = await automation(session, "Menu", KeywordTrigger(words=("menu",)))
    await automation(session, "First", FirstMessageTrigger())
    await automation(session, "Tap", ButtonTrigger(payloads=("menu",)))
    found = await explain(session, thread.channel_id, "the menu, please")
    assert (found.taker, str(found.automation_id), found.trigger_id) == ("trigger", menu, "t")
    assert {one.candidate.name: one.fits for one in found.verdict.judged} == {
        "Menu": True, "First": True, "Tap": False,
    }  # fmt: skip
    assert all(one.why.code.startswith("automation_match") for one in found.verdict.judged)
    assert (await explain(session, thread.channel_id, "Stop")).taker == "marketing"
    nothing = await explain(session, new_id(), "")
    assert nothing.taker == "trigger"  # a first message, on any number
    assert await runs(session) == []


@pytest.mark.parametrize("text", ["STOP", "menu", "restart", "anything"])
@pytest.mark.parametrize("state", ["new", "entered", "waiting", "taken"])
async def test_the_answer_is_what_happens(
    session: AsyncSession, thread: Thread, text: str, state: str
) -> None:
    once = ReEntry(rule=Entry.ONCE)
    await automation(
        session, "Menu", KeywordTrigger(words=("menu", "begin"), entry=once), "restart"
    )
    await automation(session, "Any", MessageTrigger(entry=ReEntry(rule=Entry.ALWAYS), priority=-1))
    if state != "new":
        await write(session, thread, "begin")
        [run] = await runs(session)
        await wait(session, run.id, "reply")
    if state == "entered":
        await acting.end_runs(session)
    if state == "taken":
        await takeover.take(session, threads.AGENT, thread.id)
    told = await explain(session, thread.channel_id, text, thread.contact_id)
    before = {run.id for run in await runs(session)}
    await write(session, thread, text)
    new = [run for run in await runs(session) if run.id not in before]
    got_it = await acting.inbox(session)
    match told.taker:
        case "trigger":
            assert [run.automation_id for run in new] == [told.automation_id]
        case "run":
            assert (len(got_it), new) == (1, [])
        case "restart":
            assert [run.automation_id for run in new] == [told.automation_id]
            assert told.run_id in before
        case _:
            # Whether a word is a request is on record only when it came through the door.
            assert (got_it, new) == ([], []) or told.taker == "marketing"
    if (state, text) == ("entered", "menu"):
        assert list(told.refused.values()) == ["entered"]


async def test_somebody_unknown_is_not_found(session: AsyncSession, thread: Thread) -> None:
    with pytest.raises(NotFound):
        await explain(session, thread.channel_id, "menu", new_id())
