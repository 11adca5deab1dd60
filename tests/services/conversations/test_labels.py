"""Labels: their names, their colours, and the conversations they are on."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.errors import Conflict, DomainError, Invalid, NotFound
from domain.ids import new_id
from services.conversations import labels
from services.vault import Vault, new_key
from tests import threads
from tests.services.conversations import groups_of
from tests.threads import AGENT, Thread


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


async def noted(session: AsyncSession) -> list[Any]:
    query = text(
        "SELECT kind, contact_id, before, data FROM journal WHERE kind LIKE '%label%' ORDER BY id"
    )
    return [tuple(row) for row in await session.execute(query)]


async def test_a_name_is_taken_once_in_any_case(session: AsyncSession) -> None:
    vip = await labels.create(session, AGENT, "  VIP ", "red")
    assert (vip.name, vip.color, vip.conversations) == ("VIP", "red", 0)
    with pytest.raises(Conflict) as taken:
        await labels.create(session, AGENT, "vip")
    assert (taken.value.code, taken.value.sentence.params["name"]) == ("label_exists", "VIP")
    other = await labels.create(session, AGENT, "New")
    with pytest.raises(Conflict):
        await labels.change(session, AGENT, other.id, name="Vip")
    renamed = await labels.change(session, AGENT, vip.id, name="Vip")  # its own name
    assert (renamed.name, renamed.color) == ("Vip", "red")
    assert [one.name for one in await labels.every(session)] == ["New", "Vip"]


@pytest.mark.parametrize(
    ("name", "color", "code"),
    [(" ", "", "label_name"), ("x", "beige", "label_color"), ("x" * 41, "", "value_long")],
)
async def test_odd_labels_are_refused_and_leave_nothing(
    session: AsyncSession, name: str, color: str, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        await labels.create(session, AGENT, name, color)
    assert isinstance(refused.value, Invalid)
    assert refused.value.code == code
    assert await labels.every(session) == []
    assert await noted(session) == []


async def test_there_is_a_limit(session: AsyncSession) -> None:
    await session.execute(
        text("""
INSERT INTO labels (id, name) SELECT gen_random_uuid(), 'label ' || n FROM generate_series(1, :most) AS n"""),
        {"most": labels.MOST},
    )
    with pytest.raises(Conflict, match="labels_limit"):
        await labels.create(session, AGENT, "one too many")


async def test_changes_are_noted_with_what_was_before(session: AsyncSession) -> None:
    made = await labels.create(session, AGENT, "VIP", "red")
    await labels.change(session, AGENT, made.id, name="VIP", color="red")  # nothing new
    await labels.change(session, AGENT, made.id, color="")
    red, plain = {"name": "VIP", "color": "red"}, {"name": "VIP", "color": ""}
    assert await noted(session) == [
        ("label.created", None, None, red), ("label.changed", None, red, plain),
    ]  # fmt: skip
    for call in (labels.get(session, new_id()), labels.delete(session, AGENT, new_id())):
        with pytest.raises(NotFound):
            await call


async def test_a_label_is_put_on_and_taken_off_once(session: AsyncSession, thread: Thread) -> None:
    vip = await labels.create(session, AGENT, "VIP")
    new = await labels.create(session, AGENT, "New")
    for label in (vip, new):
        await labels.put_on(session, AGENT, thread.id, label.id)
    found = await labels.put_on(session, AGENT, thread.id, vip.id)
    assert [one.name for one in found] == ["New", "VIP"]
    assert (await labels.get(session, vip.id)).conversations == 1
    await labels.take_off(session, AGENT, thread.id, new.id)
    left = await labels.take_off(session, AGENT, thread.id, new.id)
    assert [one.name for one in left] == ["VIP"]
    on_it = [
        (kind, who) for kind, who, *_ in await noted(session) if kind.startswith("conversation")
    ]
    assert on_it == [
        ("conversation.label_added", thread.contact_id), ("conversation.label_added", thread.contact_id),
        ("conversation.label_removed", thread.contact_id),
    ]  # fmt: skip
    await labels.delete(session, AGENT, vip.id)
    assert await labels.of_conversation(session, thread.id) == []
    kind, _, before, _ = (await noted(session))[-1]
    assert (kind, before["conversations"]) == ("label.deleted", 1)


async def test_a_label_on_a_group_is_about_nobody(session: AsyncSession, thread: Thread) -> None:
    group = await groups_of(session, thread.channel_id)
    vip = await labels.create(session, AGENT, "VIP")
    assert [one.id for one in await labels.put_on(session, AGENT, group, vip.id)] == [vip.id]
    kind, who, *_ = (await noted(session))[-1]
    assert (kind, who) == ("conversation.label_added", None)
    with pytest.raises(NotFound):
        await labels.put_on(session, AGENT, new_id(), vip.id)
    with pytest.raises(NotFound):
        await labels.put_on(session, AGENT, group, new_id())


async def test_of_two_who_make_the_same_label_one_is_told(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    async def made() -> str:
        try:
            async with sessions.begin() as session:
                return (await labels.create(session, SYSTEM, "VIP")).name
        except Conflict as refused:
            return refused.code

    assert sorted(await asyncio.gather(made(), made())) == ["VIP", "label_exists"]
