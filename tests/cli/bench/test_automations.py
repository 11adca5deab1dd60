"""The benchmark of automations, tiny, on real stacks: its figures add up."""

import pytest

from cli.bench.automations import command, crowds, offline, replies
from cli.problems import Problem


def test_a_month_is_played_in_time() -> None:
    figures = offline.play()
    assert (figures["nodes"], figures["days"], figures["steps"]) == (40, 30, 40)
    assert figures["play_p50_ms"] < offline.PLAY_TARGET_MS


def test_the_builder_is_small() -> None:
    assert offline.builder()["within_target"] is not False


def test_measures_are_chosen_by_name() -> None:
    assert command.chosen("") == list(command.MEASURES)
    assert command.chosen("waiting, play") == ["play", "waiting"]
    with pytest.raises(Problem, match="called speed"):
        command.chosen("speed")


def test_the_nth_call_for_somebody_is_answered_by_their_nth_message() -> None:
    arrived = {"1": [2.0, 5.0], "2": [3.0]}
    assert crowds.answers(arrived, [("1", 1.0), ("2", 1.0), ("1", 4.0), ("2", 4.0)]) == [1, 1, 2]


async def test_replies_are_answered_one_by_one_and_all_at_once() -> None:
    idle = await replies.latency(6, 5, quiet=True)
    assert 0 < idle["reply_p50_ms"] <= idle["reply_p99_ms"]
    busy = await replies.load(6, 6, 1, 5, quiet=True)
    assert (busy["active_runs"], busy["replies"]) == (6, 6)
    assert (busy["lost"], busy["double"]) == (0, 0)


async def test_a_crowd_waits_through_a_crash_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "SETTLE_S", 0.1)
    monkeypatch.setattr(crowds, "IDLE_S", 1.0)
    figures = await crowds.measure(12, command.OF_CROWD, 5, quiet=True)
    timer, history, waiting = (figures[name] for name in command.OF_CROWD)
    assert (timer["starts"], timer["lost"], timer["double"]) == (12, 0, 0)
    assert (history["waiting"], waiting["waiting"], waiting["still_waiting"]) == (12, 12, 12)
    assert 0 < history["history_kb"] <= crowds.HISTORY_TARGET_KB
    assert (waiting["replies"], waiting["lost"], waiting["double"]) == (12, 0, 0)
