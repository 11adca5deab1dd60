"""Scheduled starts around clock changes, and never at times that do not exist."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.campaigns import LONGEST_AHEAD, missed_start, require_schedule
from domain.errors import Invalid
from web.campaigns.saving import local_time

pytestmark = pytest.mark.fault("D4")

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2028-02-29T09:00", "America/Sao_Paulo", datetime(2028, 2, 29, 12, 0, tzinfo=UTC)),
        ("2028-11-27T09:30", "Asia/Kolkata", datetime(2028, 11, 27, 4, 0, tzinfo=UTC)),
        # The clocks are put back: 2:30 comes twice, the first one is meant.
        ("2027-10-31T02:30", "Europe/Berlin", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("2027-11-07T01:30", "America/New_York", datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
        ("2027-03-28T03:00", "Europe/Berlin", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_time_is_one_moment(text: str, zone: str, expected: datetime) -> None:
    assert local_time(text, zone) == expected


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2027-03-28T02:30", "Europe/Berlin"),
        ("2027-03-14T02:00", "America/New_York"),
        ("2027-10-03T02:15", "Australia/Lord_Howe"),
        ("2027-02-29T09:00", "UTC"),
        ("2027-02-28T09:00+05:00", "UTC"),
        ("0001-01-01T00:00", "Asia/Tokyo"),
        ("9999-12-31T23:59", "America/Los_Angeles"),
        ("", "UTC"),
        ("2027-02-28T09:00", "Mars/Base"),
        ("2027-02-28T09:00", "../../etc/passwd"),
    ],
)
def test_a_time_that_does_not_exist_is_refused(text: str, zone: str) -> None:
    with pytest.raises(Invalid):
        local_time(text, zone)


def test_two_years_are_not_too_far_and_a_century_is() -> None:
    require_schedule(None, NOW)
    require_schedule(NOW + timedelta(days=731), NOW)
    require_schedule(NOW - timedelta(minutes=1), NOW)
    for far in (LONGEST_AHEAD + timedelta(days=1), timedelta(days=36_500)):
        for moment in (NOW + far, NOW - far):
            with pytest.raises(Invalid):
                require_schedule(moment, NOW)


def test_a_start_in_the_past_asks_after_a_while() -> None:
    assert not missed_start(NOW - timedelta(minutes=14), NOW)
    assert missed_start(NOW - timedelta(minutes=16), NOW)
    assert not missed_start(NOW + timedelta(days=731), NOW)
