"""Everything with Meta's time is in the right place: late messages, groups, echoes, reactions."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.conversations import ConversationStatus, placed_at
from domain.ids import id_at
from domain.messages import MessageState
from services.conversations import browse, change
from services.messages import read as reading
from services.messages.views import MessageView
from services.vault import Vault, new_key
from store.sending import claims, outcomes
from tests import factories
from tests.services.contacts.test_identity import FIRST, OLD, body, deliver, drain, read, value

Sessions = async_sessionmaker[AsyncSession]
NOW = datetime.now(UTC).replace(microsecond=0)
GROUP = "Y2FwaV9ncm91cDox"
_numbers = itertools.count(1)


def wrote(words: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "from": OLD, "id": f"wamid.l{next(_numbers)}", "timestamp": str(int(at.timestamp())),
        "type": "text", "text": {"body": words}, **more,
    }  # fmt: skip


def reacted(wamid: str, emoji: str | None, at: datetime, **more: Any) -> dict[str, Any]:
    part = {"message_id": wamid} | ({"emoji": emoji} if emoji else {})
    return wrote("", at, type="reaction", reaction=part, **more)


def echoed(words: str, at: datetime, **more: Any) -> dict[str, Any]:
    return wrote(words, at, **{"from": "15557010001", "to": OLD, **more})


def echo(*items: dict[str, Any], field: str = "smb_message_echoes") -> bytes:
    return body(value(field, message_echoes=list(items)))


async def said(sessions: Sessions, *items: dict[str, Any]) -> None:
    await deliver(sessions, body(value(messages=list(items))))


async def conversation(sessions: Sessions) -> Any:
    [row] = await read(sessions, "SELECT * FROM conversations")
    return row


async def shown(sessions: Sessions) -> list[MessageView]:
    row = await conversation(sessions)
    async with sessions() as session:
        thread = await reading.thread(session, row.channel_id, row.contact_id or row.id)
    return thread.messages


async def resolve(sessions: Sessions) -> None:
    row = await conversation(sessions)
    async with sessions.begin() as session:
        await change.set_status(session, SYSTEM, row.id, ConversationStatus.RESOLVED)


@pytest.mark.fault("A4")
async def test_a_text_three_days_late_stands_where_it_was_written(sessions: Sessions) -> None:
    await said(sessions, wrote("today", NOW - timedelta(minutes=5)))
    await resolve(sessions)
    before = await conversation(sessions)
    await said(sessions, wrote("long ago", NOW - timedelta(days=3)))
    after = await conversation(sessions)
    assert [message.text for message in await shown(sessions)] == ["long ago", "today"]
    assert (after.preview, after.last_message_at) == ("today", before.last_message_at)
    assert (after.status, after.unread) == ("resolved", 2)
    assert after.window_expires_at == before.window_expires_at
    assert after.window_opened_at == before.window_opened_at
    await said(sessions, wrote("again", datetime.now(UTC)))
    now = await conversation(sessions)
    assert (now.preview, now.status) == ("again", "open")


@pytest.mark.fault("A4")
async def test_a_first_message_that_is_late_makes_an_old_thread(sessions: Sessions) -> None:
    at = NOW - timedelta(days=3)
    await said(sessions, wrote("long ago", at))
    row = await conversation(sessions)
    assert (row.preview, row.unread) == ("long ago", 1)
    assert at <= row.last_message_at < at + timedelta(seconds=1)
    assert row.window_expires_at == at + timedelta(hours=24)


@pytest.mark.fault("A4")
async def test_milliseconds_are_read_as_what_they_are(sessions: Sessions) -> None:
    at = NOW - timedelta(days=3)
    late = wrote("long ago", at) | {"timestamp": int(at.timestamp() * 1000) + 7}
    await said(sessions, wrote("today", NOW - timedelta(minutes=5)), late)
    row = await conversation(sessions)
    assert [message.text for message in await shown(sessions)] == ["long ago", "today"]
    assert row.preview == "today"


@pytest.mark.fault("A4")
async def test_a_time_ahead_of_now_counts_as_now(sessions: Sessions) -> None:
    await said(sessions, wrote("from tomorrow", NOW + timedelta(days=1)))
    row = await conversation(sessions)
    limit = datetime.now(UTC)
    assert row.window_expires_at <= limit + timedelta(hours=24)
    assert row.last_message_at <= limit


@pytest.mark.fault("A4")
@given(st.integers(0, 10**5), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**4))
def test_places_keep_the_order_of_seconds_and_of_arrival(
    second: int, delay: int, other: int, later: int
) -> None:
    written = NOW + timedelta(seconds=second)
    first, then = sorted((delay, other))
    a = placed_at(written, written + timedelta(milliseconds=first))
    b = placed_at(written, written + timedelta(milliseconds=then))
    c = placed_at(
        written + timedelta(seconds=later), written + timedelta(seconds=later, milliseconds=first)
    )
    assert written <= a <= b < written + timedelta(seconds=1)
    assert a < c
    assert id_at(a, 1) < id_at(a, 2)
    assert id_at(a, 9000) < id_at(c, 0)


@pytest.mark.fault("A4")
async def test_a_status_without_our_data_is_found_by_its_wamid_on_its_number_only(
    sessions: Sessions,
) -> None:
    await said(sessions, wrote("hello", NOW - timedelta(minutes=5), from_user_id=FIRST))
    row = await conversation(sessions)
    async with sessions.begin() as session:
        await session.execute(
            text("""INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state,
            body, wamid) VALUES (gen_random_uuid(), :channel, :contact, 'out', 'inbox', 'text',
            'accepted', 'answer', 'wamid.OURS')"""),
            {"channel": row.channel_id, "contact": row.contact_id},
        )
    news = {"id": "wamid.OURS", "status": "read", "timestamp": str(int(NOW.timestamp()))}
    state = "SELECT state FROM messages WHERE wamid = 'wamid.OURS'"
    foreign = body(value(statuses=[news | {"recipient_id": OLD}])).replace(
        factories.PHONE_NUMBER_ID.encode(), b"99"
    )
    await deliver(sessions, foreign, body(value(statuses=[news | {"recipient_id": "34611999999"}])))
    assert (await read(sessions, state))[0].state == "accepted"
    await deliver(
        sessions, body(value(statuses=[news | {"status": "delivered", "recipient_id": OLD}]))
    )
    assert (await read(sessions, state))[0].state == "delivered"
    await deliver(sessions, body(value(statuses=[news | {"recipient_user_id": FIRST}])))
    assert (await read(sessions, state))[0].state == "read"


@pytest.mark.fault("A4")
async def test_an_answer_counts_for_the_campaign_its_writer_had_got(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM channels"))
        launched = await factories.campaign(session, Vault([new_key()]), 1)
        taken = await claims.claim_fresh(session, launched.span, 0, [UUID(int=7)], "a/1")
        await outcomes.record(
            session,
            [outcomes.Outcome(taken.items[0].message_id, 1, MessageState.ACCEPTED,
                NOW - timedelta(hours=1), wamid="wamid.C")],
        )  # fmt: skip
        phone = taken.items[0].phone.removeprefix("+")
    replied = "SELECT replied_at FROM messages WHERE wamid = 'wamid.C'"
    await said(sessions, wrote("before", NOW - timedelta(hours=2), **{"from": phone}))
    assert (await read(sessions, replied))[0].replied_at is None
    at = NOW - timedelta(minutes=30)
    await said(sessions, wrote("after", at, **{"from": phone}))
    assert (await read(sessions, replied))[0].replied_at == at


@pytest.mark.fault("A7")
async def test_a_group_has_a_thread_of_its_own_without_a_window(sessions: Sessions) -> None:
    card = {"profile": {"name": "Mara"}, "wa_id": OLD}
    in_group = wrote("hi all", NOW, group_id=GROUP)
    other = wrote("me too", NOW, group_id=GROUP, **{"from": "34611000199"})
    await deliver(sessions, body(value(messages=[in_group, other], contacts=[card])))
    row = await conversation(sessions)
    assert (row.group_id, row.contact_id, row.window_expires_at) == (GROUP, None, None)
    assert (row.unread, row.preview) == (2, "me too")
    assert await read(sessions, "SELECT 1 FROM contacts") == []
    assert [(m.text, m.author_name) for m in await shown(sessions)] == [
        ("hi all", "Mara"),
        ("me too", "+34611000199"),
    ]
    await said(sessions, wrote("in private", NOW), wrote("again all", NOW, group_id=GROUP))
    rows = await read(sessions, "SELECT * FROM conversations ORDER BY group_id NULLS FIRST")
    assert [(row.preview, row.unread) for row in rows] == [("in private", 1), ("again all", 3)]
    assert rows[0].window_expires_at is not None
    status = {"id": "wamid.G", "status": "read", "timestamp": "1790417000",
              "recipient_type": "group", "recipient_id": GROUP,
              "recipient_participant_id": "34611000199"}  # fmt: skip
    await deliver(sessions, body(value(statuses=[status])))
    assert len(await read(sessions, "SELECT 1 FROM contacts")) == 1
    async with sessions() as session:
        record = await browse.one(session, rows[1].id)
    assert (record.group_id, record.contact_id) == (GROUP, rows[1].id)


@pytest.mark.fault("A8")
@pytest.mark.parametrize("field", ["smb_message_echoes", "message_echoes", "messages"])
async def test_what_the_business_app_wrote_stands_in_the_thread_once(
    sessions: Sessions, field: str
) -> None:
    await said(sessions, wrote("question", NOW - timedelta(hours=2)))
    before = await conversation(sessions)
    await resolve(sessions)
    answer = echoed("answer", NOW - timedelta(hours=1))
    await deliver(sessions, echo(answer, field=field), echo(answer, echoed("second", NOW)))
    after = await conversation(sessions)
    assert (after.preview, after.unread, after.status) == ("second", before.unread, "resolved")
    assert after.window_expires_at == before.window_expires_at
    found = await shown(sessions)
    assert [(m.text, m.direction, m.origin) for m in found[1:]] == [
        ("answer", "out", "business_app"),
        ("second", "out", "business_app"),
    ]
    news = {"id": answer["id"], "status": "read", "recipient_id": OLD,
            "timestamp": str(int(NOW.timestamp()))}  # fmt: skip
    await deliver(sessions, body(value(statuses=[news])))
    assert [m.state for m in await shown(sessions)] == ["received", "read", "sent"]


@pytest.mark.fault("A8")
async def test_an_echo_of_what_we_sent_ourselves_is_no_second_message(sessions: Sessions) -> None:
    await said(sessions, wrote("hello", NOW - timedelta(minutes=5)))
    row = await conversation(sessions)
    async with sessions.begin() as session:
        await session.execute(
            text("""INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state,
            body, wamid) VALUES (gen_random_uuid(), :channel, :contact, 'out', 'inbox', 'text',
            'accepted', 'answer', 'wamid.OURS')"""),
            {"channel": row.channel_id, "contact": row.contact_id},
        )
    await deliver(sessions, echo(echoed("answer", NOW, id="wamid.OURS")))
    assert len(await shown(sessions)) == 2


@pytest.mark.fault("A8")
async def test_an_echo_to_somebody_new_begins_a_thread(sessions: Sessions) -> None:
    await deliver(sessions, echo(echoed("hello", NOW, to_user_id=FIRST)))
    row = await conversation(sessions)
    assert (row.preview, row.unread, row.window_expires_at) == ("hello", 0, None)
    [contact] = await read(sessions, "SELECT * FROM contacts")
    assert (contact.phone_key, contact.bsuid) == (OLD, FIRST)


@pytest.mark.fault("B9")
async def test_a_reaction_hangs_on_its_message_and_changes_nothing_else(
    sessions: Sessions,
) -> None:
    theirs = wrote("hello", NOW - timedelta(hours=2))
    await said(sessions, theirs)
    ours = echoed("answer", NOW - timedelta(hours=1))
    await deliver(sessions, echo(ours))
    await resolve(sessions)
    before = await conversation(sessions)
    later = NOW - timedelta(minutes=2)
    news = [
        reacted(ours["id"], "👍", NOW - timedelta(minutes=10)),
        reacted(ours["id"], "🎉", later),
        reacted(ours["id"], "👎", NOW - timedelta(minutes=30)),
        reacted("wamid.unknown", "🤷", later),
    ]
    for item in news:
        await said(sessions, item)
    await deliver(sessions, echo(reacted(theirs["id"], "🙏", later, **{"from": "1", "to": OLD})))
    assert await conversation(sessions) == before
    seen = {m.text: [(r.emoji, r.ours) for r in m.reactions] for m in await shown(sessions)}
    assert seen == {"hello": [("🙏", True)], "answer": [("🎉", False)]}
    assert len(await read(sessions, "SELECT 1 FROM message_reactions")) == 3
    await said(sessions, reacted(ours["id"], None, NOW))
    assert [m.reactions for m in await shown(sessions) if m.text == "answer"] == [()]
    # One that was there before its message is seen as soon as the message is.
    await deliver(sessions, echo(echoed("late", NOW, id="wamid.unknown")))
    assert [m.reactions[0].emoji for m in await shown(sessions) if m.text == "late"] == ["🤷"]


@pytest.mark.fault("B9")
async def test_a_reaction_to_a_campaign_is_no_reply(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM channels"))
        launched = await factories.campaign(session, Vault([new_key()]), 1)
        taken = await claims.claim_fresh(session, launched.span, 0, [UUID(int=7)], "a/1")
        await outcomes.record(
            session,
            [outcomes.Outcome(taken.items[0].message_id, 1, MessageState.ACCEPTED,
                NOW - timedelta(hours=1), wamid="wamid.C")],
        )  # fmt: skip
        phone = taken.items[0].phone.removeprefix("+")
    await said(sessions, reacted("wamid.C", "👍", NOW, **{"from": phone}))
    await drain(sessions)
    [row] = await read(sessions, "SELECT replied FROM campaign_counters")
    assert row.replied == 0
    assert await read(sessions, "SELECT 1 FROM conversations WHERE unread > 0") == []
