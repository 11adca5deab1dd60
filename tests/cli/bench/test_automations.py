"""The benchmark of automations, tiny, on real stacks: its figures add up."""

import pytest

from cli.bench.automations import command, crowds, offline
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
