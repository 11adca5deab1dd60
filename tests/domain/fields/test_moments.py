"""Days and times as people write them: the hours of two clocks, zones, and what no calendar has."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contacts import CustomField, FieldType
from domain.errors import Invalid
from domain.fields import (
    DateOrder,
    checked_label,
    infer_type,
    moment_text,
    parse_moment,
    parse_value,
)


def _zone(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


@pytest.mark.parametrize(
    ("text", "hour", "minute", "zone"),
    [
        ("2026-11-23 14:30", 14, 30, None),
        ("2026-11-23T14:30:00Z", 14, 30, UTC),
        ("2026-11-23 14:30 UTC", 14, 30, UTC),
        ("2026-11-23 2:30 pm", 14, 30, None),
        ("2026-11-23 12:00 am", 0, 0, None),
        ("2026-11-23 12:15 PM", 12, 15, None),
        ("2026-11-23 9 am", 9, 0, None),
        ("2026-11-23 14:30+02:00", 14, 30, _zone(2)),
        ("2026-11-23 14:30-0330", 14, 30, _zone(-3.5)),
        ("2026-11-23 14:30 GMT+5", 14, 30, _zone(5)),
    ],
)
def test_times_of_both_clocks_and_their_zones(
    text: str, hour: int, minute: int, zone: timezone | None
) -> None:
    assert parse_moment(text) == datetime(2026, 11, 23, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 14", "2026-11-23 13:00 pm", "2026-11-23 0:30 am", "2026-11-23 24:00", "2026-11-23 10:60",
        "2026-11-23 10:00:61", "2026-02-30 10:00", "10:00", "2026-11-23 at ten", "",
    ],
)  # fmt: skip
def test_what_no_clock_shows_is_no_time(text: str) -> None:
    assert parse_moment(text) is None


def test_a_zone_that_is_nowhere_is_none_at_all() -> None:
    found = parse_moment("2026-11-23 14:30+15:30")
    assert found is None or found.tzinfo is None


@given(
    st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
    st.sampled_from([None, UTC, _zone(2), _zone(-3.5)]),
)
def test_a_time_as_it_is_stored_is_read_as_the_same(at: datetime, zone: timezone | None) -> None:
    moment = at.replace(tzinfo=zone)
    assert parse_moment(moment_text(moment)) == moment
    assert infer_type([moment_text(moment)]) in (FieldType.DATETIME, FieldType.DATE)


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (FieldType.DATE, "30/02/2026", "field_date"),
        (FieldType.DATETIME, "2026-02-30 10:00", "field_datetime"),
        (FieldType.DATE, "2026-11-23 10:00", "field_date"),
        (FieldType.DATE, "soon", "field_date"),
        (FieldType.NUMBER, "many", "field_number"),
        (FieldType.BOOL, "perhaps", "field_bool"),
    ],
)
def test_a_value_that_is_none_is_refused_by_its_kind(kind: FieldType, text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_value(CustomField("f", "Field", kind), text, DateOrder.DAY_FIRST)
    assert refused.value.code == code


@pytest.mark.parametrize("label", ["", "  ", "\t\n"])
def test_a_field_needs_a_label(label: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_label(label)
    assert refused.value.code == "field_label"
