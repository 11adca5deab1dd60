"""What the chaos run does and what it calls broken, without killing anything."""

from typing import Any

import pytest

from cli.chaos.plan import COMPONENTS, plan
from cli.chaos.verdict import violations

GOOD: dict[str, Any] = {
    "kills": [{"component": "worker", "recovered_s": 3.0}],
    "unknown": 5,
    "in_flight_at_kills": 3,
    "responses_dropped": 2,
    "lost": 0,
    "double": 0,
    "sums_to_audience": True,
    "resumed_alone": True,
}


def test_a_seed_decides_everything() -> None:
    assert plan(7, 12) == plan(7, 12)
    assert plan(7, 12) != plan(8, 12)


@pytest.mark.parametrize("seed", range(20))
def test_every_component_dies_in_every_round(seed: int) -> None:
    blows = plan(seed, 12)
    assert len(blows) == 12
    assert {blow.component for blow in blows[:5]} == set(COMPONENTS)
    assert [blow.share for blow in blows] == sorted(blow.share for blow in blows)
    assert blows[0].follows_s is None


def test_some_seeds_kill_while_something_recovers_and_some_do_not() -> None:
    overlapping = [any(blow.follows_s for blow in plan(seed, 12)) for seed in range(20)]
    assert 3 < sum(overlapping) < 17


def test_a_run_that_kept_its_promises() -> None:
    assert violations(GOOD) == []


@pytest.mark.parametrize(
    "change",
    [
        {"lost": 1},
        {"double": 1},
        {"sums_to_audience": False},
        {"resumed_alone": False},
        {"unknown": 6},
        {"kills": [{"component": "worker", "recovered_s": 15.1}]},
        {"kills": [{"component": "worker", "recovered_s": None}]},
    ],
)
def test_each_broken_promise_is_named(change: dict[str, Any]) -> None:
    assert len(violations(GOOD | change)) == 1
