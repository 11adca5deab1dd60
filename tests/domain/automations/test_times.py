from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.automations import times
from domain.automations.conditions import Hours
from domain.automations.nodes import Duration, Unit
from domain.calendars import Calendar, weekly
from tests.graphs import MADRID


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


def test_the_next_clock_is_after_now() -> None:
    nine = time(9)

    assert times.next_clock(at("2026-11-23T07:59"), nine, MADRID) == at("2026-11-23T08:00")
    assert times.next_clock(at("2026-11-23T08:00"), nine, MADRID) == at("2026-11-24T08:00")
    assert times.next_clock(at("2026-11-23T23:30"), time(0, 15), MADRID) == at("2026-11-24T23:15")
    # The second 02:30 of 25 October is not the next one after the first.
    assert times.next_clock(at("2026-10-25T00:30"), time(2, 30), MADRID) == at("2026-10-26T01:30")


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
    assert times.zone_named("America/New_York", MADRID, UTC) == ZoneInfo("America/New_York")


def test_working_hours_are_a_nodes_own_or_those_of_a_calendar() -> None:
    office = Calendar(zone=MADRID, week=(((540, 1020),),) * 7)
    own = Hours(days={"mon": ("09:00-17:00",), "tue": ("x",)})

    def meant(hours: Hours) -> Calendar:
        return times.calendar_of(hours, {"office": office}, MADRID, UTC)

    assert meant(own) == weekly({"mon": ["09:00-17:00"]}, UTC)
    assert meant(replace(own, zone="contact")).zone is MADRID
    assert meant(replace(own, calendar="office")) is office
    assert meant(replace(own, calendar="gone")).is_empty
