"""How a search finds a delivery: by any way of writing a number, and by ids as they are."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import phone
from domain.webhook_log import DeliveryLine, Replay, mark, sought

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@given(st.text())
def test_a_mark_fits_into_its_column(text: str) -> None:
    assert -(2**31) <= mark(text) < 2**31
    assert mark(text) == mark(text)


@pytest.mark.parametrize(
    ("typed", "came"),
    [
        ("+34 611 222 333", "34611222333"),
        ("0034 611-222-333", "34611222333"),
        ("(34) 611.222.333", "34611222333"),
        ("+52 55 1234 5678", "5215512345678"),
        ("5215512345678", "525512345678"),
        ("+55 11 98765-4321", "551187654321"),
        ("+54 9 11 2345 6789", "541123456789"),
    ],
)
def test_a_number_is_found_however_it_is_written(typed: str, came: str) -> None:
    found = sought(typed)
    assert found is not None
    assert found.mark == mark(phone.key(came))
    assert found.texts[0] in came


@pytest.mark.parametrize(
    "wamid", ["wamid.HBgL/MTY0==", "ES.4821", "12345", "a" * 3000, "'; DROP TABLE"]
)
def test_an_id_is_found_as_it_is_or_escaped(wamid: str) -> None:
    found = sought(f" {wamid} ")
    assert found is not None
    assert found.mark == mark(wamid)
    assert found.texts == (wamid, wamid.replace("/", "\\/"))


def test_nothing_is_looked_for_when_nothing_was_typed() -> None:
    assert sought("  ") is None


def test_what_waits_says_so_and_not_what_it_did() -> None:
    line = DeliveryLine(1, NOW, None, "waiting", "", (), ("message",), ("applied",), 2, 0)
    assert line.results == ("waiting",)


@pytest.mark.parametrize(
    ("position", "state", "share"),
    [(9, "running", 0.0), (14, "running", 0.5), (19, "running", 1.0), (12, "done", 1.0)],
)
def test_a_replay_tells_how_far_it_is(position: int, state: str, share: float) -> None:
    replay = Replay(1, "all", 10, 19, position, 0, 0, state, "", NOW, None)
    assert replay.share == share
