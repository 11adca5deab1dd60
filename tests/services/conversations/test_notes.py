"""Notes of the team: who wrote them, in which order, and who may delete them."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Forbidden, Invalid, NotFound
from domain.ids import new_id
from domain.permissions import Role
from services.conversations import notes
from services.vault import Vault, new_key
from store import users
from tests import runs, threads
from tests.graphs import chain, say
from tests.services.conversations import groups_of
from tests.threads import AGENT, Thread


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


async def person(session: AsyncSession, name: str) -> Actor:
    user_id = await users.add(
        session, email=f"{new_id()}@example.com", name=name, role=Role.AGENT, password_hash="x"
    )
    return Actor("user", user_id)


async def test_notes_come_in_pages_newest_first(session: AsyncSession, thread: Thread) -> None:
    mina = await person(session, "Mina")
    for place in range(3):
        note = await notes.write(session, mina, thread.id, f" Note {place}\x00 ")
        assert (note.text, note.author_name, note.run_id) == (f"Note {place}", "Mina", None)
    first = await notes.page(session, thread.id, limit=2)
    assert [one.text for one in first.items] == ["Note 2", "Note 1"]
    rest = await notes.page(session, thread.id, cursor=first.next_cursor or "", limit=2)
    assert ([one.text for one in rest.items], rest.next_cursor) == (["Note 0"], None)


@pytest.mark.parametrize(
    ("written", "code"), [(" \x00\n", "note_empty"), ("x" * 4097, "value_long")]
)
async def test_odd_notes_are_refused(
    session: AsyncSession, thread: Thread, written: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await notes.write(session, AGENT, thread.id, written)
    assert refused.value.code == code
    assert (await notes.page(session, thread.id)).items == []


async def test_only_the_author_or_an_overseer_deletes_one(
    session: AsyncSession, thread: Thread
) -> None:
    mina, other = await person(session, "Mina"), await person(session, "Bo")
    first = await notes.write(session, mina, thread.id, "One")
    second = await notes.write(session, mina, thread.id, "Two")
    for who in (other, AGENT):
        with pytest.raises(Forbidden):
            await notes.delete(session, who, first.id)
    await notes.delete(session, mina, first.id)
    await notes.delete(session, other, second.id, any_author=True)
    with pytest.raises(NotFound):
        await notes.delete(session, mina, first.id)
    assert (await notes.page(session, thread.id)).items == []


async def test_a_run_writes_one_note_at_a_step_and_is_named(session: AsyncSession) -> None:
    who = await runs.cast(session, Vault([new_key()]))
    automation_id = await runs.live(session, chain(say("Hi")), "Welcome")
    run_id = await runs.started(session, automation_id, who)
    actor = Actor(f"automation:{automation_id}")
    note = await notes.write(session, actor, who.conversation_id, "Wants a call", run_id, 3)
    assert (note.author_name, note.automation_name, note.run_id) == (None, "Welcome", run_id)
    with pytest.raises(AssertionError):
        await notes.write(session, actor, who.conversation_id, "Again", run_id, 3)
    assert len((await notes.page(session, who.conversation_id)).items) == 1
    with pytest.raises(Forbidden):  # of nobody on the team
        await notes.delete(session, AGENT, note.id)


async def test_notes_are_noted_of_the_person_and_in_a_group_of_nobody(
    session: AsyncSession, thread: Thread
) -> None:
    group = await groups_of(session, thread.channel_id)
    for conversation_id in (thread.id, group):
        await notes.write(session, AGENT, conversation_id, "Look")
    query = text("SELECT contact_id FROM journal WHERE kind LIKE '%note_written' ORDER BY id")
    assert list(await session.scalars(query)) == [thread.contact_id, None]
    with pytest.raises(NotFound):
        await notes.write(session, AGENT, new_id(), "Look")
