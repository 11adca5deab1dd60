from datetime import UTC, datetime, timedelta

from domain.window import OPENING_TYPES, is_open

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_window_is_open_until_the_very_moment() -> None:
    assert is_open(NOW, NOW - timedelta(microseconds=1))
    assert not is_open(NOW, NOW)
    assert not is_open(None, NOW)


def test_reactions_do_not_open_it() -> None:
    assert "reaction" not in OPENING_TYPES
    assert "text" in OPENING_TYPES
