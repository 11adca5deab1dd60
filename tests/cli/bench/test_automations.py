"""The benchmark of automations, tiny, on real stacks: its figures add up."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cli.bench.automations import command, crowds, offline, replies
from cli.bench.opening import open_scene
from cli.bench.scene import Scene
from cli.problems import Problem
from tests.cli.bench.scenes import on_one, share

PEOPLE = 12


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened() -> AsyncIterator[Scene]:
    """One installation for two measures, one after the other; the second crashes it."""
    async with open_scene(PEOPLE, latency_ms=5) as scene:
        yield scene


@pytest.fixture
def shared(opened: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    share(opened, monkeypatch, replies, crowds)


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


async def test_replies_are_answered_one_by_one() -> None:
    idle = await replies.latency(6, 5, quiet=True)
    assert 0 < idle["reply_p50_ms"] <= idle["reply_p99_ms"]


@on_one
@pytest.mark.usefixtures("shared")
async def test_replies_are_answered_all_at_once() -> None:
    busy = await replies.load(6, 6, 1, 5, quiet=True)
    assert (busy["active_runs"], busy["replies"]) == (6, 6)
    assert (busy["lost"], busy["double"]) == (0, 0)


@on_one
@pytest.mark.usefixtures("shared")
async def test_a_crowd_waits_through_a_crash_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "SETTLE_S", 0.1)
    monkeypatch.setattr(crowds, "IDLE_S", 1.0)
    figures = await crowds.measure(PEOPLE, command.OF_CROWD, 5, quiet=True)
    timer, history, waiting = (figures[name] for name in command.OF_CROWD)
    assert (timer["starts"], timer["lost"], timer["double"]) == (PEOPLE, 0, 0)
    assert (history["waiting"], waiting["waiting"], waiting["still_waiting"]) == (PEOPLE,) * 3
    assert 0 < history["history_kb"] <= crowds.HISTORY_TARGET_KB
    assert (waiting["replies"], waiting["lost"], waiting["double"]) == (PEOPLE, 0, 0)
