"""Which run or trigger gets a message, and that it gets it once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.nodes import Duration, Unit
from domain.automations.triggers import (
    ButtonTrigger,
    CampaignReplyTrigger,
    Entry,
    FirstMessageTrigger,
    KeywordTrigger,
    LabelTrigger,
    MessageTrigger,
    ReEntry,
)
from domain.ids import new_id
from domain.journal.conversations import (
    MessageReceived,
    MessageReleased,
)
from services import journal
from services.automations import routing
from services.vault import Vault, new_key
from tests import factories, threads
from tests.services.automations import acting
from tests.services.automations.acting import inbox, live, routed, runs, wait, write
from tests.services.automations.drawn import ALWAYS, ANA, on
from tests.threads import Thread


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


async def test_a_keyword_starts_a_run_once(session: AsyncSession, thread: Thread) -> None:
    automation = await live(session, on(KeywordTrigger(words=("menu",), entry=ALWAYS)))
    await write(session, thread, "something else")
    assert await runs(session) == []
    message = await write(session, thread, "the MENÚ please", again=True)
    [run] = await runs(session)
    assert (run.automation_id, run.version, run.trigger_id) == (automation, 1, "start")
    assert (run.contact_id, run.channel_id) == (thread.contact_id, thread.channel_id)
    assert (run.message_id, run.node, run.step, run.waits) == (message, "hello", 1, None)
    assert run.cause.startswith("entry:")
    assert run.state == {"seed": str(run.id), "message": str(message)}
    [started] = await acting.column(
        session,
        "data || jsonb_build_object('run', entity_id) FROM journal WHERE kind = 'run.started'",
    )
    assert (started["run"], started["trigger_id"]) == (str(run.id), "start")


async def test_a_message_that_concerns_no_automation_costs_one_statement(
    session: AsyncSession, thread: Thread
) -> None:
    await live(session, on(LabelTrigger(labels=("l",))))
    message = await threads.message(session, thread)
    await journal.note(
        session,
        SYSTEM,
        MessageReceived(
            conversation_id=thread.id, contact_id=thread.contact_id, message_id=message
        ),
    )
    [entry] = await acting.unrouted(session, 0)
    with threads.Statements(session) as seen:
        await routing.route(session, entry)
    assert seen.count == 1


async def test_a_waiting_run_gets_the_message_once_and_triggers_do_not(
    session: AsyncSession, thread: Thread
) -> None:
    await live(session, on(MessageTrigger(entry=ALWAYS)))
    await write(session, thread, "Hi")
    [run] = await runs(session)
    await wait(session, run.id, "reply")
    message = await threads.message(session, thread, body="My answer")
    fact = MessageReceived(
        conversation_id=thread.id, contact_id=thread.contact_id, message_id=message
    )
    # Whoever routed it may have died before the run's workflow was told.
    assert await routed(session, fact, again=True) == [run.id, run.id]
    assert await inbox(session) == [message]
    assert len(await runs(session)) == 1


async def test_a_message_is_kept_for_a_run_at_work_and_goes_first_to_one_that_waits(
    session: AsyncSession, thread: Thread
) -> None:
    await live(session, on(KeywordTrigger(words=("a", "b"), entry=ALWAYS)))
    await write(session, thread, "a")
    [first] = await runs(session)
    await wait(session, first.id, "effect")
    kept = await write(session, thread, "b")
    assert await inbox(session) == [kept]
    await wait(session, first.id, "time", 2)
    await write(
        session, thread, "b"
    )  # it waits for a time: whoever writes meanwhile may start another
    _, second = await runs(session)
    await wait(session, first.id, "reply")
    await wait(session, second.id, "effect")
    await write(session, thread, "an answer")
    query = "run_id FROM automation_inbox WHERE message_id <> :kept"
    assert await acting.column(session, query, kept=kept) == [first.id]


async def test_what_a_run_lets_go_may_start_another(session: AsyncSession, thread: Thread) -> None:
    await live(session, on(KeywordTrigger(words=("a", "b"), entry=ALWAYS)))
    await write(session, thread, "a")
    [first] = await runs(session)
    await wait(session, first.id, "effect")
    kept = await write(session, thread, "b")
    await session.execute(text("DELETE FROM automation_inbox"))
    await session.execute(text("UPDATE automation_runs SET ended_at = now(), ending = 'completed'"))
    fact = MessageReleased(message_id=kept, conversation_id=thread.id, contact_id=thread.contact_id)
    await routed(session, fact, again=True)
    _, second = await runs(session)
    assert second.message_id == kept


async def test_a_reply_on_another_number_is_not_for_this_run(
    session: AsyncSession, thread: Thread
) -> None:
    await live(session, on(KeywordTrigger(words=("a",))))
    await write(session, thread, "a")
    [run] = await runs(session)
    await wait(session, run.id, "reply")
    row = text("""
