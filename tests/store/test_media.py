"""Files of messages that wait to be fetched: as many as asked for, each by one worker, again later or given up."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from services.vault import Vault, new_key
from store import media
from store.media import KeptFile
from tests import threads
from tests.store import races
from tests.store.races import Sessions

LEASE, DAY = timedelta(minutes=5), timedelta(days=1)


async def _waiting(session: AsyncSession, count: int) -> list[UUID]:
    on = await threads.only_thread(session, Vault([new_key()]))
    ids = [await threads.message(session, on, kind="image") for _ in range(count)]
    await media.expect(session, [*ids, new_id()])  # one that is not kept has none
    await media.expect(session, ids)  # heard of twice
    return ids


async def _claimed(session: AsyncSession, limit: int) -> list[tuple[UUID, int]]:
    return [(due.message_id, due.tries) for due in await media.claim(session, limit, LEASE)]


async def test_as_many_are_claimed_as_were_asked_for_and_nobody_else_gets_them(
    session: AsyncSession,
) -> None:
    ids = await _waiting(session, 7)
    found = [await _claimed(session, 3) for _ in range(4)]
    assert [len(part) for part in found] == [3, 3, 1, 0]
    assert {message_id for part in found for message_id, _ in part} == set(ids)
    over = text("UPDATE media_files SET next_try_at = next_try_at - interval '6 minutes'")
    await session.execute(over)
    again = await _claimed(session, 9)  # whoever had them is gone
    assert {tries for _, tries in again} == {2}


async def test_two_workers_at_once_share_them(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        ids = await _waiting(session, 8)
    found = await races.at_once(sessions, *(lambda session: _claimed(session, 3) for _ in range(4)))
    taken = [message_id for part in found for message_id, _ in part]
    assert len(taken) == len(set(taken))
    assert all(len(part) <= 3 for part in found)
    assert set(taken) <= set(ids)


@pytest.mark.parametrize(("lasts", "state"), [(DAY, "waiting"), (-DAY, "gone")])
async def test_what_was_not_to_be_had_waits_until_whatsapp_keeps_it_no_longer(
    session: AsyncSession, lasts: timedelta, state: str
) -> None:
    [id_] = await _waiting(session, 1)
    await media.again(session, id_, "too slow", wait=timedelta(hours=1), lasts=lasts)
    row = text("SELECT state, error FROM media_files")
    assert tuple((await session.execute(row)).one()) == (state, "too slow")
    assert await _claimed(session, 9) == []
    assert await media.get(session, id_) is None


async def test_what_is_kept_is_found_by_its_message_and_named_until_it_goes(
    session: AsyncSession,
) -> None:
    [id_, other] = await _waiting(session, 2)
    file = KeptFile("a" * 64, "image/png", 12)
    await media.kept(session, id_, file)
    assert await media.get(session, id_) == file
    assert await media.named(session, ["a" * 64, "b" * 64]) == {"a" * 64}
    await media.again(session, id_, "late", wait=LEASE, lasts=DAY)  # an answer that was too late
    assert await media.get(session, id_) == file
    assert [found for found, _ in await _claimed(session, 9)] == [other]
    later = datetime.now(UTC) + DAY
    assert [await media.purge(session, later, 1) for _ in range(3)] == [1, 1, 0]
    assert await media.named(session, ["a" * 64]) == set()
