"""Rate slots: no second exceeds the rate, replies get through, a slowed number recovers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.limits import PAIR_BURST, PAIR_PER_SECOND, Lane
from services.calls import Tabs
from services.vault import Vault, new_key
from store import slots
from store.engine import create_autocommit_engine, create_sessions
from store.slots import Booking, Rate
from tests import factories

Sessions = async_sessionmaker[AsyncSession]
CAMPAIGN, INTERACTIVE = Lane.CAMPAIGN.value, Lane.INTERACTIVE.value


@pytest.fixture
async def statements(database_url: str) -> AsyncIterator[Sessions]:
    engine = create_autocommit_engine(database_url)
    yield create_sessions(engine)
    await engine.dispose()


async def _reserve(
    statements: Sessions, rates: list[Rate], wanted: int, ahead: timedelta
) -> Booking:
    async with statements() as session:
        return await slots.reserve(session, rates, wanted, ahead)


async def test_four_senders_at_once_keep_the_rate_together(statements: Sessions) -> None:
    loop = asyncio.get_running_loop()
    moments: list[float] = []

    async def sender() -> None:
        while len(moments) < 320:
            booking = await _reserve(statements, [Rate("n", 160)], 4, CAMPAIGN)
            await asyncio.sleep(booking.delay.total_seconds())
            started = loop.time()
            moments.extend(started + i * booking.intervals["n"] for i in range(booking.count))

    started = loop.time()
    await asyncio.gather(*[sender() for _ in range(4)])
    assert loop.time() - started >= 320 / 160 - 0.3
    moments.sort()
    assert moments[-1] - moments[0] >= 319 / 160 - 0.3


async def test_booked_slots_follow_each_other_without_overlap(statements: Sessions) -> None:
    async with statements() as session:
        await session.execute(text("INSERT INTO rate_slots (key) VALUES ('n')"))
        ends = []
        for _ in range(5):
            booking = await slots.reserve(session, [Rate("n", 100)], 5, INTERACTIVE)
            assert booking.count == 5
            tat = await session.execute(text("SELECT extract(epoch FROM tat) FROM rate_slots"))
            ends.append(float(tat.scalar_one()))
    assert all(
        later - earlier == pytest.approx(0.05, abs=1e-3) for earlier, later in pairwise(ends)
    )


async def test_campaigns_book_a_moment_ahead_and_replies_still_get_in(statements: Sessions) -> None:
    rates = [Rate("n", 80)]
    started, slots_booked = asyncio.get_running_loop().time(), 0
    while (booking := await _reserve(statements, rates, 4, CAMPAIGN)).count:
        slots_booked += booking.count
    passed = asyncio.get_running_loop().time() - started
    assert 20 <= slots_booked <= 21 + 80 * passed + 1
    # By then all four are free: three distances more than the first of them takes.
    assert timedelta(milliseconds=37) <= booking.delay <= timedelta(milliseconds=51)
    reply = await _reserve(statements, rates, 1, INTERACTIVE)
    assert reply.count == 1
    assert reply.delay < timedelta(milliseconds=400)


async def test_an_idle_number_starts_now_without_saved_up_bursts(statements: Sessions) -> None:
    async with statements() as session:
        statement = "INSERT INTO rate_slots VALUES ('n', clock_timestamp() - interval '1 hour')"
        await session.execute(text(statement))
    booking = await _reserve(statements, [Rate("n", 10)], 100, CAMPAIGN)
    assert (booking.count, booking.delay) == (3, timedelta(0))


async def test_the_slower_of_two_keys_decides_and_both_move(statements: Sessions) -> None:
    rates = [Rate("number", 1000), Rate("campaign", 20)]
    assert (await _reserve(statements, rates, 25, CAMPAIGN)).count == 5
    assert (await _reserve(statements, rates, 25, CAMPAIGN)).count <= 2  # those of the time between
    assert (await _reserve(statements, rates[:1], 25, CAMPAIGN)).count == 25


async def test_a_pair_may_burst_and_then_waits_six_seconds_each(statements: Sessions) -> None:
    rates = [Rate("pair:1", PAIR_PER_SECOND, PAIR_BURST)]
    for _ in range(PAIR_BURST):
        booking = await _reserve(statements, rates, 1, timedelta(0))
        assert (booking.count, booking.delay) == (1, timedelta(0))
    refused = await _reserve(statements, rates, 1, timedelta(0))
    assert refused.count == 0
    assert timedelta(seconds=5) < refused.delay <= timedelta(seconds=6)


async def test_a_number_called_too_fast_halves_once_and_climbs_back(
    statements: Sessions, database_url: str
) -> None:
    async with statements() as session:
        channel_id = await factories.channel(session, Vault([new_key()]), throughput=80)
        await session.commit()
    key = slots.channel_key(channel_id)

    async def gap_after(seconds: float) -> float:
        async with statements() as session:
            statement = text(
                "UPDATE rate_slots SET tat = clock_timestamp(), "
                "slowed_at = slowed_at - CAST(:passed AS interval)"
            )
            await session.execute(statement, {"passed": timedelta(seconds=seconds)})
            booking = await slots.reserve(session, [Rate(key, 80)], 1, CAMPAIGN)
        return booking.intervals[key]

    for _ in range(3):  # several answers of one burst
        async with statements() as session:
            await slots.slow_down(session, channel_id, timedelta(seconds=1))
    assert (await _reserve(statements, [Rate(key, 80)], 1, CAMPAIGN)).count == 0
    assert await gap_after(0) == pytest.approx(1 / 40, rel=0.05)
    assert await gap_after(30) == pytest.approx(1 / 60, rel=0.05)
    async with statements() as session:
        await slots.slow_down(session, channel_id, timedelta(seconds=1))
    assert await gap_after(0) == pytest.approx(1 / 30, rel=0.05)
    assert await gap_after(61) == pytest.approx(1 / 80, rel=0.01)


@pytest.mark.parametrize("jump", ["-2 hours", "2 hours"])
async def test_a_clock_that_jumps_neither_stops_a_number_nor_lets_it_burst(
    statements: Sessions, jump: str
) -> None:
    rates = [Rate("n", 100)]
    await _reserve(statements, rates, 5, CAMPAIGN)
    async with statements() as session:
        moved = text("UPDATE rate_slots SET tat = tat - CAST(:jump AS interval)")
        await session.execute(moved, {"jump": jump})
    booking = await _reserve(statements, rates, 100, CAMPAIGN)
    assert 20 <= booking.count <= 26
    assert booking.delay <= timedelta(milliseconds=50)


@pytest.mark.fault("C6")
def test_no_rate_reaches_as_far_as_a_clock_that_was_set_back() -> None:
    assert slots.FARTHEST.total_seconds() > PAIR_BURST / PAIR_PER_SECOND
    Tabs(rate_per_s=1, burst=299)
    with pytest.raises(ValueError, match="too long"):
        Tabs(rate_per_s=0.1, burst=30)


async def test_rows_that_are_long_free_are_forgotten_in_portions_and_no_others(
    statements: Sessions,
) -> None:
    async with statements() as session:
        await session.execute(
            text("""INSERT INTO rate_slots (key, tat, slowed_at)
            SELECT 'old ' || n, clock_timestamp() - interval '25 hours', NULL FROM generate_series(1, 5) n
            UNION ALL SELECT 'slowed', clock_timestamp() - interval '25 hours', clock_timestamp()
            UNION ALL SELECT 'recent', clock_timestamp() - interval '23 hours', NULL""")
        )
        assert [await slots.forget(session, 2) for _ in range(4)] == [2, 2, 1, 0]
        left = await session.scalars(text("SELECT key FROM rate_slots ORDER BY key"))
        assert list(left) == ["recent", "slowed"]
