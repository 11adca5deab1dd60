"""What ends runs: requests about marketing, and words that begin anew."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.graphs import Settings
from domain.automations.triggers import (
    Entry,
    KeywordTrigger,
    ManualTrigger,
    ReEntry,
)
from domain.journal.conversations import (
    MessageReceived,
)
from domain.journal.people import ContactsOptedOut, MarketingStopped, OptedOut
from services import journal
from services.automations import deciding, routing, starting
from services.automations.starting import Start
from services.automations.versions import Versions
from services.vault import Vault, new_key
from tests import threads
from tests.services.automations import acting
from tests.services.automations.acting import inbox, live, routed, runs, wait, write
from tests.services.automations.drawn import ALWAYS, on
from tests.threads import Thread


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


async def test_requests_about_marketing_never_reach_a_run_and_end_those_of_marketing(
    session: AsyncSession, thread: Thread
) -> None:
    marketing = on(KeywordTrigger(words=("a",), entry=ALWAYS), Settings(marketing=True))
    service = on(KeywordTrigger(words=("b",), entry=ALWAYS))
    sale, support = await live(session, marketing, "Sale"), await live(session, service, "Support")
    await write(session, thread, "a")
    [promoted] = await runs(session)
    await wait(session, promoted.id, "time", 5)
    await write(session, thread, "b")
    message = await threads.message(session, thread, body="STOP")
    await session.execute(
        text("""
INSERT INTO consents (contact_id, action, source, keepers, at, message_id)
VALUES (:contact, 'stop', 'keyword', '{person}', now(), :message)"""),
        {"contact": thread.contact_id, "message": message},
    )
    await threads.block(session, thread.contact_id, "marketing_opt_out_at")
    await routed(
        session,
        MessageReceived(
            conversation_id=thread.id, contact_id=thread.contact_id, message_id=message
        ),
        MarketingStopped(contact_id=thread.contact_id, source="keyword", message_id=message),
        again=True,
    )
    assert await inbox(session) == []
    ended = {run.automation_id: run.ending for run in await runs(session)}
    assert ended == {sale: "opted_out", support: None}
    assert await acting.woken(session) == [str(promoted.id)]  # so that its workflow ends
    await acting.end_runs(session)
    await write(session, thread, "a")
    assert len(await runs(session)) == 2  # who stopped marketing never enters it


@pytest.mark.parametrize("by_team", [True, False])
async def test_marketing_runs_end_whoever_stopped_marketing(
    session: AsyncSession, thread: Thread, by_team: bool
) -> None:
    await live(session, on(KeywordTrigger(words=("a",)), Settings(marketing=True)))
    await write(session, thread, "a")
    if by_team:
        await routed(session, OptedOut(contact_id=thread.contact_id))
    else:
        place = await journal.place(session)
        await journal.about(session, place, [thread.contact_id])
        await journal.note_many(session, SYSTEM, place, ContactsOptedOut(contacts=1))
        await routed(session)
        for entry in await acting.unrouted(session, place.id - 1):
            await routing.route(session, entry)
    assert [run.ending for run in await runs(session)] == ["opted_out"]


async def test_a_restart_word_ends_the_run_and_begins_it_anew_once(
    session: AsyncSession, thread: Thread
) -> None:
    graph = on(
        KeywordTrigger(words=("a",), entry=ReEntry(rule=Entry.ONCE)),
        Settings(restart_words=("Menu", "start over")),
    )
    await live(session, graph)
    await write(session, thread, "a")
    [run] = await runs(session)
    await wait(session, run.id, "reply")
    await write(session, thread, "show me the menu")  # an answer like any other
    message = await write(session, thread, "menú", again=True)
    first, second = await runs(session)
    assert (first.ending, second.ending, second.message_id) == ("restarted", None, message)
    assert len(await inbox(session)) == 1


async def test_what_a_run_was_given_at_its_start_is_there_after_a_restart(
    session: AsyncSession, thread: Thread
) -> None:
    """Twice, and also once it has answers of its own."""
    trigger = ManualTrigger(entry=ALWAYS)
    automation = await live(session, on(trigger, Settings(restart_words=("menu",))))
    wanted = Start(
        automation_id=automation, contact_id=thread.contact_id, cause="hook:1", answers={"order": "41"}
    )  # fmt: skip
    await starting.start(session, SYSTEM, wanted)
    for _ in range(2):
        [run] = [one for one in await runs(session) if one.ended_at is None]
        async with session.begin_nested():
            await deciding.decide(session, Versions(), run.id)
        await session.execute(
            text(
                "UPDATE automation_runs SET waits = 'reply', answers = answers || :own WHERE id = :id"
            ),
            {"id": run.id, "own": '{"order": "42", "size": "L"}'},
        )
        await write(session, thread, "menu")
    assert [(run.ending, run.answers) for run in await runs(session)] == [
        ("restarted", {"order": "42", "size": "L"}), ("restarted", {"order": "42", "size": "L"}), (None, {"order": "41"}),
    ]  # fmt: skip
