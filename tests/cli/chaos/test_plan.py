"""What the chaos run does and what it calls broken, without breaking anything."""

from typing import Any

import pytest

from cli.bench.calls import Accepted
from cli.chaos import optouts
from cli.chaos.fire import Fault
from cli.chaos.plan import COMPONENTS, KINDS, plan
from cli.chaos.run import kinds_of
from cli.chaos.strikes import STRIKES
from cli.chaos.verdict import verdict, violations
from cli.problems import Problem

GOOD: dict[str, Any] = {
    "faults": [verdict(Fault("worker", 1.0, 3, overlaps=False, recovered_s=3.0))],
    "unknown": 6,
    "in_flight_at_kills": 3,
    "responses_dropped": 2,
    "refused_without_a_word": 1,
    "lost": 0,
    "double": 0,
    "longest_after_stop_s": 0.9,
    "statuses_outstanding": 0,
    "sums_to_audience": True,
    "resumed_alone": True,
}


def test_a_seed_decides_everything() -> None:
    assert plan(7, 12) == plan(7, 12)
    assert plan(7, 12) != plan(8, 12)
    assert plan(7, 12, list(KINDS)) == plan(7, 12, list(KINDS))


@pytest.mark.parametrize("seed", range(20))
def test_every_component_dies_in_every_round(seed: int) -> None:
    blows = plan(seed, 12)
    assert len(blows) == 12
    assert {blow.component for blow in blows[:5]} == set(COMPONENTS)
    assert [blow.share for blow in blows] == sorted(blow.share for blow in blows)
    assert blows[0].follows_s is None


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_strikes_in_every_round(seed: int) -> None:
    blows = plan(seed, 24, list(KINDS), longest_s=30)
    assert {blow.kind for blow in blows[: len(KINDS)]} == set(KINDS)
    for blow in blows:
        kind = KINDS[blow.kind]
        assert blow.component in kind.targets
        assert min(kind.shortest_s, 30) <= blow.seconds <= min(kind.longest_s, 30)


def test_every_kind_has_a_strike() -> None:
    assert set(STRIKES) == set(KINDS)


def test_kinds_are_named_as_in_the_table() -> None:
    assert kinds_of("freeze, kill") == ["kill", "freeze"]
    assert kinds_of("all") == list(KINDS)
    with pytest.raises(Problem, match="earthquake"):
        kinds_of("kill,earthquake")


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
        {"longest_after_stop_s": 3.1},
        {"sums_to_audience": False},
        {"resumed_alone": False},
        {"unknown": 7},
        {"statuses_outstanding": 1},
        {"faults": [verdict(Fault("worker", 1.0, 3, overlaps=False, recovered_s=15.1))]},
        {"faults": [verdict(Fault("worker", 1.0, 3, overlaps=False))]},
        {"faults": [verdict(Fault("api", 1, 0, overlaps=False, recovered_s=1, problem="x"))]},
    ],
)
def test_each_broken_promise_is_named(change: dict[str, Any]) -> None:
    assert len(violations(GOOD | change)) == 1


@pytest.mark.fault("A5")
def test_marketing_after_an_opt_out_is_counted() -> None:
    log = Accepted(last={"1": 10.0, "2": 12.5, "3": 9.0})
    told = {"1": 9.5, "2": 10.1, "3": 9.1, "4": 5.0}
    assert optouts.figures(log, told) == {
        "stopped": 4, "after_stop": 1, "longest_after_stop_s": 2.4,
    }  # fmt: skip
    assert optouts.figures(log, {})["longest_after_stop_s"] == 0
