from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.automations import times
from domain.automations.conditions import Hours
from domain.automations.nodes import Duration, Unit
from tests.graphs import MADRID, NOW

APIA = ZoneInfo("Pacific/Apia")
NEW_YORK = ZoneInfo("America/New_York")
OFFICE = Hours(
    days=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-13:00", "15:00-18:00"))
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2026-11-23T12:00", 90, Unit.MINUTES, "2026-11-23T13:30"),
        ("2026-11-23T12:00", 2, Unit.WEEKS, "2026-12-07T12:00"),
        # Spring: the night of 29 March has an hour less; a day keeps the clock, 24 hours do not.
        ("2026-03-28T09:00", 1, Unit.DAYS, "2026-03-29T08:00"),
        ("2026-03-28T09:00", 24, Unit.HOURS, "2026-03-29T09:00"),
        # 02:30 does not exist on that night: 03:00, which is 01:00 UTC.
        ("2026-03-28T01:30", 1, Unit.DAYS, "2026-03-29T01:00"),
        # 02:30 comes twice on 25 October: the first.
        ("2026-10-24T00:30", 1, Unit.DAYS, "2026-10-25T00:30"),
        ("2026-01-31T09:00", 1, Unit.MONTHS, "2026-02-28T09:00"),
        ("2028-02-29T09:00", 12, Unit.MONTHS, "2029-02-28T09:00"),
        ("2026-12-31T09:00", 2, Unit.MONTHS, "2027-02-28T09:00"),
        ("2026-11-23T12:00", -5, Unit.DAYS, "2026-11-24T12:00"),
        ("2026-11-23T12:00", 10**12, Unit.MONTHS, "2036-11-30T12:00"),
    ],
)
def test_waits_follow_the_calendar_of_a_zone(start: str, amount: int, unit: Unit, end: str) -> None:
    assert times.add(at(start), Duration(amount=amount, unit=unit), MADRID) == at(end)


@pytest.mark.parametrize(
    ("local", "zone", "moment"),
    [
        ("2026-03-29T02:00", MADRID, "2026-03-29T01:00"),
        ("2026-03-29T02:59", MADRID, "2026-03-29T01:00"),
        ("2026-03-29T03:00", MADRID, "2026-03-29T01:00"),
        ("2026-10-25T02:30", MADRID, "2026-10-25T00:30"),
        ("2026-03-08T02:15", NEW_YORK, "2026-03-08T07:00"),
        # Samoa skipped the whole of 30 December 2011.
        ("2011-12-30T12:00", APIA, "2011-12-30T10:00"),
        ("2026-11-23T12:00", UTC, "2026-11-23T12:00"),
    ],
)
def test_a_skipped_hour_is_the_first_moment_after_it(
    local: str, zone: ZoneInfo, moment: str
) -> None:
    assert times.at_local(naive(local), zone) == at(moment)


@given(
    st.datetimes(naive("1970-01-02"), naive("2100-01-01")),
    st.sampled_from(
        [
            "Europe/Madrid",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "Pacific/Apia",
        ]
    ),
)
def test_a_local_time_is_shown_then_or_skipped(local: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    shown = times.at_local(local, zone).astimezone(zone).replace(tzinfo=None)

    assert shown >= local.replace(microsecond=0)
    assert shown - local <= timedelta(hours=24)


def test_the_next_clock_is_after_now() -> None:
    nine = time(9)

    assert times.next_clock(at("2026-11-23T07:59"), nine, MADRID) == at("2026-11-23T08:00")
    assert times.next_clock(at("2026-11-23T08:00"), nine, MADRID) == at("2026-11-24T08:00")
    assert times.next_clock(at("2026-11-23T23:30"), time(0, 15), MADRID) == at("2026-11-24T23:15")
    # The second 02:30 of 25 October is not the next one after the first.
    assert times.next_clock(at("2026-10-25T00:30"), time(2, 30), MADRID) == at("2026-10-26T01:30")


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T09:00", "2026-11-23T09:00"),
        ("2026-11-23T12:59", "2026-11-23T12:59"),
        ("2026-11-23T13:00", "2026-11-23T15:00"),
        ("2026-11-27T18:00", "2026-11-30T09:00"),
    ],
)
def test_working_hours_open_next(now: str, opens: str) -> None:
    assert times.next_open(at(now), OFFICE, UTC) == at(opens)
    assert times.is_open(at(now), OFFICE, UTC) is (now == opens)


def test_hours_may_pass_midnight() -> None:
    night = Hours(days={"fri": ("22:00-02:00",), "sun": ("00:00-24:00",)})

    assert times.is_open(at("2026-11-28T01:59"), night, UTC)
    assert not times.is_open(at("2026-11-28T02:00"), night, UTC)
    assert times.is_open(at("2026-11-29T23:59"), night, UTC)
    assert not times.is_open(at("2026-11-30T00:00"), night, UTC)


def test_hours_that_are_never_do_not_open() -> None:
    assert times.next_open(NOW, Hours(), UTC) is None
    assert (
        times.next_open(
            NOW, Hours(days={"mon": ("25:00-26:00", "x", "09:00-09:00", "10:00-24:01")}), UTC
        )
        is None
    )


def test_a_span_that_a_clock_change_skips_does_not_open() -> None:
    hours = Hours(days={"sun": ("02:00-03:00",)})

    assert times.next_open(at("2026-03-28T12:00"), hours, MADRID) == at("2026-04-05T00:00")


def test_texts_are_read_as_moments() -> None:
    assert times.parsed_clock("9:05") == time(9, 5)
    assert times.parsed_clock("24:00") is None
    assert times.parsed_moment("2026-12-24T09:00") == naive("2026-12-24T09:00")
    assert times.parsed_moment("2026-12-24") == naive("2026-12-24")
    assert times.parsed_moment("soon") is None
    assert times.parsed_day("2026-12-24T23:30+00:00", MADRID) == date(2026, 12, 25)
    assert times.in_month(2026, 2, 31) == date(2026, 2, 28)


def test_zones_have_names() -> None:
    assert times.zone_named("contact", MADRID, UTC) is MADRID
    assert times.zone_named("", MADRID, UTC) is UTC
    assert times.zone_named("Not/There", MADRID, UTC) is UTC
    assert times.zone_named("../../etc/passwd", MADRID, UTC) is UTC
    assert times.zone_named("America/New_York", MADRID, UTC) == NEW_YORK
