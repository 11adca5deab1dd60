"""Campaign rows: pages that neither skip nor repeat, counters of the same row, and one who changes at a time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.campaigns import ACTIVE, CampaignStatus
from domain.counters import Counters
from domain.ids import new_id
from store import leaving
from store.campaigns import rows
from tests.store import races
from tests.store.ledgers import NOW, ledger
from tests.store.races import Sessions


async def _campaign(session: AsyncSession, name: str = "Spring", **columns: Any) -> UUID:
    row = rows.add(session, name=name, **columns)
    await session.flush()
    return row.id


async def _names(session: AsyncSession, limit: int, **wanted: Any) -> list[str]:
    """Page by page."""
    found: list[str] = []
    after: tuple[datetime, UUID] | None = None
    asked = {"status": None, "search": "", **wanted}
    while page := await rows.page(session, after=after, limit=limit, **asked):
        found += [row.name for row, _ in page]
        after = page[-1][0].created_at, page[-1][0].id
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_pages_hold_everything_once_the_newest_first(
    session: AsyncSession, limit: int
) -> None:
    await session.execute(text("DELETE FROM campaigns"))
    for n, minutes in enumerate((3, 1, 1, 1, 2)):  # several of one moment
        created = NOW - timedelta(minutes=minutes)
        await _campaign(session, f"{minutes} {n}", created_at=created)
    found = await _names(session, limit)
    assert [name[0] for name in found] == ["1", "1", "1", "2", "3"]
    assert len(set(found)) == 5


async def test_blank_leaving_and_archived_campaigns_are_not_in_the_list(
    session: AsyncSession,
) -> None:
    await session.execute(text("DELETE FROM campaigns"))
    await _campaign(session, "Blank", blank=True)
    await _campaign(session, "Archived", archived_at=NOW, status="completed")
    await _campaign(session, "Café 100%", status="running")
    await _campaign(session, "Cafe_100")
    going = await _campaign(session, "Leaving")
    await leaving.note(session, SYSTEM, timedelta(hours=1), campaign_id=going)
    assert sorted(await _names(session, 9)) == ["Cafe_100", "Café 100%"]
    assert await _names(session, 9, archived=True) == ["Archived"]
    assert await _names(session, 9, status=CampaignStatus.RUNNING) == ["Café 100%"]
    assert await _names(session, 9, search="100%") == ["Café 100%"]
    assert await _names(session, 9, search="_100") == ["Cafe_100"]
    assert await rows.count_by_status(session) == {"running": 1, "draft": 1}
    assert await rows.count_archived(session) == 1
    assert await rows.is_leaving(session, going)
    assert await rows.locked(session, going) is None


async def test_a_page_has_the_counters_of_each_campaign_and_none_before_a_launch(
    session: AsyncSession,
) -> None:
    made = await ledger(session, 3)
    draft = await _campaign(session, "Draft")
    page = await rows.page(session, status=None, search="", after=None, limit=9)
    found = {row.id: counted for row, counted in page}
    assert found[draft] is None
    counted = found[made.campaign.id]
    assert isinstance(counted, Counters)
    assert (counted.total, counted.sending) == (3, 3)
    assert await rows.counters(session, made.campaign.id, lock=True) == counted
    assert await rows.counters(session, draft) is None


@pytest.mark.parametrize("status", CampaignStatus)
async def test_what_needs_a_workflow_is_found_by_its_state(
    session: AsyncSession, status: CampaignStatus
) -> None:
    key = await _campaign(session, status=status)
    assert (key in {row.id for row in await rows.active(session)}) is (status in ACTIVE)


@pytest.mark.parametrize(
    ("wait", "may"), [(None, False), (timedelta(seconds=-1), False), (timedelta(seconds=30), True)]
)
async def test_a_launch_is_taken_back_while_its_seconds_run(
    session: AsyncSession, wait: timedelta | None, may: bool
) -> None:
    now: Any = await session.scalar(text("SELECT clock_timestamp()"))
    key = await _campaign(session, undo_until=None if wait is None else now + wait)
    assert await rows.may_be_undone(session, key) is may
    assert not await rows.may_be_undone(session, new_id())


async def test_a_launch_that_is_taken_back_leaves_nobody_written_down(
    session: AsyncSession,
) -> None:
    made = await ledger(session, 4)
    await made.put(["refused", "queued", "sending", "accepted"])
    await rows.unfreeze(session, made.campaign.id)
    assert await made.states() == ["sending", "accepted"]  # what has left is never forgotten
    for table in ("campaign_recipients", "campaign_exclusions", "campaign_counters"):
        assert await made.read(f"SELECT count(*) FROM {table}") == [(0,)]


async def test_two_who_change_a_campaign_take_turns_and_rows_of_it_pass(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await ledger(session, 2)
    async with sessions() as holder:
        row = await rows.locked(holder, made.campaign.id)
        assert row is not None
        row.name = "Changed"
        await holder.flush()
        second = races.begun(sessions, lambda session: rows.locked(session, made.campaign.id))
        await races.someone_waits(sessions)
        async with sessions.begin() as session:  # writes rows of the campaign, and waits for nobody
            await session.execute(
                text("""INSERT INTO campaign_recipients (campaign_id, seq, contact_id, phone, variables)
                VALUES (:id, 9, :contact, '', '{}')"""),
                {"id": made.campaign.id, "contact": new_id()},
            )
        await holder.commit()
        found: Any = await second
        assert found.name == "Changed"


async def test_files_that_wait_are_found_and_their_progress_is_of_that_file_alone(
    session: AsyncSession,
) -> None:
    pending = {"pending": {"id": "f1", "path": "a.csv"}}
    key = await _campaign(session, source=pending, type="csv")
    over = await _campaign(
        session, source={"pending": {"id": "f2", "path": "b.csv"}}, status="running"
    )
    assert key in await rows.pending_files(session)
    assert over not in await rows.pending_files(session)
    assert await rows.pending_paths(session) >= {"a.csv", "b.csv"}
    await rows.set_file_progress(session, key, "another", 1, 2)
    await rows.set_file_progress(session, key, "f1", 3, 2**40)
    row = await rows.get(session, key)
    assert row is not None
    assert row.source["pending"] == {"id": "f1", "path": "a.csv", "done": 3, "total": 2**40}


async def test_a_draft_in_which_nobody_typed_anything_is_one_s_own_and_goes_after_a_day(
    session: AsyncSession,
) -> None:
    await session.execute(text("DELETE FROM campaigns"))
    key = await _campaign(session, "", blank=True)
    found = await rows.blank_of(session, None)
    assert found is not None
    assert found.id == key
    assert await rows.blank_of(session, new_id()) is None
    await rows.forget_blank(session)
    assert await rows.get(session, key) is not None
    await session.execute(text("UPDATE campaigns SET created_at = now() - interval '25 hours'"))
    await rows.forget_blank(session)
    assert await rows.get(session, key) is None
