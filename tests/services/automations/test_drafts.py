"""Drafts of two people at once: nobody overwrites the other, and neither loses anything."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.automations.nodes import SendTemplate
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from services.automations import checking, control, copying, drafts, listing, publishing
from services.automations.publishing import Inside
from services.vault import Vault, new_key
from tests import drawing, factories, graphs


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
    with pytest.raises(Conflict) as own:
        await drafts.save(session, ben, made, held.revision, worded("ben in another tab"))
    assert own.value.sentence.key == "draft_changed.own"
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


async def kinds(session: AsyncSession) -> list[str]:
    """What was noted, in order."""
    return list(await session.scalars(text("SELECT kind FROM journal ORDER BY id")))


async def test_a_draft_has_one_origin(session: AsyncSession) -> None:
    with pytest.raises(Invalid) as refused:
        await drafts.create(session, SYSTEM, "Both", starter="welcome", document=worded("a"))
    assert refused.value.code == "automation_starter_or_document"
    with pytest.raises(Invalid) as refused:
        await drafts.create(session, SYSTEM, "Neither", starter="of next release")
    assert refused.value.code == "automation_starter_unknown"
    assert await kinds(session) == []


async def test_the_name_it_has_is_no_news(session: AsyncSession) -> None:
    made = (await drafts.create(session, SYSTEM, "Welcome")).item.id
    await drafts.rename(session, SYSTEM, made, " Welcome ")
    assert await kinds(session) == ["automation.created"]
    renamed = await drafts.rename(session, SYSTEM, made, "Hello")
    assert (renamed.item.name, (await kinds(session))[-1]) == ("Hello", "automation.renamed")


async def test_a_version_comes_back_as_the_draft_once(session: AsyncSession) -> None:
    made = (await drafts.create(session, SYSTEM, "Welcome", document=worded("old"))).item.id
    await factories.channel(session, Vault([new_key()]))
    await publishing.publish(session, SYSTEM, made, 1, Inside.FINISH)
    await drafts.save(session, SYSTEM, made, 1, worded("new"))
    back = await drafts.restore(session, SYSTEM, made, 1, 2)
    published = (await listing.version(session, made, 1)).document
    assert (back.revision, back.document) == (3, published)
    again = await drafts.restore(session, SYSTEM, made, 1, 3)
    assert again.revision == 3, "it is the draft already"
    with pytest.raises(NotFound):
        await drafts.restore(session, SYSTEM, made, 2, 3)


async def test_archiving_and_pausing_twice_is_once(session: AsyncSession) -> None:
    made = (await drafts.create(session, SYSTEM, "Welcome", document=worded("hi"))).item.id
    for action in (control.pause, control.resume):
        with pytest.raises(Conflict) as refused:
            await action(session, SYSTEM, made)
        assert refused.value.code == "automation_not_published"
    await publishing.publish(session, SYSTEM, made, 1, Inside.FINISH)
    before = await kinds(session)
    for action in (
        control.resume, control.pause, control.pause, control.resume, control.resume,
        copying.archive, copying.archive, copying.unarchive, copying.unarchive,
    ):  # fmt: skip
        await action(session, SYSTEM, made)
    shown = await listing.one(session, made)
    assert (await kinds(session))[len(before) :] == [
        f"automation.{done}" for done in ("paused", "resumed", "archived", "unarchived")
    ]
    assert (shown.item.status, shown.item.archived_at) == ("paused", None)


async def test_what_cannot_be_read_is_left_out_with_one_click(session: AsyncSession) -> None:
    drawn = worded("hi")
    newer = drawing.node("later", "of_next_release")
    drawn["nodes"] += [newer, "junk", {"id": "", "type": "end"}]
    drawn["edges"] += ["junk", drawing.edge("over", "later"), drawing.edge("later", "ask")]
    tidy = checking.arrange(drawn)
    assert [one["id"] for one in tidy["nodes"]] == ["ask", "gap", "over", "later"]
    assert drawing.edge("over", "later") in tidy["edges"]
    checked = await checking.fix(session, tidy, "later", "leave_out")
    assert checked.read.document["nodes"] == [one for one in tidy["nodes"] if one["id"] != "later"]
    with pytest.raises(Invalid) as refused:
        await checking.fix(session, tidy, "later", "of next release")
    assert refused.value.code == "fix_unknown"


async def test_a_template_of_two_accounts_is_known_by_the_one_that_can_be_sent(
    session: AsyncSession,
) -> None:
    sent = graphs.graph({"a": SendTemplate(template="restock", values={"body.1": "A"})})
    for status in ("PAUSED", "APPROVED", "PAUSED"):
        template_id = await factories.template(session, name="restock")
        await session.execute(
            text("UPDATE templates SET status = :status, waba_id = :own WHERE id = :id"),
            {"status": status, "own": str(new_id().int)[:15], "id": template_id},
        )
    known = await checking.known(session, sent)
    [version] = known.templates["restock"].languages.values()
    assert version.problem is None
