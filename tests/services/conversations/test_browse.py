"""The inbox list: filters, search, pages, counts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.conversations import ConversationFilter
from domain.errors import Invalid, NotFound
from domain.ids import new_id
from domain.permissions import Role
from services.conversations import browse
from services.vault import Vault, new_key
from store import users
from tests import factories, threads
from tests.threads import Statements, Thread
from tests.words import refused_with

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def channel_id(session: AsyncSession) -> UUID:
    """The only number."""
    return await factories.channel(session, Vault([new_key()]))


async def agent(session: AsyncSession) -> UUID:
    """A person of the team."""
    user_id = await users.add(
        session, email=f"{new_id()}@example.com", name="Mina", role=Role.AGENT, password_hash="x"
    )
    assert user_id is not None
    return user_id


async def some(session: AsyncSession, channel_id: UUID, count: int) -> list[Thread]:
    """Conversations, the newest first; every third has the time of its neighbour."""
    return [
        await threads.thread(
            session, channel_id, f"Person {n}", last_message_at=NOW - timedelta(minutes=n - n % 3)
        )
        for n in range(count)
    ]


async def names(session: AsyncSession, **conditions: object) -> list[str]:
    """Who matches a filter."""
    wanted = ConversationFilter(**conditions)  # type: ignore[arg-type]  # each test names its own
    page = await browse.page(session, wanted, cursor=None, limit=50)
    return [row.contact_name for row in page.items]


async def test_pages_follow_each_other_without_gap_or_repetition(
    session: AsyncSession, channel_id: UUID
) -> None:
    made = {thread.id for thread in await some(session, channel_id, 25)}
    seen: list[UUID] = []
    cursor: str | None = None
    while True:
        page = await browse.page(session, ConversationFilter(), cursor=cursor, limit=10)
        seen += [row.id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == 25
    assert set(seen) == made


async def test_a_page_costs_one_statement_however_long_it_is(
    session: AsyncSession, channel_id: UUID
) -> None:
    for thread in await some(session, channel_id, 30):
        await threads.message(session, thread)
    with Statements(session) as statements:
        page = await browse.page(session, ConversationFilter(), cursor=None, limit=30)
    assert statements.count == 1
    assert {row.last_direction for row in page.items} == {"in"}


async def test_filters(session: AsyncSession, channel_id: UUID) -> None:
    mina = await agent(session)
    await threads.thread(session, channel_id, "Mine", assignee_id=mina)
    await threads.thread(session, channel_id, "Nobody's", unread=2)
    await threads.thread(session, channel_id, "Done", status="resolved")
    assert await names(session, status="open", assignee_id=mina) == ["Mine"]
    assert await names(session, status="open", unassigned=True) == ["Nobody's"]
    assert await names(session, status="resolved") == ["Done"]
    assert await names(session, unread=True) == ["Nobody's"]
    assert len(await names(session)) == 3
    assert await names(session, channel_id=new_id()) == []
    sums = await browse.counts(session, mina, ConversationFilter(status="open"))
    assert (sums.mine, sums.unassigned, sums.everyone, sums.unread) == (1, 1, 2, 1)
    assert (await browse.counts(session, mina, ConversationFilter())).everyone == 3


async def test_search_by_part_of_name_or_number(session: AsyncSession, channel_id: UUID) -> None:
    thread = await threads.thread(session, channel_id, "Zoë 100% Ünal")
    await threads.thread(session, channel_id, "Somebody")
    for text in ("ünal", "100%", "ZOË"):
        assert await names(session, search=text) == ["Zoë 100% Ünal"]
    shown = await browse.one(session, thread.id)
    assert shown.contact_phone is not None
    assert await names(session, search=shown.contact_phone[-7:]) == ["Zoë 100% Ünal"]
    assert await names(session, search="_o") == []


async def test_what_is_not_there(session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await browse.one(session, new_id())
    for bad in ("x", "2026-11-20T12:00:00~x", f"2026-11-20T12:00:00~{new_id()}"):
        with refused_with(Invalid, "first page"):
            await browse.page(session, ConversationFilter(), cursor=bad, limit=10)
    with pytest.raises(Invalid):
        await browse.page(session, ConversationFilter(), cursor=None, limit=0)
