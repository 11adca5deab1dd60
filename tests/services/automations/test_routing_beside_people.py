"""Conversations that somebody takes over from automations."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.automations.triggers import (
    MessageTrigger,
)
from domain.ids import new_id
from domain.journal.conversations import (
    MessageEchoed,
)
from services.automations import routing, takeover
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
