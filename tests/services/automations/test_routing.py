"""Where a message goes, and what else starts an automation."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.automations.conditions import Condition, Conditions, Group, Operator, Subject
from domain.automations.graphs import PLAIN, Graph, Settings
from domain.automations.nodes import Duration, Unit
from domain.automations.triggers import (
    ButtonTrigger,
    CampaignReplyTrigger,
    Entry,
    FieldTrigger,
    FirstMessageTrigger,
    GroupTrigger,
    KeywordTrigger,
    LabelTrigger,
    MessageTrigger,
    OptInTrigger,
    ReEntry,
    Trigger,
    WindowTrigger,
)
from domain.contacts import Selection
from domain.ids import new_id
from domain.journal.automations import LabelAdded
from domain.journal.conversations import (
    MessageEchoed,
    MessageReceived,
    MessageReleased,
    WindowExpired,
)
from domain.journal.people import ContactsOptedOut, MarketingStopped, OptedOut
from services import journal
from services.automations import routing, takeover
from services.contacts import write as contacts
from services.contacts.write import ContactChange
from services.vault import Vault, new_key
from store import groups
from store.tables.automations import LabelRow
from tests import factories, graphs, threads
from tests.services.automations import acting
from tests.services.automations.acting import inbox, live, routed, runs, wait, write
from tests.threads import Thread

ALWAYS = ReEntry(rule=Entry.ALWAYS)
ANA = Conditions(
    groups=(
        Group(
            conditions=(Condition(subject=Subject.FIELD, name="name", operator=Operator.IS, value="Ana Ruiz"),)
        ),
    )
)  # fmt: skip


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


def on(trigger: Trigger, settings: Settings = PLAIN) -> Graph:
    """A graph that one trigger leads into."""
    return graphs.graph(
        {"hello": graphs.say("Hello")}, triggers={"start": trigger}, settings=settings
    )


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
    message = await write(session, thread, "My answer", again=True)
    assert await inbox(session) == [message]
    assert await acting.woken(session) == [str(run.id)]
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


async def test_a_conversation_that_somebody_took_is_left_alone_until_it_is_given_back(
    session: AsyncSession, thread: Thread
) -> None:
    await live(session, on(MessageTrigger(entry=ALWAYS)))
    await write(session, thread, "a")
    [run] = await runs(session)
    await wait(session, run.id, "reply", -1)
    assert await takeover.take(session, threads.AGENT, thread.id)
    assert not await takeover.take(session, threads.AGENT, thread.id)
    await write(session, thread, "for the person")
    assert (await inbox(session), len(await runs(session))) == ([], 1)
    assert await takeover.give_back(session, threads.AGENT, thread.id)
    assert not await takeover.give_back(session, threads.AGENT, thread.id)
    for entry in await acting.unrouted(session, 0):
        if entry.kind == "conversation.given_back":
            await routing.route(session, entry)
    assert await acting.woken(session) == [str(run.id)]  # its time is over
    assert await inbox(session) == []


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


async def test_labels_windows_and_consent_start_runs_on_the_number_concerned(
    session: AsyncSession, thread: Thread
) -> None:
    label = LabelRow(name="VIP")
    session.add(label)
    await session.flush()
    wanted = {
        await live(session, on(trigger), trigger.TYPE)
        for trigger in (LabelTrigger(labels=(str(label.id),)), WindowTrigger(), OptInTrigger())
    }
    added = LabelAdded(
        conversation_id=thread.id, contact_id=thread.contact_id, label_id=label.id, label="VIP"
    )
    await routed(session, added, WindowExpired(conversation_id=thread.id), again=True)
    change = ContactChange(opted_out=False)
    await threads.block(session, thread.contact_id, "marketing_opt_out_at")
    await contacts.update(session, SYSTEM, thread.contact_id, change)
    for entry in await acting.unrouted(session, 0):
        await routing.route(session, entry)
    found = await runs(session)
    assert {run.automation_id for run in found} == wanted
    assert len(found) == 3
    assert {run.channel_id for run in found} == {thread.channel_id}


async def test_fields_and_groups_start_runs_for_those_who_changed(
    session: AsyncSession, thread: Thread
) -> None:
    vip = await groups.ensure(session, "VIP")
    english = await live(session, on(FieldTrigger(field="language", value="en")), "English")
    member = await live(session, on(GroupTrigger(groups=(str(vip.id),))), "Member")

    async def settle() -> list[tuple[UUID, UUID]]:
        for entry in await acting.unrouted(session, 0):
            await routing.route(session, entry)
        return [(run.automation_id, run.contact_id) for run in await runs(session)]

    await contacts.update(session, SYSTEM, thread.contact_id, ContactChange(language="es"))
    assert await settle() == []
    await contacts.update(session, SYSTEM, thread.contact_id, ContactChange(language="en"))
    assert await settle() == [(english, thread.contact_id)]
    await contacts.update(session, SYSTEM, thread.contact_id, ContactChange(group_ids=[vip.id]))
    assert await settle() == [(english, thread.contact_id), (member, thread.contact_id)]
    others = [await threads.thread(session, thread.channel_id, f"Bo {n}") for n in range(3)]
    await contacts.add_to_group(
        session, SYSTEM, Selection(ids=tuple(one.contact_id for one in others)), vip.id
    )
    assert [one for one in await settle() if one[0] == member] == [
        (member, one.contact_id) for one in (thread, *others)
    ]


async def test_a_person_who_answers_takes_the_conversation_over(
    session: AsyncSession, thread: Thread
) -> None:
    await live(session, on(MessageTrigger()))
    person = Actor("user", user_id=await _user(session))
    await takeover.by_reply(session, person, **thread.ends)  # no automation is at work
    await write(session, thread, "Hi")
    await takeover.by_reply(session, SYSTEM, **thread.ends)
    taken = "taken_by FROM conversations WHERE taken_at IS NOT NULL"
    assert await acting.column(session, taken) == []
    await takeover.by_reply(session, person, **thread.ends)
    assert await acting.column(session, taken) == [person.user_id]
    assert await acting.column(
        session, "contact_id FROM journal WHERE kind = 'conversation.taken'"
    ) == [thread.contact_id]


async def test_an_answer_from_the_business_app_takes_the_conversation_over(
    session: AsyncSession, thread: Thread
) -> None:
    await live(session, on(MessageTrigger()))

    async def answered(when: datetime) -> list[UUID]:
        written = await threads.sent(
            session, thread, "sent", origin="business_app", created_at=when
        )
        fact = MessageEchoed(
            conversation_id=thread.id, contact_id=thread.contact_id, message_id=written
        )
        await routed(session, fact, again=True)
        return await acting.column(
            session, "contact_id FROM journal WHERE kind = 'conversation.taken'"
        )

    now = datetime.now(UTC)
    assert await answered(now) == []  # no automation is at work
    await write(session, thread, "Hi")
    assert await answered(now - timedelta(minutes=1)) == []  # written before it was
    assert await answered(now + timedelta(minutes=1)) == [thread.contact_id]


async def _user(session: AsyncSession) -> UUID:
    user_id = new_id()
    await session.execute(
        text(
            "INSERT INTO users (id, email, name, role, password_hash) VALUES (:id, 'a@b.c', 'Ana', 'agent', 'x')"
        ),
        {"id": user_id},
    )
    return user_id
