"""When time triggers fire, in every zone and over changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.automations import timing
from domain.automations.triggers import TimeTrigger, Timing

MADRID = ZoneInfo("Europe/Madrid")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(**values: object) -> TimeTrigger:
    return TimeTrigger(timing=Timing.CALENDAR, **values)  # type: ignore[arg-type]


def next_ones(trigger: TimeTrigger, after: str, count: int, zone: ZoneInfo = MADRID) -> list[str]:
    found = islice(timing.occurrences(trigger, zone, at(after)), count)
    return [f"{one.name} {one.at:%m-%d %H:%M}" for one in found]


@pytest.mark.parametrize(
    ("trigger", "after", "wanted"),
    [
        (calendar(), "2026-11-23T12:00", ["2026-11-24T09:00 11-24 08:00", "2026-11-25T09:00 11-25 08:00"]),
        (calendar(every="week", days=("sat", "mon")), "2026-11-23T12:00",
         ["2026-11-28T09:00 11-28 08:00", "2026-11-30T09:00 11-30 08:00"]),
        (calendar(every="month", month_day=31), "2026-01-31T12:00",
         ["2026-02-28T09:00 02-28 08:00", "2026-03-31T09:00 03-31 07:00"]),
        (calendar(every="month", month_day=29), "2028-02-01T12:00", ["2028-02-29T09:00 02-29 08:00"]),
        # The hour that is skipped stands for the moment after it, the doubled one for its first.
        (calendar(clock="02:30"), "2026-03-28T12:00",
         ["2026-03-29T02:30 03-29 01:00", "2026-03-30T02:30 03-30 00:30"]),
        (calendar(clock="02:30"), "2026-10-24T12:00",
         ["2026-10-25T02:30 10-25 00:30", "2026-10-26T02:30 10-26 01:30"]),
        (TimeTrigger(moment="2026-12-24T09:00"), "2026-12-01T00:00", ["2026-12-24T09:00 12-24 08:00"]),
        (TimeTrigger(moment="2026-12-24T09:00"), "2026-12-24T08:00", []),
        (TimeTrigger(moment="soon"), "2026-12-24T08:00", []),
        (calendar(every="week", days=()), "2026-12-24T08:00", []),
        (calendar(clock="noon"), "2026-11-23T12:00", ["2026-11-24T09:00 11-24 08:00"]),
    ],
)  # fmt: skip
def test_occurrences(trigger: TimeTrigger, after: str, wanted: list[str]) -> None:
    assert next_ones(trigger, after, max(1, len(wanted))) == wanted


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59", "0001-01-01T00:00", "9999-12-31T23:59-12:00"]
)
@pytest.mark.parametrize("zone", ["", "contact", "Pacific/Pago_Pago", "Pacific/Kiritimati"])
def test_where_the_calendar_ends_nothing_fires(moment: str, zone: str) -> None:
    trigger = TimeTrigger(timing=Timing.ONCE, moment=moment, zone=zone)
    zones = ("", "Pacific/Pago_Pago", "Pacific/Kiritimati")
    now = at("2026-11-23T12:00")
    assert timing.next_at(trigger, now, MADRID, zones) is None
    assert timing.due(trigger, now - timedelta(days=1), now, MADRID, zones) == []


def test_a_date_field_fires_days_before_or_after_it() -> None:
    before = TimeTrigger(timing=Timing.FIELD, field="renewal", offset=-3)
    [one] = islice(timing.occurrences(before, MADRID, at("2026-02-25T12:00")), 1)
    assert one.local == datetime.fromisoformat("2026-02-26T09:00")
    assert timing.day_of_field(before, one.local) == date(2026, 3, 1)
    after = TimeTrigger(timing=Timing.FIELD, field="renewal", offset=30)
    assert timing.day_of_field(after, datetime.fromisoformat("2026-03-01T09:00")) == date(
        2026, 1, 30
    )


def test_each_contacts_zone_is_due_when_its_clocks_show_it() -> None:
    trigger = TimeTrigger(moment="2026-12-24T09:00", zone="contact")
    names = ("", "Asia/Tokyo", "Europe/Madrid", "Europe/Paris", "America/New_York")
    first, *others = timing.due(trigger, at("2026-12-23T00:00"), at("2026-12-24T09:00"), UTC, names)
    assert (first.at, first.zones) == (at("2026-12-24T00:00"), frozenset({"Asia/Tokyo"}))
    assert [one.zones for one in others] == [
        frozenset(("Europe/Madrid", "Europe/Paris")),
        frozenset(("",)),
    ]
    assert {one.name for one in (first, *others)} == {"2026-12-24T09:00"}
    assert timing.next_at(trigger, at("2026-12-24T09:00"), UTC, names) == at("2026-12-24T14:00")
    assert timing.next_at(trigger, at("2026-12-24T14:00"), UTC, names) is None


def test_a_zone_of_the_trigger_is_for_everybody() -> None:
    trigger = calendar(zone="Europe/Madrid")
    [due] = timing.due(
        trigger, at("2026-11-23T12:00"), at("2026-11-24T08:00"), UTC, ("Asia/Tokyo",)
    )
    assert (due.at, due.zones) == (at("2026-11-24T08:00"), None)
    assert timing.next_at(trigger, due.at, UTC, ()) == at("2026-11-25T08:00")
    ours = timing.next_at(calendar(), at("2026-11-24T08:00"), MADRID, ())
    assert ours == at("2026-11-25T08:00")


@given(
    st.datetimes(*map(datetime.fromisoformat, ("2024-01-01", "2029-01-01"))),
    st.integers(0, 23 * 60 + 59),
    st.sampled_from(["day", "week", "month"]),
    st.integers(1, 31),
    st.sampled_from(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_a_clock_that_looks_at_any_moment_misses_nothing_and_doubles_nothing(
    after: datetime, minute: int, every: str, day: int, zone: str
) -> None:
    trigger = calendar(
        clock=f"{minute // 60:02}:{minute % 60:02}", every=every, month_day=day, days=("sun", "wed"),
        zone=zone,
    )  # fmt: skip
    start = after.replace(tzinfo=UTC)
    end = start + timedelta(days=70)
    whole = timing.due(trigger, start, end, UTC, ())
    pieces, looked = [], start
    while looked < end:
        looked_next = min(looked + timedelta(hours=37), end)
        pieces += timing.due(trigger, looked, looked_next, UTC, ())
        looked = looked_next
    assert pieces == whole
    assert len({one.name for one in whole}) == len(whole) >= 2
    assert [one.at for one in whole] == sorted(one.at for one in whole)
    assert timing.next_at(trigger, start, UTC, ()) == whole[0].at
