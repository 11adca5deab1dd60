"""Working hours over clock changes, midnight, holidays, and when there are none."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import calendars
from domain.calendars import DAYS, Calendar, SpecialDay, weekly

MADRID = ZoneInfo("Europe/Madrid")
ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
WEEKDAYS = DAYS[:5]
SPLIT = dict.fromkeys(WEEKDAYS, ("09:00-13:00", "15:00-18:00"))
OFFICE = weekly(SPLIT, UTC)
AROUND_THE_CLOCK = weekly(dict.fromkeys(DAYS, ("00:00-24:00",)), MADRID)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(amount: float) -> timedelta:
    return timedelta(hours=amount)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T09:00", "2026-11-23T09:00"),
        ("2026-11-23T12:59", "2026-11-23T12:59"),
        ("2026-11-23T13:00", "2026-11-23T15:00"),
        ("2026-11-27T18:00", "2026-11-30T09:00"),
    ],
)
def test_it_opens_next(now: str, opens: str) -> None:
    assert calendars.next_open(OFFICE, at(now)) == at(opens)
    assert calendars.is_open(OFFICE, at(now)) is (now == opens)


def test_spans_may_pass_midnight() -> None:
    night = weekly({"fri": ("22:00-02:00",), "sun": ("00:00-24:00",)}, UTC)

    assert calendars.is_open(night, at("2026-11-28T01:59"))
    assert not calendars.is_open(night, at("2026-11-28T02:00"))
    assert calendars.is_open(night, at("2026-11-29T23:59"))
    assert not calendars.is_open(night, at("2026-11-30T00:00"))
    assert calendars.closes_at(night, at("2026-11-28T01:00")) == at("2026-11-28T02:00")
    assert calendars.worked(night, at("2026-11-27T00:00"), at("2026-11-30T00:00")) == hours(28)


@pytest.mark.parametrize(
    "never",
    [
        weekly(None, UTC),
        weekly({"mon": ("25:00-26:00", "x", "09:00-09:00", "10:00-24:01", "9-17")}, UTC),
    ],
)
def test_hours_that_are_never_do_not_open(never: Calendar) -> None:
    now = at("2026-11-23T12:00")

    assert never.is_empty
    assert calendars.next_open(never, now) is None
    assert calendars.closes_at(never, now) is None
    assert calendars.after(never, now, MINUTE) is None
    assert calendars.worked(never, now, now + timedelta(days=365)) == timedelta()


def test_a_span_that_a_clock_change_skips_does_not_open() -> None:
    sundays = weekly({"sun": ("02:00-03:00",)}, MADRID)

    assert calendars.next_open(sundays, at("2026-03-28T12:00")) == at("2026-04-05T00:00")


def test_a_night_has_an_hour_more_or_less_when_clocks_change() -> None:
    nights = weekly({"sat": ("22:00-06:00",)}, MADRID)

    def length(saturday: str) -> timedelta:
        noon = at(f"{saturday}T12:00")
        return calendars.worked(nights, noon, noon + timedelta(days=1))

    assert length("2026-03-28") == hours(7)
    assert length("2026-10-24") == hours(9)
    assert length("2026-11-21") == hours(8)


def test_holidays_replace_the_hours_of_their_day() -> None:
    special = (
        SpecialDay(day=date(2020, 12, 25), name="Christmas", yearly=True),
        SpecialDay(day=date(2026, 12, 24), spans=("09:00-12:00",)),
        SpecialDay(day=date(2027, 12, 25), name="Open after all", spans=("10:00-11:00",)),
        SpecialDay(day=date(2024, 2, 29), name="Leap day", yearly=True),
    )
    shop = weekly(dict.fromkeys(DAYS, ("09:00-17:00",)), UTC, special)

    def worked(day: str) -> timedelta:
        return calendars.worked(shop, at(day), at(day) + timedelta(days=1))

    assert worked("2026-12-23") == hours(8)
    assert worked("2026-12-24") == hours(3)
    assert worked("2026-12-25") == timedelta()
    assert worked("2027-12-25") == hours(1), "the date itself beats what is yearly"
    assert worked("2028-02-29") == timedelta()
    assert worked("2026-03-01") == hours(8)
    assert calendars.next_open(shop, at("2026-12-24T12:00")) == at("2026-12-26T09:00")


def test_a_night_that_runs_into_a_holiday_is_worked_to_its_end() -> None:
    special = (SpecialDay(day=date(2026, 12, 25)),)
    nights = weekly(dict.fromkeys(DAYS, ("22:00-06:00",)), UTC, special)

    assert calendars.is_open(nights, at("2026-12-25T05:59"))
    assert calendars.next_open(nights, at("2026-12-25T06:00")) == at("2026-12-26T22:00")


def test_around_the_clock_is_one_stretch_without_an_end() -> None:
    now = at("2026-03-27T12:00")

    assert len(list(calendars.openings(AROUND_THE_CLOCK, now, now + timedelta(days=30)))) == 1
    assert calendars.is_open(AROUND_THE_CLOCK, now)
    assert calendars.closes_at(AROUND_THE_CLOCK, now) is None
    assert calendars.worked(AROUND_THE_CLOCK, now, now + hours(100)) == hours(100)
    assert calendars.after(AROUND_THE_CLOCK, now, hours(100)) == now + hours(100)


def test_working_time_passes_only_while_it_is_open() -> None:
    friday = at("2026-11-27T17:00")

    assert calendars.after(OFFICE, friday, hours(1)) == at("2026-11-27T18:00")
    assert calendars.after(OFFICE, friday, hours(2)) == at("2026-11-30T10:00")
    assert calendars.after(OFFICE, at("2026-11-28T12:00"), hours(4)) == at("2026-11-30T13:00")
    assert calendars.after(OFFICE, friday, hours(7 * 300)) is None
    assert calendars.worked(OFFICE, at("2026-11-30T10:00"), friday) == timedelta()


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("9-17", "09:00-17:00"),
        (" 9:00 - 12.30 ", "09:00-12:30"),
        ("8h30 to 12h", "08:30-12:00"),
        ("22\u201302", "22:00-02:00"),
        ("0-24", "00:00-24:00"),
        ("9:00\u00a0\u2013\u202f17:00", "09:00-17:00"),
    ],
)
def test_people_type_spans_in_many_ways(text: str, span: str) -> None:
    found = calendars.typed_span(text)

    assert found is not None
    assert calendars.written(found) == span
    assert calendars.parsed_span(span) == found


@pytest.mark.parametrize("text", ["", "9", "9-9", "25-26", "9-17-18", "nine to five", "\u0669-17"])
def test_what_is_no_span_is_none(text: str) -> None:
    assert calendars.typed_span(text) is None


_SPANS = st.tuples(st.integers(0, 1439), st.integers(1, 1439)).map(
    lambda two: calendars.written((two[0], two[0] + two[1]))
)
_DAY = st.lists(_SPANS, max_size=3).map(tuple)
_SPECIAL = st.builds(
    SpecialDay, day=st.dates(date(2026, 1, 1), date(2026, 12, 31)), spans=_DAY, yearly=st.booleans()
)
_CALENDARS = st.builds(
    weekly,
    st.dictionaries(st.sampled_from(DAYS), _DAY),
    st.sampled_from(ZONES).map(ZoneInfo),
    st.lists(_SPECIAL, max_size=3),
)
_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(_CALENDARS, _MOMENTS, st.integers(1, 12))
def test_openings_are_in_order_and_apart(calendar: Calendar, since: datetime, days: int) -> None:
    until = since + timedelta(days=days)
    found = list(calendars.openings(calendar, since, until))

    edges = [edge for each in found for edge in each]
    assert edges == sorted(set(edges))
    assert all(end > since and start < until for start, end in found)


@given(_CALENDARS, _MOMENTS)
def test_whether_it_is_open_agrees_with_when_it_opens_and_closes(
    calendar: Calendar, now: datetime
) -> None:
    opens, closes = calendars.next_open(calendar, now), calendars.closes_at(calendar, now)

    assert calendars.is_open(calendar, now) is (opens == now)
    if opens is not None:
        assert calendars.is_open(calendar, opens)
        assert opens == now or not calendars.is_open(calendar, opens - timedelta(microseconds=1))
    if closes is not None:
        assert closes > now
        assert not calendars.is_open(calendar, closes)


@given(_CALENDARS, _MOMENTS, st.integers(0, 10_000), st.integers(0, 10_000))
def test_working_time_adds_up(calendar: Calendar, now: datetime, one: int, other: int) -> None:
    middle, end = now + one * MINUTE, now + (one + other) * MINUTE
    whole = calendars.worked(calendar, now, end)

    assert whole == calendars.worked(calendar, now, middle) + calendars.worked(
        calendar, middle, end
    )
    assert timedelta() <= whole <= end - now


@given(_CALENDARS, _MOMENTS, st.integers(1, 3_000))
def test_after_so_much_working_time_so_much_was_worked(
    calendar: Calendar, now: datetime, minutes: int
) -> None:
    due = calendars.after(calendar, now, minutes * MINUTE)

    if due is not None:
        assert calendars.worked(calendar, now, due) == minutes * MINUTE
        assert calendars.is_open(calendar, due - timedelta(microseconds=1))
