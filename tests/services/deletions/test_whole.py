"""A deletion is all or nothing: undone as a whole or carried out as a whole, whatever gets in its way."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from activities.deletions import sweep
from api.wording import say_error
from domain.actors import SYSTEM
from domain.campaigns import Audience
from domain.contacts import ContactFilter, FieldType, Selection
from domain.errors import Conflict, NotFound
from services import deletions
from services.campaigns.drafts import write
from services.contacts import fields, groups, search
from store import generated, leaving, removing, statistics
from store.campaigns import audience
from store.campaigns.classify import People
from tests import factories
from tests.services.deletions.conftest import (
    ANA,
    EVERYBODY,
    Sessions,
    column,
    delete,
    go,
    over,
    person,
    undo,
)
from tests.words import refused_with

pytestmark = pytest.mark.fault("8B6")


async def several(sessions: Sessions, count: int) -> None:
    async with sessions.begin() as session:
        await factories.people(session, count)


async def log(sessions: Sessions) -> list[tuple[str, str, str, str]]:
    async with sessions() as session:
        found = "SELECT kind, entity_id, actor, ip FROM journal WHERE audited AND kind ~ 'delet' ORDER BY id"
        return [tuple(row) for row in await session.execute(text(found))]


async def test_a_deletion_that_has_begun_is_not_taken_back_in_part(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "AT_ONCE", 4)
    await several(sessions, 10)
    deletion = await delete(sessions)
    await over(sessions)
    async with sessions.begin() as session:
        assert (await deletions.finish(session, deletion)).more
    with pytest.raises(Conflict) as late:
        await undo(sessions, deletion)
    assert late.value.code == "deleted_already"
    assert "too late to undo" in say_error(late.value)
    await sweep(sessions)
    assert await column(sessions, "id FROM contacts") == []
    assert await column(sessions, "id FROM deletions") == []


async def test_until_then_all_of_it_comes_back_also_when_it_is_due(sessions: Sessions) -> None:
    await several(sessions, 10)
    deletion = await delete(sessions)
    await over(sessions)  # and no worker came
    assert await undo(sessions, deletion) == 0
    await go(sessions)
    async with sessions() as session:
        assert await search.count(session, EVERYBODY) == 10
    with refused_with(Conflict, "too late"):
        await undo(sessions, deletion)
    with refused_with(Conflict, "too late"):
        await undo(sessions, uuid4())


async def test_undo_and_the_worker_at_once_are_one_or_the_other(sessions: Sessions) -> None:
    for _ in range(5):
        await several(sessions, 30)
        deletion = await delete(sessions)
        await over(sessions)
        clicked, _ = await asyncio.gather(
            undo(sessions, deletion), sweep(sessions), return_exceptions=True
        )
        left = len(await column(sessions, "id FROM contacts"))
        assert left == (0 if isinstance(clicked, Conflict) else 30)


async def test_the_time_runs_from_the_end_however_long_it_took_to_note(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    await several(sessions, 2)
    noted = []

    async def slow(session: AsyncSession, *_: object) -> None:
        noted.append(await session.scalar(text("SELECT clock_timestamp()")))

    monkeypatch.setattr(statistics, "refresh", slow)
    await delete(sessions)
    (due,) = await column(sessions, "due_at FROM deletions")
    assert isinstance(due, datetime)
    assert due >= noted[0] + deletions.UNDO


async def test_a_large_one_is_noted_in_one_pass_and_stops_no_campaign(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 50_000

    async def hardly_any_room(session: AsyncSession) -> None:
        await session.execute(text("SET LOCAL work_mem = '64kB'"))

    monkeypatch.setattr(audience, "_room_to_sort", hardly_any_room)
    await several(sessions, many)
    async with sessions.begin() as session:
        await session.execute(text("ANALYZE leaving, deletions"))
    other = await person(sessions)
    async with sessions.begin() as session:  # each was many times as long before
        await session.execute(text("SET LOCAL statement_timeout = '5s'"))
        everybody_else = Selection(filter=ContactFilter(search="Person"))
        deletion, noted = await deletions.many(session, ANA, everybody_else, many)
    assert noted == many
    async with sessions.begin() as session:
        await session.execute(text("SET LOCAL statement_timeout = '5s'"))
        (group_id,) = (await session.scalars(text("SELECT id FROM groups"))).all()
        found = [
            await audience.preflight(session, People(asked), [], marketing=True, asking=True)
            for asked in (
                Audience(everyone=True), Audience(group_ids=[group_id]),
                Audience(everyone=True, excluded_group_ids=[group_id]),
            )
        ]  # fmt: skip
    assert [one.total for one in found] == [1, 0, 1]
    assert await undo(sessions, deletion) == 0
    assert await column(sessions, f"1 FROM contacts WHERE id = '{other}'")


async def test_what_cannot_be_deleted_holds_up_nothing_else(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "AT_ONCE", 8)
    await several(sessions, 20)
    stuck = await person(sessions, name="Stuck")
    held = await person(sessions, "+34611222444", "Held")
    remove, failing = removing.these, {stuck}

    async def fails(session: AsyncSession, ids: Sequence[UUID]) -> int:
        removed = await remove(session, ids)
        if failing & set(ids):
            raise RuntimeError
        return removed

    monkeypatch.setattr(removing, "these", fails)
    async with sessions.begin() as session:
        group = await groups.create(session, SYSTEM, "VIP")
        await deletions.many(session, ANA, EVERYBODY, 22)
        await deletions.group(session, ANA, group.id)
    async with sessions.begin() as session:
        await session.execute(text("SELECT FROM contacts WHERE name = 'Held' FOR UPDATE"))
        await go(sessions)
        assert set(await column(sessions, "id FROM contacts")) == {stuck, held}
        assert await column(sessions, "name FROM groups WHERE name = 'VIP'") == []
    failing.clear()
    await go(sessions)
    assert await column(sessions, "id FROM contacts") == []
    assert await column(sessions, "id FROM deletions") == []


async def test_a_deletion_that_fails_as_a_whole_holds_up_no_other(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sessions.begin() as session:
        first = await write.create(session, SYSTEM, "First")
        group = await groups.create(session, SYSTEM, "VIP")
        await deletions.campaign(session, ANA, first.id)
        await deletions.group(session, ANA, group.id)

    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(write, "delete", broken)
    await go(sessions)
    assert await column(sessions, "name FROM groups") == []
    assert await column(sessions, "name FROM campaigns") == ["First"]


async def test_the_log_says_who_was_deleted_by_whom_when_it_happened(sessions: Sessions) -> None:
    one, *_ = [await person(sessions, f"+3461122233{digit}") for digit in range(4)]
    async with sessions.begin() as session:
        group = await groups.create(session, SYSTEM, "VIP")
        field = await fields.create(session, SYSTEM, label="City", kind=FieldType.TEXT)
        made = await write.create(session, SYSTEM, "Spring")
        await deletions.contact(session, ANA, one)
        await deletions.group(session, ANA, group.id)
        await deletions.field(session, ANA, field.key)
        await deletions.campaign(session, ANA, made.id)
    rest = await delete(sessions)
    assert await log(sessions) == []
    await undo(sessions, rest)
    await delete(sessions)
    await go(sessions)
    assert set(await log(sessions)) == {
        ("deletion.undone", str(rest), "user", ANA.ip),
        ("contact.deleted", str(one), "user", ANA.ip),
        ("contacts.deleted", "many", "user", ANA.ip),
        ("group.deleted", str(group.id), "user", ANA.ip),
        ("field.deleted", field.key, "user", ANA.ip),
        ("campaign.deleted", str(made.id), "user", ANA.ip),
    }
    (numbers,) = await column(sessions, "data FROM journal WHERE kind = 'contacts.deleted'")
    assert numbers == {"contacts": 3}


async def test_what_stays_after_all_is_not_in_the_log(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await write.create(session, SYSTEM, "Spring")
        await deletions.campaign(session, ANA, made.id)
        await session.execute(text("UPDATE campaigns SET status = 'running'"))
    await go(sessions)
    assert await log(sessions) == []
    assert await column(sessions, "id FROM deletions") == []


async def test_nothing_is_deleted_twice(sessions: Sessions) -> None:
    contact = await person(sessions)
    async with sessions.begin() as session:
        group = await groups.create(session, SYSTEM, "VIP")
        field = await fields.create(session, SYSTEM, label="City", kind=FieldType.TEXT)
        made = await write.create(session, SYSTEM, "Spring")
    acts = {
        "contact": contact, "group": group.id, "field": field.key, "campaign": made.id,
    }  # fmt: skip
    for name, thing in acts.items():
        async with sessions.begin() as session:
            await getattr(deletions, name)(session, ANA, thing)
        with pytest.raises(NotFound):
            async with sessions.begin() as session:
                await getattr(deletions, name)(session, ANA, thing)
    async with sessions.begin() as session:
        assert await contacts_of(session, Selection(ids=(contact,))) == 0


async def contacts_of(session: AsyncSession, selection: Selection) -> int:
    return await search.count(session, selection)


@pytest.mark.parametrize("wrong", [True, False])
async def test_a_campaign_is_taken_back_by_who_may_write_campaigns(
    sessions: Sessions, *, wrong: bool
) -> None:
    async with sessions.begin() as session:
        made = await write.create(session, SYSTEM, "Spring")
        group = await groups.create(session, SYSTEM, "VIP")
        ids: list[UUID] = [
            await deletions.campaign(session, ANA, made.id),
            await deletions.group(session, ANA, group.id),
        ]
    for deletion, campaign in zip(ids, (True, False), strict=True):
        async with sessions.begin() as session:
            if wrong:
                with pytest.raises(NotFound):
                    await deletions.undo(session, ANA, deletion, campaign=not campaign)
            else:
                await deletions.undo(session, ANA, deletion, campaign=campaign)


async def test_nothing_is_looked_up_while_nobody_goes(session: AsyncSession) -> None:
    """The hot paths check for pending deletions once per statement, not once per message."""
    await generated.contacts(session, (await factories.people(session, 1)), 100)
    query = f"SELECT count(*) FROM contacts c WHERE {leaving.staying('c.id')}"
    plan = "\n".join(await session.scalars(text(f"EXPLAIN (ANALYZE, COSTS OFF) {query}")))
    (looked_up,) = [line for line in plan.splitlines() if "leaving" in line]
    assert "never executed" in looked_up
