"""What the benchmarks conclude from times and counts, without running anything."""

from typing import Any

from temporalio.api.history.v1 import HistoryEvent

from cli.bench import growth, rates, sharing
from cli.bench.controls import LOST, Asked, seconds
from cli.bench.history import Histories

TEN = [float(number) for number in range(1, 11)]


def steady(start: float, end: float, speed: float) -> list[float]:
    """Moments at an even speed."""
    return [start + number / speed for number in range(int((end - start) * speed))]


def test_percentiles_are_values_that_occurred() -> None:
    assert rates.percentile(TEN, 0.5) == 5.0
    assert rates.percentile(TEN, 0.95) == 10.0
    assert rates.percentile([], 0.5) == 0.0
    assert rates.summary([2.0]) == {"count": 1, "p50": 2.0, "p95": 2.0, "p99": 2.0, "max": 2.0}


def test_a_pause_took_until_the_last_message() -> None:
    moments = [*steady(0, 10.3, 100), *steady(15, 20, 100)]
    took = seconds(moments, Asked("pause", 10.0, 14.0))
    assert 0.25 < took < 0.31
    assert seconds(moments, Asked("resume", 14.5, 18.0)) == 0.5
    assert seconds([], Asked("resume", 1.0, 2.0)) == LOST


def test_a_new_speed_counts_from_the_second_that_has_it() -> None:
    moments = [*steady(0, 10.5, 500), *steady(10.5, 15, 100)]
    took = seconds(moments, Asked("slower", 10.0, 14.0, 100))
    assert 0.4 < took < 0.6
    assert seconds(moments, Asked("faster", 10.0, 14.0, 700)) == LOST


def test_fair_shares_are_equal_while_all_run() -> None:
    one, two = steady(0, 20, 100), steady(5, 30, 100)
    assert sharing.shares([one, two])["fair"]
    unfair = sharing.shares([one, steady(0, 20, 130)])
    assert not unfair["fair"]
    assert unfair["furthest_from_equal"] > 0.1


def test_growth_leaves_the_simulator_out() -> None:
    small: dict[str, Any] = {
        "recipients": 10, "lost": 0, "double": 0, "cpu_us_per_msg": {"worker": 100, "simulator": 9},
    }  # fmt: skip
    large = small | {"recipients": 100, "cpu_us_per_msg": {"worker": 60, "worker-2": 50}}
    figures = growth.figures([small, large])
    assert figures["cpu_us_per_msg"] == [100, 110]
    assert figures["ratio"] == 1.1


def test_spans_belong_to_the_worker_that_started_them() -> None:
    scheduled, started, other = HistoryEvent(event_id=5), HistoryEvent(), HistoryEvent()
    scheduled.activity_task_scheduled_event_attributes.activity_type.name = "campaigns.send_batch"
    started.activity_task_started_event_attributes.scheduled_event_id = 5
    started.activity_task_started_event_attributes.identity = "42@host"
    other.activity_task_started_event_attributes.scheduled_event_id = 9
    found = Histories([[scheduled, started, other], [other]])
    assert found.spans_by_worker({"worker": 41, "worker-2": 42}) == {"worker-2": 1}
    assert found.longest == 3