INSERT INTO channels SELECT (jsonb_populate_record(c, jsonb_build_object('id', CAST(:id AS uuid), 'phone_number_id', '2'))).*
FROM channels c""")
    channel = new_id()
    await session.execute(row, {"id": channel})
    other = Thread(new_id(), channel, thread.contact_id)
    await session.execute(
        text(
            "INSERT INTO conversations (id, channel_id, contact_id) VALUES (:id, :channel, :contact)"
        ),
        {"id": other.id, "channel": channel, "contact": thread.contact_id},
    )
    await write(session, other, "hello")
    assert await inbox(session) == []


async def test_the_next_automation_gets_what_the_first_lets_nobody_in_for(
    session: AsyncSession, thread: Thread
) -> None:
    once = await live(
        session, on(MessageTrigger(priority=5, entry=ReEntry(rule=Entry.ONCE))), "Once"
    )
    other = await live(session, on(MessageTrigger(entry=ALWAYS)), "Always")
    for word in ("one", "two"):
        await write(session, thread, word)
        await acting.end_runs(session)
    assert [run.automation_id for run in await runs(session)] == [once, other]


async def test_an_old_message_starts_nothing_but_answers_what_asked_before_it(
    session: AsyncSession, thread: Thread
) -> None:
    await live(session, on(MessageTrigger(entry=ALWAYS)))
    await write(session, thread, "days ago", created_at=datetime.now(UTC) - timedelta(days=2))
    assert await runs(session) == []
    await write(session, thread, "now")
    [run] = await runs(session)
    await wait(session, run.id, "reply")
    await write(
        session, thread, "older than the run", created_at=datetime.now(UTC) - timedelta(days=1)
    )
    assert await inbox(session) == []
    await session.execute(text("UPDATE automation_runs SET started_at = now() - interval '3 days'"))
    late = await write(session, thread, "late", created_at=datetime.now(UTC) - timedelta(days=1))
    assert await inbox(session) == [late]
    assert len(await runs(session)) == 1


async def test_notices_and_groups_concern_no_automation(
    session: AsyncSession, thread: Thread
) -> None:
    await live(session, on(MessageTrigger(kinds=("system", "text"), entry=ALWAYS)))
    await write(session, thread, "changed number", kind="system")
    message = await threads.message(session, thread)
    await routed(session, MessageReceived(conversation_id=thread.id, message_id=message))
    assert await runs(session) == []


async def test_buttons_first_messages_and_filters(session: AsyncSession, thread: Thread) -> None:
    first = await live(
        session,
        on(
            FirstMessageTrigger(quiet=Duration(amount=1, unit=Unit.DAYS), entry=ALWAYS, filters=ANA)
        ),
        "First",
    )
    button = await live(session, on(ButtonTrigger(payloads=("yes",), entry=ALWAYS)), "Button")
    await write(session, thread, "Hi")
    await acting.end_runs(session)
    await write(session, thread, "Hi again")  # not after a quiet day
    payload = {"button": {"payload": "yes", "text": "Yes!"}}
    await write(session, thread, "Yes!", kind="button", payload=payload)
    assert [run.automation_id for run in await runs(session)] == [first, button]


async def test_a_reply_to_a_campaign_starts_what_listens_to_it(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, Vault([new_key()]), 1)
    [contact] = await acting.column(session, "contact_id FROM campaign_recipients")
    on_it = Thread(new_id(), campaign.channel_id, contact)
    await session.execute(
        text(
            "INSERT INTO conversations (id, channel_id, contact_id) VALUES (:id, :channel, :contact)"
        ),
        {"id": on_it.id, "channel": on_it.channel_id, "contact": contact},
    )
    await live(session, on(CampaignReplyTrigger(campaigns=(str(new_id()),))), "Another")
    trigger = CampaignReplyTrigger(campaigns=(str(campaign.id),), entry=ALWAYS)
    own = await live(session, on(trigger), "Own")
    await write(session, on_it, "Before it came")
    assert await runs(session) == []
    now = datetime.now(UTC)
    await threads.sent(
        session,
        on_it,
        "accepted",
        origin="campaign",
        campaign_id=campaign.id,
        seq=1,
        accepted_at=now,
        wamid="wamid.campaign",
    )
    first = await write(session, on_it, "Tell me more")
    assert [run.automation_id for run in await runs(session)] == [own]
    # Only the first message after it replies to it, and whatever quotes it.
    await session.execute(
        text(
            """UPDATE messages SET replied_at = (SELECT created_at FROM messages WHERE id = :first)
            WHERE campaign_id IS NOT NULL"""
        ),
        {"first": first},
    )
    await acting.end_runs(session)
    later = now + timedelta(minutes=1)
    await write(session, on_it, "By the way", created_at=later)
    assert len(await runs(session)) == 1
    await write(session, on_it, "About this one", created_at=later, reply_to="wamid.campaign")
    assert len(await runs(session)) == 2
