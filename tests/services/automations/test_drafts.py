"""Drafts of two people at once: nobody overwrites the other, and neither loses anything."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Conflict
from domain.ids import new_id
from services.automations import drafts, listing
from tests import drawing


async def person(session: AsyncSession, name: str) -> Actor:
    """Somebody on the team."""
    user_id = new_id()
    added = text(
        "INSERT INTO users (id, email, name, role, password_hash) VALUES (:id, :email, :name, 'manager', '')"
    )
    await session.execute(added, {"id": user_id, "email": f"{name}@example.com", "name": name})
    return Actor("user", user_id)


def worded(word: str) -> dict[str, Any]:
    """A draft that only this word tells from another."""
    return drawing.waiting("keyword", words=[word])


async def test_the_second_of_two_people_is_told_who_was_first_and_saves_on_top(
    session: AsyncSession,
) -> None:
    ana, ben = await person(session, "Ana"), await person(session, "Ben")
    made = (await drafts.create(session, ana, "Welcome", document=worded("start"))).item.id
    first = await drafts.save(session, ana, made, 1, worded("ana"))
    with pytest.raises(Conflict) as refused:
        await drafts.save(session, ben, made, 1, worded("ben"))
    assert refused.value.sentence.key == "draft_changed.by"
    assert refused.value.sentence.params == {"who": "Ana", "at": first.saved_at}
    held = await listing.draft(session, made)
    assert (held.document, held.revision, held.saved_by) == (worded("ana"), 2, "Ana")
    again = await drafts.save(session, ben, made, held.revision, worded("ben"))
    assert (again.revision, (await listing.draft(session, made)).saved_by) == (3, "Ben")
    with pytest.raises(Conflict):
        await drafts.save(session, ana, made, first.revision, worded("ana again"))
    assert (await listing.draft(session, made)).document == worded("ben")


async def test_a_save_that_changes_nothing_is_nobodys_conflict(session: AsyncSession) -> None:
    ana, ben = await person(session, "Ana"), await person(session, "Ben")
    made = (await drafts.create(session, ana, "Welcome", document=worded("a"))).item.id
    assert (await drafts.save(session, ben, made, 1, worded("a"))).revision == 1
    assert (await listing.draft(session, made)).saved_by == "Ana"
    assert (await drafts.save(session, ana, made, 1, worded("b"))).revision == 2


async def test_saves_of_one_person_in_a_row_are_one_edit_in_the_log(session: AsyncSession) -> None:
    ana, ben = await person(session, "Ana"), await person(session, "Ben")
    made = (await drafts.create(session, ana, "Welcome")).item.id
    for revision, (who, word) in enumerate(((ana, "a"), (ana, "b"), (ben, "c"), (ana, "d")), 1):
        await drafts.save(session, who, made, revision, worded(word))
    noted = text("SELECT count(*) FROM journal WHERE kind = 'automation.edited'")
    assert await session.scalar(noted) == 3


async def test_whoever_saved_and_left_is_not_named(session: AsyncSession) -> None:
    ana, ben = await person(session, "Ana"), await person(session, "Ben")
    made = (await drafts.create(session, ana, "Welcome")).item.id
    await drafts.save(session, ana, made, 1, worded("a"))
    await session.execute(text("DELETE FROM users WHERE name = 'Ana'"))
    with pytest.raises(Conflict) as refused:
        await drafts.save(session, ben, made, 1, worded("b"))
    assert refused.value.sentence.key == "draft_changed"
