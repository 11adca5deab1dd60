"""A message's place in its thread: by the second it was written, then by arrival."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.conversations import placed_at

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MICROSECONDS = st.integers(0, 10**6 * 86_400 * 400)
SECOND = timedelta(seconds=1)


@given(MICROSECONDS)
def test_it_never_leaves_the_second_in_which_it_was_written_unless_it_came_at_once(
    late: int,
) -> None:
    arrived = NOW + timedelta(microseconds=late)
    placed = placed_at(NOW, arrived)
    assert NOW <= placed < NOW + SECOND
    assert placed == arrived or late > 999_000


@given(MICROSECONDS, MICROSECONDS)
def test_of_one_second_what_comes_first_stands_first(one: int, two: int) -> None:
    early, late = sorted((one, two))
    first = placed_at(NOW, NOW + timedelta(microseconds=early))
    assert first <= placed_at(NOW, NOW + timedelta(microseconds=late))


@given(MICROSECONDS, st.integers(1, 10**5))
def test_what_was_written_later_stands_later_however_late_the_other_comes(
    late: int, seconds: int
) -> None:
    first = placed_at(NOW, NOW + timedelta(microseconds=late))
    written = NOW + seconds * SECOND
    assert first < placed_at(written, written)


def test_a_clock_of_meta_that_goes_ahead_takes_our_time() -> None:
    early = NOW - timedelta(minutes=5)
    assert placed_at(NOW, early) == early
