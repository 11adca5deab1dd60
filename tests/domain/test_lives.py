"""So many months back is a day that exists, in the month it should be."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from domain.lives import LIVES, Ends, back

TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone


@given(TIMES, st.integers(0, 900))
def test_months_are_counted_and_the_day_exists(at: datetime, months: int) -> None:
    earlier = back(at, months)
    assert (at.year - earlier.year) * 12 + at.month - earlier.month == months
    assert earlier.day == (min(at.day, 28))
    assert earlier.time() == at.time()


@given(TIMES, TIMES, st.integers(0, 300))
def test_nothing_ends_before_something_older(one: datetime, two: datetime, months: int) -> None:
    early, late = sorted((one, two))
    assert back(early, months).date() <= back(late, months).date()


def test_every_life_says_what_ends_it() -> None:
    for life in LIVES:
        assert life.tables
        assert life.kept
        assert bool(life.by) is (life.ends is not Ends.HAND), life.what
        assert life.line().count("|") == 4
