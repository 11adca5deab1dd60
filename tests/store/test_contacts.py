"""Pages, search and sets of contacts in SQL."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import ContactFilter, Selection, SortOrder
from domain.ids import new_id
from store import contacts, groups, journal, removing
from store.imports import records

NAMES = ("ana", "Ana", "Élise", "émile", "", "", "Zoé", "zoe", "Ünal", "100% Ana", "a_b", "أحمد")


async def _fill(session: AsyncSession, names: Sequence[str] = NAMES) -> None:
    for index, name in enumerate(names):
        number = f"55119876{index:05}"
        values = {"id": new_id(), "phone": f"+{number}", "phone_key": number, "name": name}
        assert await contacts.create(session, values)


@pytest.mark.parametrize("sort", list(SortOrder))
@pytest.mark.parametrize("limit", [1, 5, 50])
async def test_pages_hold_everybody_once_there_and_back(
    session: AsyncSession, sort: SortOrder, limit: int
) -> None:
    await _fill(session)
    pages = [await contacts.page(session, ContactFilter(), sort=sort, limit=limit)]
    while cursor := pages[-1].next_cursor:
        pages.append(
            await contacts.page(session, ContactFilter(), sort=sort, cursor=cursor, limit=limit)
        )
    seen = [contact.id for page in pages for contact in page.items]
    assert len(seen) == len(set(seen)) == len(NAMES)
    back = [pages[-1]]
    while cursor := back[-1].previous_cursor:
        back.append(
            await contacts.page(session, ContactFilter(), sort=sort, cursor=cursor, limit=limit)
        )
    assert [page.items for page in reversed(back)] == [page.items for page in pages]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("ANA", {"ana", "Ana", "100% Ana"}),
        ("%", {"100% Ana"}),
        ("_", {"a_b"}),
        ("احمد", {"أحمد"}),
        ("أحمد", {"أحمد"}),
        ("98760 0003", {"émile"}),
        ("+55 11 98760-0002", {"Élise"}),
    ],
)
async def test_search_takes_parts_literally(
    session: AsyncSession, search: str, names: set[str]
) -> None:
    await _fill(session)
    page = await contacts.page(session, ContactFilter(search=search))
    assert {contact.name for contact in page.items} == names
    assert await contacts.count(session, Selection(filter=ContactFilter(search=search))) == len(
        names
    )


async def test_a_number_in_another_form_is_taken(session: AsyncSession) -> None:
    values = {"phone": "+5511987654321", "phone_key": "5511987654321"}
    assert await contacts.create(session, {"id": new_id(), **values})
    assert not await contacts.create(session, {"id": new_id(), **values})


async def test_sets_count_what_they_change(session: AsyncSession) -> None:
    await _fill(session)
    group = await groups.create(session, "All")
    everybody = Selection()
    place = await journal.place(session)
    assert await contacts.add_to_group(session, everybody, group.id, place) == len(NAMES)
    assert await contacts.add_to_group(session, everybody, group.id, place) == 0
    anas = Selection(filter=ContactFilter(search="ana"))
    place = await journal.place(session)
    assert await contacts.remove_from_group(session, anas, group.id, place) == 3
    members = ContactFilter(group_id=group.id)
    assert await contacts.count(session, Selection(filter=members)) == len(NAMES) - 3
    assert await removing.selected(session, Selection(filter=members)) == len(NAMES) - 3
    assert await contacts.count(session, everybody) == 3


async def test_the_stream_has_everybody_with_their_groups(session: AsyncSession) -> None:
    await _fill(session)
    group = await groups.create(session, "Z")
    chosen, place = Selection(filter=ContactFilter(search="zo")), await journal.place(session)
    await contacts.add_to_group(session, chosen, group.id, place)
    found = [item async for item in contacts.stream(session, Selection(), SortOrder.NAME)]
    assert len(found) == len(NAMES)
    assert {item.name for item in found if item.groups} == {"Zoé", "zoe"}


async def test_lists_use_their_indexes(session: AsyncSession) -> None:
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = await session.scalars(
        text("EXPLAIN SELECT * FROM contacts ORDER BY lower(name), id LIMIT 50")
    )
    assert "ix_contacts_name_id" in "\n".join(plan)


async def test_a_lock_is_held_by_one_transaction(session: AsyncSession) -> None:
    assert await records.try_lock(session, new_id())
