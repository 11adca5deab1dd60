"""Composing: what is stored, that it is stored once, and what is refused beforehand."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say_error
from domain.actors import Actor
from domain.errors import Conflict, DomainError, Invalid, NotFound
from domain.messages import MessageState, Origin
from domain.permissions import Role
from services.messages.compose import compose
from services.messages.content import (
    Content,
    MediaContent,
    TemplateContent,
    TextContent,
)
from services.messages.views import MessageView
from services.vault import Vault
from store import conversations, users
from store.engine import create_engine, create_sessions
from store.tables.messages import ConversationRow, MessageRow
from tests import factories, threads
from tests.threads import AGENT, Thread
from tests.words import refused_with

HELLO = TextContent("Hello")


async def write(
    session: AsyncSession, on: Thread, content: Content = HELLO, **changes: Any
) -> MessageView:
    """Compose with the usual arguments."""
    arguments: dict[str, Any] = {"client_id": None, "origin": Origin.INBOX, **on.ends, **changes}
    return await compose(session, AGENT, content=content, **arguments)


async def code_of(session: AsyncSession, on: Thread, content: Content = HELLO, **k: Any) -> str:
    """The code a message is refused with."""
    with pytest.raises(DomainError) as refused:
        await write(session, on, content, **k)
    return refused.value.code


async def test_a_text_is_queued_and_moves_its_conversation(
    session: AsyncSession, thread: Thread
) -> None:
    message = await write(session, thread, TextContent("  See https://a.example  "), client_id="c1")
    assert (message.state, message.direction, message.kind) == (MessageState.QUEUED, "out", "text")
    row = await session.get(MessageRow, message.id)
    assert row is not None
    assert row.payload == {
        "type": "text", "text": {"body": "See https://a.example", "preview_url": True},
    }  # fmt: skip
    assert (row.body, row.client_id, row.attempt) == ("See https://a.example", "c1", 0)
    shown = await conversations.get(session, thread.id)
    assert shown is not None
    assert shown.preview == "See https://a.example"
    assert (shown.last_direction, shown.last_state) == ("out", "queued")


async def test_a_repeated_client_id_is_the_same_message(
    session: AsyncSession, thread: Thread
) -> None:
    first = await write(session, thread, client_id="c1")
    again = await write(session, thread, TextContent("Something else"), client_id="c1")
    assert (again.id, again.text) == (first.id, "Hello")


async def test_a_repetition_is_answered_although_the_window_closed_meanwhile(
    session: AsyncSession, thread: Thread
) -> None:
    first = await write(session, thread, client_id="c1")
    await conversations.change(session, thread.id, window_expires_at=datetime.now(UTC))
    assert (await write(session, thread, client_id="c1")).id == first.id
    assert await code_of(session, thread, client_id="c2") == "window_closed"


async def test_a_client_id_belongs_to_one_conversation(
    session: AsyncSession, thread: Thread
) -> None:
    await write(session, thread, client_id="c1")
    other = await threads.thread(session, thread.channel_id, "Somebody else")
    assert await code_of(session, other, client_id="c1") == "client_id_taken"
    assert await code_of(session, other, client_id="x" * 101) == "client_id_invalid"


async def test_two_requests_at_the_same_time_write_one_message(
    database_url: str, session: AsyncSession, vault: Vault
) -> None:
    thread = await threads.only_thread(session, vault)
    await session.commit()
    engine = create_engine(database_url)
    sessions = create_sessions(engine)

    async def once() -> MessageView:
        async with sessions.begin() as own:
            return await write(own, thread, client_id="same")

    written = await asyncio.gather(*(once() for _ in range(6)))
    assert len({message.id for message in written}) == 1
    rows = await session.scalars(select(MessageRow.id).where(MessageRow.client_id == "same"))
    assert len(list(rows)) == 1
    await engine.dispose()


@pytest.mark.parametrize(
    ("window", "code"),
    [(None, "window_closed"), (timedelta(seconds=-1), "window_closed"), (timedelta(minutes=1), "")],
)
async def test_free_text_needs_an_open_window(
    session: AsyncSession, vault: Vault, window: timedelta | None, code: str
) -> None:
    thread = await threads.only_thread(session, vault, window=window)
    shown = await conversations.get(session, thread.id)
    assert shown is not None
    assert shown.takes_text(datetime.now(UTC)) is not bool(code), "a page says what the gate does"
    if code:
        assert await code_of(session, thread) == code
    else:
        assert (await write(session, thread)).state is MessageState.QUEUED


async def test_a_template_goes_through_a_closed_window(session: AsyncSession, vault: Vault) -> None:
    thread = await threads.only_thread(session, vault, window=None)
    template_id = await threads.template(session)
    content = TemplateContent(template_id, values={"body.1": "Ana"})
    message = await write(session, thread, content)
    row = await session.get(MessageRow, message.id)
    assert row is not None
    assert row.payload is not None
    assert row.payload["template"]["name"] == "order_ready"
    assert row.payload["template"]["components"][0]["parameters"][0]["text"] == "Ana"
    assert message.text == "Hi Ana, your order is ready."
    assert message.template_card is not None
    assert message.template_card["body"] == message.text
    by_name = TemplateContent(name="order_ready", language="en_US", values=["Ana"])
    assert (await write(session, thread, by_name)).text == message.text


async def test_every_empty_variable_is_named(session: AsyncSession, thread: Thread) -> None:
    template_id = await threads.template(session)
    with pytest.raises(Invalid) as refused:
        await write(session, thread, TemplateContent(template_id, values={"body.1": "  "}))
    assert refused.value.code == "variables_missing"
    assert list(refused.value.fields) == ["body.1"]


async def test_a_template_must_be_sendable_and_of_this_account(
    session: AsyncSession, thread: Thread
) -> None:
    template_id = await threads.template(session)
    content = TemplateContent(template_id, values=["Ana"])
    change = text("UPDATE templates SET status = :status, waba_id = :waba WHERE id = :id")
    values = {"id": template_id, "waba": factories.WABA_ID}
    await session.execute(change, values | {"status": "PAUSED"})
    session.expire_all()
    assert await code_of(session, thread, content) == "template_paused"
    await session.execute(change, values | {"status": "APPROVED", "waba": "999"})
    session.expire_all()
    assert await code_of(session, thread, content) == "template_not_found"
    assert await code_of(session, thread, TemplateContent(uuid4())) == "template_not_found"


async def test_who_stopped_marketing_still_gets_utility(
    session: AsyncSession, thread: Thread
) -> None:
    await threads.block(session, thread.contact_id, "marketing_opt_out_at")
    offer = await threads.template(session, name="offer", category="MARKETING")
    receipt = await threads.template(session, name="receipt")
    assert await code_of(session, thread, TemplateContent(offer, values=["Ana"])) == "opted_out"
    sent = await write(session, thread, TemplateContent(receipt, values=["Ana"]))
    assert sent.state is MessageState.QUEUED


async def test_blocked_people_and_blocked_numbers_get_nothing(
    session: AsyncSession, thread: Thread
) -> None:
    blocked = text("UPDATE channels SET status = 'blocked', blocked_reason = 'payment'")
    await session.execute(blocked)
    session.expire_all()
    assert await code_of(session, thread) == "channel_payment"
    await threads.block(session, thread.contact_id, "blocked_at")
    assert await code_of(session, thread) == "contact_blocked"


async def test_somebody_unknown_and_a_number_unknown(session: AsyncSession, thread: Thread) -> None:
    with refused_with(NotFound, "contact"):
        await write(session, thread, contact_id=uuid4())
    with refused_with(NotFound, "channel"):
        await write(session, thread, channel_id=uuid4())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (TextContent("  \n "), "text_empty"),
        (TextContent("x" * 4097), "text_too_long"),
        (MediaContent("image"), "media_source"),
        (MediaContent("image", id="1", link="https://a.example/b.png"), "media_source"),
        (MediaContent("image", link="http://a.example/b.png"), "media_link"),
        (MediaContent("image", id="../etc"), "media_id"),
        (MediaContent("html", id="1"), "media_kind"),
        (MediaContent("image", id="1", caption="x" * 1025), "caption_too_long"),
    ],
)
async def test_content_that_whatsapp_would_refuse(
    session: AsyncSession, thread: Thread, content: Content, code: str
) -> None:
    assert await code_of(session, thread, content) == code


async def test_a_file_and_characters_postgresql_cannot_hold(
    session: AsyncSession, thread: Thread
) -> None:
    content = MediaContent("document", id="77", caption="July", filename="a.pdf")
    message = await write(session, thread, content)
    assert message.media is not None
    assert (message.media.name, message.text) == ("a.pdf", "July")
    assert (
        await write(session, thread, TextContent("a\x00b\ud800"))
    ).text == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


async def test_a_reply_quotes_a_message_of_its_own_thread(
    session: AsyncSession, thread: Thread
) -> None:
    asked = await threads.message(session, thread, body="When?")
    answer = await write(session, thread, reply_to=asked)
    assert answer.quoted is not None
    assert answer.quoted.text == "When?"
    other = await threads.thread(session, thread.channel_id, "Somebody else")
    assert await code_of(session, other, reply_to=asked) == "reply_to_unknown"


async def test_a_chat_started_by_a_person_is_theirs_and_one_by_a_program_waits_for_an_answer(
    session: AsyncSession, vault: Vault
) -> None:
    thread = await threads.only_thread(session, vault)
    template_id = await threads.template(session)
    content = TemplateContent(template_id, values=["Ana"])
    found = {}
    for origin in (Origin.INBOX, Origin.API):
        await session.execute(text("DELETE FROM conversations"))
        await write(session, thread, content, origin=origin)
        found[origin] = (await session.scalars(select(ConversationRow))).one()
        session.expunge_all()
    assert found[Origin.INBOX].status == "open"
    assert found[Origin.API].status == "resolved"


async def test_what_a_person_writes_names_them(session: AsyncSession, vault: Vault) -> None:
    thread = await threads.only_thread(session, vault)
    user_id = await users.add(
        session, email="mina@example.com", name="Mina", role=Role.AGENT, password_hash="x"
    )
    message = await compose(
        session, Actor("user", user_id), **thread.ends, content=HELLO, client_id=None,
        origin=Origin.INBOX,
    )  # fmt: skip
    assert (message.sender_id, message.sender_name) == (user_id, "Mina")


async def test_a_conflict_can_be_acted_on(session: AsyncSession, vault: Vault) -> None:
    thread = await threads.only_thread(session, vault, window=None)
    with pytest.raises(Conflict) as refused:
        await write(session, thread)
    assert "Send a template" in say_error(refused.value)
