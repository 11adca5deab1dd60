"""What somebody writes is stored whole, or refused: nothing of it is cut off unseen."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.contacts import SELECTION_LIMIT, ContactFilter, FieldType, Selection
from domain.errors import Conflict, Invalid
from domain.ids import new_id
from services.contacts import bulk, consent, fields, groups, search, states, timeline, write
from services.contacts.bulk import Bulk, BulkAction
from services.contacts.states import StateAction
from services.contacts.write import ContactChange

LONG = "a" * 301
Act = Callable[[AsyncSession, UUID, UUID], Awaitable[object]]


async def _field(session: AsyncSession, label: str, option: str) -> object:
    kind = FieldType.ENUM
    return await fields.create(session, SYSTEM, label=label, kind=kind, options=[option])


ACTS: dict[str, tuple[str, Act]] = {
    "a group": ("name", lambda session, *_: groups.create(session, SYSTEM, LONG)),
    "a group's other name": (
        "name", lambda session, group, _: groups.rename(session, SYSTEM, group, LONG)
    ),
    "a group for a selection": (
        "name",
        lambda session, _, person: bulk.apply(
            session, SYSTEM, Bulk(BulkAction.ADD_TO_GROUP, Selection(ids=(person,)), new_group=LONG)
        ),
    ),
    "a field": ("label", lambda session, *_: _field(session, LONG, "x")),
    "a choice": ("options", lambda session, *_: _field(session, "Plan", LONG)),
    "a person": (
        "name",
        lambda session, _, person: write.update(
            session, SYSTEM, person, ContactChange(name=LONG)
        ),
    ),
    "how somebody agreed": (
        "note", lambda session, _, person: consent.allow(session, SYSTEM, person, LONG)
    ),
    "why no more marketing": (
        "note",
        lambda session, _, person: states.put(session, SYSTEM, person, StateAction.OPT_OUT, LONG),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ACTS)
async def test_too_long_a_text_is_refused_not_cut(session: AsyncSession, what: str) -> None:
    group = await groups.create(session, SYSTEM, "Regulars")
    person = await write.create(session, SYSTEM, ContactChange(phone="+34600330001"))
    field, act = ACTS[what]
    with pytest.raises(Invalid) as refused:
        await act(session, group.id, person.id)
    found = refused.value.fields
    assert [(name, said.key) for name, said in found.items()] == [(field, "value_long")]


async def test_a_text_of_just_that_length_is_kept_whole(session: AsyncSession) -> None:
    name = "g" * groups.NAME_LIMIT
    assert (await groups.create(session, SYSTEM, f"  {name}  ")).name == name
    with pytest.raises(Invalid):  # blanks where it would be cut hide nothing
        await groups.create(session, SYSTEM, "h" * groups.NAME_LIMIT + " i")


@pytest.mark.parametrize(
    ("action", "opted_out", "blocked"),
    [("opt_out", True, False), ("opt_in", False, False), ("block", False, True), ("unblock", False, False)],
)  # fmt: skip
async def test_one_click_says_one_thing(
    session: AsyncSession, action: str, opted_out: bool, blocked: bool
) -> None:
    person = await write.create(session, SYSTEM, ContactChange(phone="+34600330001"))
    after = await states.put(session, SYSTEM, person.id, StateAction(action), "said so")
    assert (after.marketing_opt_out_at is not None, after.blocked_at is not None) == (
        opted_out,
        blocked,
    )


async def test_a_field_has_a_name_of_its_own_and_there_are_not_too_many(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    shoe = await fields.create(session, SYSTEM, label="Shoe", kind=FieldType.TEXT)
    with pytest.raises(Conflict):
        await fields.create(session, SYSTEM, label="SHOE", kind=FieldType.NUMBER)
    assert await fields.update(session, SYSTEM, shoe.key, label="Shoe") == shoe
    monkeypatch.setattr(fields, "FIELDS_LIMIT", 1)
    with pytest.raises(Conflict, match="fields_limit"):
        await fields.create(session, SYSTEM, label="Hat", kind=FieldType.TEXT)
    await fields.delete(session, SYSTEM, shoe.key)
    hat = await fields.create(session, SYSTEM, label="Hat", kind=FieldType.TEXT)
    assert [field.key for field in await fields.every(session)] == [hat.key]


@pytest.mark.parametrize("limit", [0, 10_000])
async def test_a_page_has_a_size(session: AsyncSession, limit: int) -> None:
    with pytest.raises(Invalid):
        await search.page(session, ContactFilter(), limit=limit)
    found = await write.create(session, SYSTEM, ContactChange(phone="+34611000106"))
    with pytest.raises(Invalid):
        await timeline.page(session, found.id, limit=limit)


async def test_a_contact_needs_a_number(session: AsyncSession) -> None:
    with pytest.raises(Invalid) as refused:
        await write.create(session, SYSTEM, ContactChange(name="Ana"))
    assert (refused.value.code, [*refused.value.fields]) == ("phone_missing", ["phone"])


@pytest.mark.parametrize("chosen", [0, SELECTION_LIMIT + 1])
async def test_a_selection_has_a_size(session: AsyncSession, chosen: int) -> None:
    selection = Selection(ids=tuple(new_id() for _ in range(chosen)))
    with pytest.raises(Invalid) as refused:
        await write.delete_many(session, SYSTEM, selection, chosen)
    assert refused.value.code == "selection_size"


async def test_deleting_nobody_is_no_fact(session: AsyncSession) -> None:
    nobody = Selection(filter=ContactFilter(search="nobody has this name"))
    assert await write.delete_many(session, SYSTEM, nobody, expected=0) == 0
    noted = text("SELECT count(*) FROM journal WHERE kind = 'contacts.deleted'")
    assert await session.scalar(noted) == 0


@pytest.mark.parametrize(
    ("amount", "kept"), [(12.50, "12.5"), (1e21, "1" + "0" * 21), (True, None)]
)
async def test_numbers_of_programs_keep_their_digits(
    session: AsyncSession, amount: float, kept: str | None
) -> None:
    field = await fields.create(session, SYSTEM, label="Amount", kind=FieldType.NUMBER)
    wanted = ContactChange(phone="+34600000001", fields={field.key: amount})
    if kept is None:
        with pytest.raises(Invalid):
            await write.create(session, SYSTEM, wanted)
    else:
        assert (await write.create(session, SYSTEM, wanted)).fields[field.key] == kept
