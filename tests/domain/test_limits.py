from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.limits import Lane, backoff, chunk, grant, pair_backoff

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(
    rate=st.integers(1, 1000),
    asks=st.lists(st.tuples(st.integers(1, 200), st.floats(0, 2)), min_size=1, max_size=60),
)
def test_no_second_holds_more_than_the_rate(rate: int, asks: list[tuple[int, float]]) -> None:
    tat, now = NOW, NOW
    slots: list[datetime] = []
    for wanted, pause in asks:
        now += timedelta(seconds=pause)
        booked = grant(tat, now, rate, wanted, Lane.CAMPAIGN)
        slots += [booked.slot(index) for index in range(booked.count)]
        tat = booked.tat
    for index, first in enumerate(slots):
        within = [slot for slot in slots[index:] if slot < first + timedelta(seconds=1)]
        assert len(within) <= rate + 1


def test_campaigns_book_a_moment_ahead_and_replies_still_get_in() -> None:
    tat = NOW + timedelta(milliseconds=350)
    refused = grant(tat, NOW, 80, 10, Lane.CAMPAIGN)
    assert refused.count == 0
    assert refused.first == NOW + timedelta(milliseconds=100)
    assert grant(tat, NOW, 80, 1, Lane.INTERACTIVE).first == tat


def test_an_idle_number_starts_now_without_saved_up_bursts() -> None:
    booked = grant(NOW - timedelta(hours=1), NOW, 10, 100, Lane.CAMPAIGN)
    assert booked.first == NOW
    assert booked.count == 3
    assert booked.tat == NOW + timedelta(milliseconds=300)


def test_chunks_are_a_twentieth_of_a_second() -> None:
    assert [chunk(rate) for rate in (1, 20, 80, 1000)] == [1, 1, 4, 25]


def test_waits_grow_and_end() -> None:
    assert backoff(1, 0.0) == timedelta(seconds=1)
    assert backoff(50, 1.0) == timedelta(seconds=60)
    assert [pair_backoff(attempt).total_seconds() for attempt in (1, 2, 3)] == [1, 4, 16]
