"""Bulk actions on contacts: both edges call this, and one can undo a deletion."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.contacts import ContactFilter, Selection
from domain.errors import Conflict, DomainError, NotFound
from domain.ids import new_id
from services import deletions
from services.contacts import bulk, groups, search, write
from services.contacts.bulk import Bulk, BulkAction
from services.contacts.write import ContactChange

ALL = Selection(filter=ContactFilter(search="bulk"))


@pytest.fixture
async def ids(session: AsyncSession) -> tuple[UUID, ...]:
    """Three contacts."""
    made = [
        await write.create(session, SYSTEM, ContactChange(phone=f"+5511987650{n}00", name="Bulk"))
        for n in range(3)
    ]
    return tuple(contact.id for contact in made)


@pytest.mark.usefixtures("ids")
async def test_a_group_is_named_by_its_id_or_made_by_its_name(session: AsyncSession) -> None:
    made = Bulk(BulkAction.ADD_TO_GROUP, ALL, new_group="Bulk people")
    assert await bulk.apply(session, SYSTEM, made) == 3
    (group,) = [one for one in await groups.every(session) if one.name == "Bulk people"]
    assert group.members == 3
    assert await bulk.apply(session, SYSTEM, made) == 0
    taken = Bulk(BulkAction.REMOVE_FROM_GROUP, ALL, group_id=group.id)
    assert await bulk.apply(session, SYSTEM, taken) == 3


@pytest.mark.usefixtures("ids")
async def test_marketing_is_stopped_and_allowed(session: AsyncSession) -> None:
    for action in (BulkAction.OPT_OUT, BulkAction.OPT_IN):
        assert await bulk.apply(session, SYSTEM, Bulk(action, ALL)) == 3


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Bulk(BulkAction.ADD_TO_GROUP, ALL), "group_missing"),
        (Bulk(BulkAction.REMOVE_FROM_GROUP, ALL, new_group="By name"), "group_missing"),
        (Bulk(BulkAction.ADD_TO_GROUP, ALL, group_id=new_id()), "group_not_found"),
        (Bulk(BulkAction.DELETE, ALL), "expected_missing"),
        (Bulk(BulkAction.DELETE, ALL, expected=7), "selection_changed"),
    ],
)
@pytest.mark.usefixtures("ids")
async def test_what_is_missing_is_named_whoever_asks(
    session: AsyncSession, wanted: Bulk, code: str
) -> None:
    for apply in (bulk.apply, bulk.apply_undoable):
        with pytest.raises(DomainError) as refused:
            await apply(session, SYSTEM, wanted)
        assert refused.value.code == code


async def test_a_program_deletes_for_good_and_a_page_for_a_while(
    session: AsyncSession, ids: tuple[UUID, ...]
) -> None:
    one = Bulk(BulkAction.DELETE, Selection(ids=ids[:1]), expected=1)
    assert await bulk.apply(session, SYSTEM, one) == 1
    done = await bulk.apply_undoable(session, SYSTEM, Bulk(BulkAction.DELETE, ALL, expected=2))
    assert (done.changed, await search.count(session, ALL)) == (2, 0)
    assert done.deletion is not None
    await deletions.undo(session, SYSTEM, done.deletion)
    assert await search.count(session, ALL) == 2
    with pytest.raises(NotFound):
        await search.get(session, ids[0])
    with pytest.raises(Conflict):
        await deletions.undo(session, SYSTEM, done.deletion)
