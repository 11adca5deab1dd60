"""The small parts alone: ids, numbers, buckets, the wheel and any payload at all."""

from functools import cache
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.carrier import TransportCarrier
from simulator.config import SimulatorConfig
from simulator.engine import Engine
from simulator.identifiers import INBOUND, OUTBOUND, MessageIds, number_of_user, user_id
from simulator.knobs import Roll
from simulator.limits import Bucket, DailyRecipients, Pairs
from simulator.phone_numbers import country_of, is_us, pretty, recipient_digits
from simulator.samples import fill
from simulator.wheel import Wheel
from tests.simulator.harness import Receiver, spring

PHONES = st.integers(1_000_000, 10**15 - 1).map(str)


@given(st.integers(0, 2**39), st.sampled_from([INBOUND, OUTBOUND]))
def test_message_ids_carry_their_row(row: int, direction: int) -> None:
    ids = MessageIds(7)
    wamid = ids.encode(row, direction)
    assert ids.decode(wamid) == (row, direction)
    assert MessageIds(8).decode(wamid) is None


@given(st.text())
def test_foreign_message_ids_are_nobody(text: str) -> None:
    assert MessageIds(7).decode(text) is None


@given(PHONES)
def test_user_ids_lead_back_to_the_number(phone: str) -> None:
    assert number_of_user(user_id(phone, country_of(phone))) == phone


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("+34600000100", "34600000100"),
        ("+34 600-000 (100)", "34600000100"),
        ("34600000100", "34600000100"),
        ("34 600-000 (100)", "34600000100"),
        ("16315551234", "16315551234"),
        (34600000100, "34600000100"),
        ("0034600000100", None),
        ("+", None),
        ("+3460000010x", None),
        ("+1234567890123456", None),
        ("", None),
        (34600000100.0, None),
        (True, None),
    ],
)
@pytest.mark.fault("8A")
def test_recipients(raw: object, digits: str | None) -> None:
    assert recipient_digits(raw) == digits


def test_countries() -> None:
    assert [country_of(number) for number in ("34600", "1555", "7701", "79", "999")] == [
        "ES",
        "US",
        "KZ",
        "RU",
        "US",
    ]
    assert is_us("12125550123")
    assert not is_us("14165550123")
    assert not is_us("15557010001")
    assert pretty("34600000100") == "+34 600 000 100"


def test_bucket_never_passes_its_rate() -> None:
    bucket = Bucket(80, 80, 0.0)
    taken = [moment / 1_000 for moment in range(10_000) if bucket.take(moment / 1_000)]
    assert 870 <= len(taken) <= 880
    bucket.spend(10.0)
    assert not bucket.take(10.0)


def test_pairs_borrow_from_the_future() -> None:
    pairs = Pairs()
    assert [pairs.take(3, 0.0) for _ in range(46)] == [True] * 45 + [False]
    assert not pairs.take(3, 5.9)
    assert pairs.take(3, 6.0)
    assert pairs.take(0, 0.0)


def test_daily_recipients_roll() -> None:
    day = DailyRecipients(2)
    assert [day.take(person, 0.0) for person in (1, 2, 1, 3)] == [True, True, True, False]
    assert day.take(3, 90_000.0)
    assert all(DailyRecipients(None).take(person, 0.0) for person in range(1_000))


@given(st.lists(st.floats(0, 100), max_size=50))
def test_the_wheel_fires_everything_once_and_never_early(dues: list[float]) -> None:
    wheel = Wheel(0.0)
    for event, due in enumerate(dues):
        wheel.add(due, event)
    fired: list[int] = []
    for step in range(102):
        for _, events in wheel.pop(float(step)):
            assert all(dues[event] <= step + 0.03 for event in events)
            fired += events
    assert sorted(fired) == list(range(len(dues)))
    assert wheel.pending == 0


def test_roll_follows_its_shares() -> None:
    roll = Roll({131026: 0.25, 131049: 0.25}, Random(1))
    drawn = [roll.draw() for _ in range(4_000)]
    for code, share in ((131026, 0.25), (131049, 0.25), (0, 0.5)):
        assert abs(drawn.count(code) / 4_000 - share) < 0.03


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items if isinstance(value, dict | list) else ():
        found += _paths(inner, (*path, key))
    return found


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_payload_gets_an_answer(data: st.DataObject) -> None:
    engine = _engine()
    message: Any = orjson.loads(orjson.dumps(spring()))
    path = data.draw(st.sampled_from(_paths(message)))
    place = message
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = data.draw(JSON)
    number = engine.world.numbers[0]
    try:
        raw = orjson.dumps(message)
    except TypeError:  # a number beyond 64 bits
        return
    outcome = engine.sender.handle(number, raw, marketing_api=False)
    assert outcome.status in (200, 400, 404)
    assert orjson.loads(outcome.body)


@cache
def _engine() -> Engine:
    knobs = {"pair_limit": False, "throughput_limit": False}
    engine = Engine(SimulatorConfig(knobs=knobs), TransportCarrier(Receiver("", "")))
    fill(engine.world.catalog, "http://simulator.test")
    return engine
