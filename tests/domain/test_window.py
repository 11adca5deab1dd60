from datetime import UTC, datetime, timedelta

from domain.window import OPENING_TYPES, deadline, is_open

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_window_lasts_24_hours_to_the_moment() -> None:
    end = deadline(NOW)
    assert is_open(end, NOW + timedelta(hours=24, microseconds=-1))
    assert not is_open(end, NOW + timedelta(hours=24))
    assert not is_open(None, NOW)


def test_reactions_do_not_open_it() -> None:
    assert "reaction" not in OPENING_TYPES
    assert "text" in OPENING_TYPES
