"""A number's breaker while WhatsApp does not answer: one try at a time, and it recovers by itself."""

import pytest

from domain.ids import new_id
from services.sending import breakers
from services.sending.breakers import Breaker, Breakers

pytestmark = pytest.mark.fault("D5")


def test_silence_holds_everybody_back_until_an_answer_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    breaker = Breaker()
    with breaker.request():
        assert breaker.room() is None
        now += breakers.SILENCE_S + 0.1
        assert breaker.room() == 0
    assert breaker.room() is None


def test_a_tripped_breaker_lets_one_try_pass_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    breaker = Breaker()
    tripped = [breaker.failed(doubtful=True) for _ in range(int(breakers.TRIPS_AT))]
    assert tripped[-1]
    assert not any(tripped[:-1])
    assert breaker.room() == 0
    now += breakers.FIRST_WAIT_S * 1.01
    assert (breaker.room(), breaker.room()) == (1, 0)
    breaker.failed(doubtful=True)
    now += breakers.FIRST_WAIT_S * 1.01
    assert breaker.room() == 0  # the next wait is twice as long
    now += breakers.FIRST_WAIT_S * 1.01
    assert breaker.room() == 1
    breaker.answered()
    assert breaker.room() is None


def test_one_lost_answer_in_twenty_trips_nothing() -> None:
    breaker = Breaker()
    for number in range(1, 2000):
        if number % 20:
            breaker.answered()
        else:
            assert not breaker.failed(doubtful=True)


def test_a_try_whose_sender_died_makes_room_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    breaker = Breaker()
    for _ in range(int(breakers.TRIPS_AT)):
        breaker.failed(doubtful=False)
    now += breakers.FIRST_WAIT_S * 1.01
    assert (breaker.room(), breaker.is_tripped) == (1, False)
    breaker.give_back()  # it found nobody to send to
    assert (breaker.room(), breaker.room()) == (1, 0)
    now += breakers.LOST_TRY_S * 1.01
    assert breaker.room() == 1


@pytest.mark.parametrize(
    ("doubtful", "longest"),
    [(True, breakers.LONGEST_WAIT_S), (False, breakers.LONGEST_SAFE_WAIT_S)],
)
def test_tries_are_as_far_apart_as_they_cost(
    monkeypatch: pytest.MonkeyPatch, doubtful: bool, longest: float
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    breaker = Breaker()
    for _ in range(50):
        breaker.failed(doubtful=doubtful)
        now += longest * 1.01
        breaker.room()
    breaker.failed(doubtful=doubtful)
    assert breaker.tripped_until == now + longest


def test_each_number_has_a_breaker_of_its_own() -> None:
    numbers = Breakers()
    first, second = new_id(), new_id()
    numbers.of(first).failed(doubtful=True)
    assert numbers.of(first).score > numbers.of(second).score == 0
