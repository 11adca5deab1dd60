from datetime import timedelta

from domain.limits import backoff, chunk, pair_backoff


def test_chunks_are_a_twentieth_of_a_second() -> None:
    assert [chunk(rate) for rate in (1, 20, 80, 1000)] == [1, 1, 4, 50]


def test_waits_grow_and_end() -> None:
    assert backoff(1, 0.0) == timedelta(seconds=1)
    assert backoff(50, 1.0) == timedelta(seconds=60)
    assert [pair_backoff(attempt).total_seconds() for attempt in (1, 2, 3)] == [1, 4, 16]
