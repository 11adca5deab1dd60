"""Entries of campaigns at the edges of SQL: ids, locks, counting, and the plans that make it quick."""

import asyncio
from pathlib import Path
from uuid import RFC_4122, UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.campaigns import Audience
from domain.entries import Entry
from domain.errors import Conflict
from store import generated, groups
from store.campaigns import audience, entries, rows
from store.campaigns.classify import People, Value
from store.ids import row_id, seed
from tests.services.campaigns.test_files import PEOPLE, load, prepared


async def test_ids_of_a_statement_are_version_7_and_sort_by_row(session: AsyncSession) -> None:
    statement = text(f"SELECT {row_id('n', 'n::text')} FROM generate_series(1, 3000) n ORDER BY n")
    made = list((await session.scalars(statement, seed())).all())
    assert made == sorted(made)
    assert len(set(made)) == 3000
    assert {(item.version, item.variant) for item in made} == {(7, RFC_4122)}
    later = list((await session.scalars(statement, seed())).all())
    assert not set(made) & set(later)


async def campaign_id(session: AsyncSession) -> UUID:
    row = rows.add(session, name="Entries", type="csv")
    await session.flush()
    return row.id


async def staged(session: AsyncSession, key: UUID, found: list[Entry]) -> entries.EntryCounts:
    await entries.begin(session)
    await entries.stage(session, entries.encode(found))
    return await entries.settle(session, key)


async def test_the_first_usable_row_of_a_number_stands(session: AsyncSession) -> None:
    key = await campaign_id(session)
    found = [
        Entry(2, "x", None, {}, "phone_letters"),
        Entry(9, "+1", "1", {"a": "later"}),
        Entry(3, "+1", "1", {"a": "first"}),
        Entry(4, "+2", "2", {}, "extra_cells"),
        Entry(5, "+2", "2", {"tab": "a\tb\\c\nd"}),
    ]
    counts = await staged(session, key, found)
    assert (counts.rows, counts.usable, counts.duplicate) == (5, 2, 1)
    problems = await entries.problems(session, key)
    assert [(entry.row, entry.problem) for entry in problems] == [
        (2, "phone_letters"), (4, "extra_cells"), (9, "duplicate"),
    ]  # fmt: skip
    again = await staged(session, key, found[:1])
    assert (again.rows, again.usable) == (1, 0)


async def test_a_program_s_people_are_kept_once_in_their_order(session: AsyncSession) -> None:
    key = await campaign_id(session)
    given = '[{"row": 1, "phone": "+2", "phone_key": "2", "values": {}}, '
    given += '{"row": 0, "phone": "+1", "phone_key": "1", "values": {"body.1": "a"}}]'
    for _ in range(2):
        await entries.add(session, key, given)
    query = text("SELECT row, phone FROM campaign_entries ORDER BY row")
    assert [tuple(row) for row in (await session.execute(query)).all()] == [(1, "+1"), (2, "+2")]


@pytest.mark.parametrize(
    ("everyone", "chosen", "without", "expected"),
    [(True, 0, 0, 6), (False, 1, 0, 4), (False, 2, 0, 6), (True, 0, 1, 2), (False, 2, 1, 2)],
)
async def test_counting_agrees_with_freezing(
    session: AsyncSession, everyone: bool, chosen: int, without: int, expected: int
) -> None:
    """Overlapping groups and one left out: the quick count is the number that is written."""
    await session.execute(text("DELETE FROM contacts"))
    one, two = [(await groups.ensure(session, name)).id for name in ("One", "Two")]
    await generated.contacts(session, one, 4)
    await session.execute(
        text("""
        INSERT INTO contacts (id, phone, phone_key, blocked_at) VALUES
            (gen_random_uuid(), '+1', '1', now()), (gen_random_uuid(), '+2', '2', NULL),
            (gen_random_uuid(), '+3', '3', NULL)"""),
    )
    await session.execute(
        text("INSERT INTO group_members SELECT :two, id FROM contacts WHERE length(phone) = 2"),
        {"two": two},
    )
    await session.execute(
        text(
            "INSERT INTO group_members SELECT :two, id FROM contacts WHERE length(phone) > 2 LIMIT 1"
        ),
        {"two": two},
    )
    people = People(Audience(everyone, [one, two][:chosen], [one][:without]))
    values = [Value(field="name", default="x")]
    found = await audience.preflight(session, people, values, marketing=True, asking=False)
    key = await campaign_id(session)
    assert await audience.freeze(session, key, people, values, marketing=True) == expected
    assert found.total == expected
    blocked = {} if not everyone and chosen == 1 else {"contact_blocked": 1}
    assert found.excluded == blocked


async def test_two_files_for_one_draft_at_once_are_refused(state: AppState, tmp_path: Path) -> None:
    async with state.sessions.begin() as session:
        key = await prepared(session)

    async def send() -> str:
        try:
            async with state.sessions.begin() as session:
                await load(session, key, tmp_path, PEOPLE)
        except Conflict as conflict:
            return conflict.code
        return "taken"

    answers = await asyncio.gather(*(send() for _ in range(4)))
    assert "taken" in answers
    assert set(answers) <= {"taken", "campaign_file_busy"}
    async with state.sessions() as session:
        row = await rows.get(session, key)
        assert row is not None
        assert row.source["rows"] == 7
