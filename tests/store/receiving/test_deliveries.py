"""Deliveries are processed once, in order, by one process, and a bad one is set aside without its neighbours."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.webhooks import EventState
from services.vault import Vault, new_key
from store.receiving import deliveries
from store.receiving.deliveries import RawEvent, Told, digest_of
from tests import factories
from tests.store import races
from tests.store.races import Sessions

SIGNERS = st.none() | st.frozensets(st.uuids(), max_size=3)
HOUR = timedelta(hours=1)


async def _kept(session: AsyncSession, *bodies: bytes, by: UUID | None = None) -> list[int]:
    """Store deliveries; the ids of all that are there."""
    signed = None if by is None else frozenset({by})
    await deliveries.store(session, [RawEvent(body, signed) for body in bodies])
    return list(await session.scalars(text("SELECT id FROM webhook_events ORDER BY id")))


def _told(ids: list[int]) -> list[Told]:
    return [Told(id_, ("message/text",), ("applied",)) for id_ in ids]


async def _taken(session: AsyncSession, limit: int = 10, skip: tuple[int, ...] = ()) -> list[bytes]:
    return [event.body for event in await deliveries.claim(session, limit, skip)]


async def _state(session: AsyncSession, id_: int) -> tuple[str, int, str | None]:
    query = text("SELECT state, tries, error FROM webhook_events WHERE id = :id")
    row = (await session.execute(query, {"id": id_})).one()
    return row.state, row.tries, row.error


@given(st.binary(max_size=50), st.binary(max_size=50), SIGNERS, SIGNERS)
def test_only_the_same_bytes_signed_by_the_same_are_the_same_delivery(
    one: bytes, two: bytes, mine: frozenset[UUID] | None, yours: frozenset[UUID] | None
) -> None:
    same = one == two and (mine or frozenset()) == (yours or frozenset())
    assert (digest_of(one, mine) == digest_of(two, yours)) is same


async def test_what_comes_twice_is_kept_once_and_as_it_came(session: AsyncSession) -> None:
    body = b'{"odd": "\xff\x00\\u0000"}'
    mine, yours = new_id(), new_id()
    assert len(await _kept(session, body, body, b"")) == 2
    assert len(await _kept(session, body)) == 2
    assert len(await _kept(session, body, by=mine)) == 3  # under another secret it is another
    assert len(await _kept(session, body, by=yours)) == 4
    events = await deliveries.claim(session, 10)
    assert [event.body for event in events] == [body, b"", body, body]
    assert [event.signed_for for event in events] == [None, None, {mine}, {yours}]


async def test_takers_share_deliveries_in_order_and_take_none_twice(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await _kept(session, b"1", b"2", b"3")
    async with sessions() as one, sessions() as two:
        assert await _taken(one, 2) == [b"1", b"2"]
        assert await _taken(two) == [b"3"]
        await one.rollback()  # it died: what it held is there for the next
        assert await _taken(two) == [b"1", b"2", b"3"]


async def test_what_is_done_dead_passed_by_or_waits_is_not_taken(session: AsyncSession) -> None:
    ids = await _kept(session, b"done", b"dead", b"skipped", b"later", b"due", b"new")
    await deliveries.done(session, _told(ids[:1]), [])
    await deliveries.dead(session, ids[1], "x" * 900)
    now: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    await deliveries.later(session, ids[3], now + HOUR)
    await deliveries.later(session, ids[4], now - HOUR)
    assert await _taken(session, skip=(ids[2],)) == [b"due", b"new"]
    assert (await _state(session, ids[1]))[:2] == ("dead", 1)
    assert len((await _state(session, ids[1]))[2] or "") == 500


async def test_what_is_replayed_is_taken_again_and_what_waits_stays_as_it_is(
    session: AsyncSession,
) -> None:
    ids = await _kept(session, b"1", b"2", b"3", b"4")
    await deliveries.done(session, _told(ids[:1]), [])
    await deliveries.dead(session, ids[1], "odd")
    await deliveries.dead(session, ids[3], "odd")
    assert await deliveries.replay(session, ids[0], ids[2]) == 2
    assert await _taken(session) == [b"1", b"2", b"3"]
    assert await _state(session, ids[1]) == ("waiting", 1, None)
    assert await deliveries.replay(session, ids[2], ids[0]) == 0  # no range at all


async def test_only_what_nobody_holds_is_given_up(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        held, free = await _kept(session, b"held", b"free")
    async with sessions() as holder:
        await deliveries.claim(holder, 1)
        given = await races.at_once(
            sessions,
            lambda session: deliveries.give_up(session, held, "it hangs"),
            lambda session: deliveries.give_up(session, free, "it hangs"),
        )
        assert given == [False, True]
    async with sessions.begin() as session:
        assert not await deliveries.give_up(session, free, "again")
        assert await _state(session, free) == ("dead", 1, "it hangs")


@pytest.mark.parametrize(
    ("age", "wait", "skipped", "late"),
    [
        (timedelta(minutes=2), None, False, True),
        (timedelta(seconds=1), None, False, False),
        (timedelta(minutes=2), timedelta(seconds=-5), False, False),  # it waited for a decision
        (HOUR, timedelta(minutes=-2), False, True),
        (HOUR, timedelta(minutes=2), False, False),
        (HOUR, None, True, False),
    ],
)
async def test_a_delivery_is_late_from_when_it_could_be_taken(
    session: AsyncSession, age: timedelta, wait: timedelta | None, skipped: bool, late: bool
) -> None:
    [id_] = await _kept(session, b"1")
    await session.execute(
        text("""UPDATE webhook_events SET received_at = clock_timestamp() - CAST(:age AS interval),
            wait_until = clock_timestamp() + CAST(:wait AS interval)"""),
        {"age": age, "wait": wait},
    )
    assert await deliveries.overdue(session, timedelta(minutes=1), [id_] if skipped else []) is late


async def test_nothing_is_late_where_nothing_waits(session: AsyncSession) -> None:
    assert not await deliveries.overdue(session, timedelta(0))
    [id_] = await _kept(session, b"1")
    await deliveries.done(session, _told([id_]), [])
    assert not await deliveries.overdue(session, timedelta(0))


async def test_a_number_is_heard_of_once_a_second_and_no_other_with_it(
    session: AsyncSession,
) -> None:
    await factories.channel(session, Vault([new_key()]))
    heard = text("SELECT last_webhook_at FROM channels")
    await deliveries.done(session, [], ["another"])
    assert await session.scalar(heard) is None
    await deliveries.done(session, [], [factories.PHONE_NUMBER_ID])
    first = await session.scalar(heard)
    await deliveries.done(session, [], [factories.PHONE_NUMBER_ID])
    assert await session.scalar(heard) == first is not None
    back = text("UPDATE channels SET last_webhook_at = last_webhook_at - interval '2 seconds'")
    await session.execute(back)
    await deliveries.done(session, [], [factories.PHONE_NUMBER_ID])
    assert await session.scalar(heard) > first


async def test_old_deliveries_go_in_portions_by_their_state(session: AsyncSession) -> None:
    ids = await _kept(session, b"1", b"2", b"3", b"4", b"5")
    await deliveries.done(session, _told(ids[:3]), [])
    await deliveries.dead(session, ids[3], "odd")
    moment: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    assert await deliveries.purge(session, moment - HOUR, 10) == 0
    later = moment + HOUR
    assert [await deliveries.purge(session, later, 2) for _ in range(3)] == [2, 1, 0]
    assert await deliveries.purge(session, later, 9, state=EventState.DEAD) == 1
    left = await session.scalars(text("SELECT id FROM webhook_events"))
    assert list(left) == ids[4:]  # what waits is never purged


async def test_what_is_turned_away_is_counted_by_minute_and_reason(session: AsyncSession) -> None:
    for counts in ({"signature": 2, "too_large": 1}, {"signature": 3}, {}):
        await deliveries.count_rejected(session, counts)
    query = text("SELECT reason, sum(count) FROM rejected_webhooks GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in await session.execute(query)] == [
        ("signature", 5),
        ("too_large", 1),
    ]
    moment: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    assert await deliveries.purge_rejected(session, moment - HOUR, 9) == 0
    assert await deliveries.purge_rejected(session, moment + HOUR, 9) >= 2
