"""Response targets: how late a conversation is, and times as people type them."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.targets import SOON, Lateness, lateness, typed_minutes, written_minutes

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("due_at", "expected"),
    [
        (None, None),
        (NOW + SOON + MOMENT, None),
        (NOW + SOON, Lateness.SOON),
        (NOW + MOMENT, Lateness.SOON),
        (NOW, Lateness.LATE),
        (NOW - SOON, Lateness.LATE),
    ],
)
def test_it_is_soon_and_then_late(due_at: datetime | None, expected: Lateness | None) -> None:
    assert lateness(due_at, NOW) is expected


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("30", 30), ("45 min", 45), (" 4h ", 240), ("1h 30", 90), ("1 hour 5 minutes", 65), ("2h5m", 125), ("4\u00a0h", 240),
        ("", None), ("soon", None), ("-5", None), ("1.5h", None), ("h", None),
    ],
)  # fmt: skip
def test_people_type_times_in_many_ways(text: str, minutes: int | None) -> None:
    assert typed_minutes(text) == minutes
    if minutes is not None:
        assert typed_minutes(written_minutes(minutes)) == minutes


def test_no_target_is_written_as_nothing() -> None:
    assert written_minutes(None) == ""
