import time
from datetime import UTC, datetime
from uuid import UUID

from domain.ids import first_id, new_id, parse_id
from tests.eventually import eventually_blocking


def test_ids_are_version_7_and_sort_by_time() -> None:
    first = new_id()
    now = time.time_ns()
    eventually_blocking(lambda: time.time_ns() > now + 2_000_000, "two milliseconds have passed")
    second = new_id()
    assert first.version == second.version == 7
    assert first < second


def test_text_that_is_no_id() -> None:
    assert parse_id("nonsense") is None
    made = new_id()
    assert parse_id(str(made)) == made


def test_bounds_by_time_hold_wherever_the_calendar_begins_and_ends() -> None:
    assert first_id(datetime(1, 1, 1, tzinfo=UTC)) == first_id(datetime(1969, 12, 31, tzinfo=UTC))
    assert first_id(datetime(1, 1, 1, tzinfo=UTC)) == UUID(int=0)
    assert new_id() < first_id(datetime(9999, 12, 31, tzinfo=UTC))
