"""Steps are counted once however often they are added up, and ended runs go after a time with all they had."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.automations import upkeep
from services.vault import Vault, new_key
from tests import runs
from tests.graphs import graph, say

NOW = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)
HOUR = NOW.replace(minute=0)


@pytest.fixture
async def run_id(session: AsyncSession) -> UUID:
    """A run that has taken no step."""
    who = await runs.cast(session, Vault([new_key()]))
    automation_id = await runs.live(session, graph({"hello": say("Hi")}))
    return await runs.started(session, automation_id, who)


async def _steps(session: AsyncSession, run_id: UUID, *ended: tuple[str | None, datetime]) -> None:
    for branch, at in ended:
        await session.execute(
            text("""
INSERT INTO automation_steps (run_id, step, automation_id, node, type, branch, ended_at)
SELECT r.id, (SELECT count(*) + 1 FROM automation_steps), r.automation_id, 'hello', 'custom_reply', :branch, :at
FROM automation_runs r WHERE r.id = :id"""),
            {"id": run_id, "branch": branch, "at": at},
        )


async def _counts(session: AsyncSession) -> list[tuple[str, datetime, int]]:
    statement = text("SELECT branch, hour, runs FROM automation_counts ORDER BY hour, branch")
    return [tuple(row) for row in await session.execute(statement)]


async def test_full_hours_are_counted_and_counting_again_adds_nothing(
    session: AsyncSession, run_id: UUID
) -> None:
    before = HOUR - timedelta(minutes=10)
    await _steps(
        session, run_id, ("next", before), ("next", before), (None, before), ("next", HOUR)
    )
    for whole in (False, True, False):
        await upkeep.add_up(session, NOW, whole=whole)
    last = HOUR - timedelta(hours=1)
    assert await _counts(session) == [("", last, 1), ("next", last, 2)]


async def test_a_step_written_late_is_counted_the_next_time(
    session: AsyncSession, run_id: UUID
) -> None:
    await _steps(session, run_id, ("next", HOUR - timedelta(minutes=1)))
    await upkeep.add_up(session, NOW, whole=False)
    await _steps(session, run_id, ("next", HOUR - timedelta(seconds=1)))
    await upkeep.add_up(session, NOW + timedelta(hours=1), whole=False)
    assert await _counts(session) == [("next", HOUR - timedelta(hours=1), 2)]


async def test_hours_that_nobody_counted_are_counted_within_a_day(
    session: AsyncSession, run_id: UUID
) -> None:
    await _steps(session, run_id, ("next", HOUR - timedelta(days=2)))
    await upkeep.add_up(session, NOW, whole=False)
    assert await _counts(session) == []
    await upkeep.add_up(session, NOW, whole=True)
    assert await _counts(session) == [("next", HOUR - timedelta(days=2), 1)]


async def test_counts_stay_when_the_steps_they_were_made_of_are_gone(
    session: AsyncSession, run_id: UUID
) -> None:
    await _steps(session, run_id, ("next", HOUR - timedelta(minutes=1)))
    await upkeep.add_up(session, NOW, whole=False)
    await session.execute(text("DELETE FROM contacts"))
    await upkeep.add_up(session, NOW, whole=True)
    assert [count for *_, count in await _counts(session)] == [1]


async def test_hours_become_months_and_their_sum_stays(session: AsyncSession, run_id: UUID) -> None:
    august = datetime(2026, 8, 1, tzinfo=UTC)
    for at in (august, august + timedelta(hours=1), august + timedelta(days=20), HOUR):
        await session.execute(
            text("""
INSERT INTO automation_counts SELECT automation_id, 'hello', 'next', :at, 5 FROM automation_runs"""),
            {"at": at},
        )
    for _ in range(2):
        await upkeep.fold_counts(session, NOW)
    assert await _counts(session) == [("next", august, 15), ("next", HOUR, 5)]


async def test_a_run_goes_some_time_after_its_end_with_all_it_had(
    session: AsyncSession, run_id: UUID
) -> None:
    await _steps(session, run_id, ("next", NOW))
    inbox = text("INSERT INTO automation_inbox (run_id, message_id) VALUES (:id, :id)")
    await session.execute(inbox, {"id": run_id})

    async def left(later: timedelta) -> int:
        assert not await upkeep.purge_runs(session, datetime.now(UTC) + later, 2)
        tables = ("automation_runs", "automation_steps", "automation_inbox")
        return sum(
            [await session.scalar(text(f"SELECT count(*) FROM {one}")) or 0 for one in tables]
        )

    assert await left(timedelta(days=500)) == 3  # it has not ended
    await session.execute(
        text("UPDATE automation_runs SET ended_at = now() + interval '30 days', ending = 'goal'")
    )
    assert await left(timedelta(days=80)) == 3
    assert await left(timedelta(days=95)) == 0
