"""Assigning, resolving, reading and starting conversations, and that open pages are told."""

import asyncio
from contextlib import aclosing
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.positions import entry_events
from domain.actors import SYSTEM
from domain.conversations import ConversationStatus
from domain.errors import Invalid, NotFound
from domain.ids import new_id
from domain.permissions import Role
from services.conversations import browse, change
from services.vault import Vault, new_key
from store import conversations, users
from store.listen import notifications
from store.tables.journal import JournalRow
from tests import factories, threads
from tests.threads import AGENT, Thread


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


async def person(session: AsyncSession, *, active: bool = True) -> UUID:
    """Somebody of the team."""
    user_id = await users.add(
        session, email=f"{new_id()}@example.com", name="Mina", role=Role.AGENT, password_hash="x"
    )
    assert user_id is not None
    await users.change(session, user_id, is_active=active)
    return user_id


async def test_assigning_is_written_down(session: AsyncSession, thread: Thread) -> None:
    mina = await person(session)
    assert (await change.assign(session, AGENT, thread.id, mina)).assignee_name == "Mina"
    assert (await change.assign(session, AGENT, thread.id, mina)).assignee_id == mina
    assert (await change.assign(session, AGENT, thread.id, None)).assignee_id is None
    log = list(await session.scalars(select(JournalRow).order_by(JournalRow.id)))
    assert [(entry.kind, entry.data) for entry in log] == [
        ("conversation.assigned", {"assignee_id": str(mina)}),
        ("conversation.assigned", {"assignee_id": None}),
    ]


async def test_only_active_people_get_work(session: AsyncSession, thread: Thread) -> None:
    for nobody in (await person(session, active=False), new_id()):
        with pytest.raises(Invalid):
            await change.assign(session, AGENT, thread.id, nobody)


async def test_statuses(session: AsyncSession, thread: Thread) -> None:
    for status in (ConversationStatus.PENDING, ConversationStatus.RESOLVED):
        assert (await change.set_status(session, AGENT, thread.id, status)).status == status
    with pytest.raises(NotFound):
        await change.set_status(session, AGENT, new_id(), ConversationStatus.OPEN)


async def test_reading_counts_what_came_later_as_unread(
    session: AsyncSession, thread: Thread
) -> None:
    written = sorted([await threads.message(session, thread) for _ in range(3)])
    await change.mark_read(session, SYSTEM, thread.id, written[0])
    assert (await browse.one(session, thread.id)).unread == 0
    await conversations.change(session, thread.id, unread=3)
    await change.mark_read(session, SYSTEM, thread.id, written[0])
    assert (await browse.one(session, thread.id)).unread == 2
    await change.mark_read(session, SYSTEM, thread.id)
    assert (await browse.one(session, thread.id)).unread == 0


async def test_starting_a_chat_twice_is_one_conversation(
    session: AsyncSession, thread: Thread
) -> None:
    again = await change.start(session, AGENT, **thread.ends)
    assert again.id == thread.id
    with pytest.raises(NotFound):
        await change.start(session, AGENT, channel_id=new_id(), contact_id=thread.contact_id)
    with pytest.raises(NotFound):
        await change.start(session, AGENT, channel_id=thread.channel_id, contact_id=new_id())


async def test_open_pages_are_told_when_it_is_committed(
    database_url: str, session: AsyncSession
) -> None:
    channel_id = await factories.channel(session, Vault([new_key()]))
    thread = await threads.thread(session, channel_id)
    await session.commit()
    async with aclosing(notifications(database_url)) as stream, asyncio.timeout(10):
        assert await anext(stream) is None  # connected
        await change.set_status(session, AGENT, thread.id, ConversationStatus.RESOLVED)
        await session.commit()
        entry: dict[str, Any] = {}
        while "kind" not in entry:
            payload = await anext(stream)
            entry = orjson.loads(payload or "{}")
    assert {(told["event"], told["room"]) for told in entry_events(entry)} == {
        ("conversation_update", "inbox"), ("conversation_update", f"conversation:{thread.id}"),
        ("contact_update", f"contact:{thread.contact_id}"),
    }  # fmt: skip


async def test_the_status_it_has_is_no_news(session: AsyncSession, thread: Thread) -> None:
    resolved = [ConversationStatus.RESOLVED] * 2
    for status in (ConversationStatus.OPEN, *resolved):
        assert (await change.set_status(session, AGENT, thread.id, status)).status == status
    noted = select(JournalRow).where(JournalRow.kind == "conversation.status_changed")
    assert len((await session.scalars(noted)).all()) == 1
