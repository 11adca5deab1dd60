"""Local times as moments: skipped ones, and ones that come twice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import at_local

MADRID = ZoneInfo("Europe/Madrid")
APIA = ZoneInfo("Pacific/Apia")
NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


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
    assert at_local(naive(local), zone) == at(moment)


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
    shown = at_local(local, zone).astimezone(zone).replace(tzinfo=None)

    assert shown >= local.replace(microsecond=0)
    assert shown - local <= timedelta(hours=24)
