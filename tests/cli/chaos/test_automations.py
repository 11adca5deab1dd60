"""What people answer in the chaos run of automations, and what it calls broken, without breaking anything."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from cli.chaos.automations import stories
from cli.chaos.automations.stories import Story
from cli.chaos.automations.verdict import Taken, messages, paths, violations
from domain.automations.play import NextWait

GOOD: dict[str, Any] = {
    "kills": [], "lost": 0, "double": 0, "out_of_order": 0, "unknown": 3, "in_flight_at_kills": 2,
    "responses_dropped": 1, "runs_missing": 0, "runs_double": 0, "paths_unlike": 0, "resumed_alone": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def told() -> list[Story]:
    return stories.stories(1, 60, patience=True)


def test_a_seed_decides_what_people_answer(told: list[Story]) -> None:
    assert stories.stories(1, 60, patience=True) == told
    assert stories.stories(2, 60, patience=True) != told


def test_together_they_take_every_way_to_an_end(told: list[Story]) -> None:
    assert all(story.played.ended and not story.played.problems for story in told)
    passed = {lit.node for story in told for lit in story.played.lit}
    assert passed == set(stories.GRAPH.by_id)


def test_nobody_waits_for_a_minute_without_patience() -> None:
    hasty = stories.stories(1, 60, patience=False)
    assert not any(isinstance(one.action, NextWait) for story in hasty for one in story.answers)


def test_what_is_missing_is_lost_unless_its_outcome_is_unknown(told: list[Story]) -> None:
    one = told[0]
    first, *rest = one.texts
    assert messages([one], {one.phone: one.texts}, {}) == {
        "unknown": 0, "unknown_never_reached_whatsapp": 0, "lost": 0, "double": 0, "out_of_order": 0,
    }  # fmt: skip
    assert messages([one], {one.phone: rest}, {})["lost"] == 1
    doubted = messages([one], {one.phone: rest}, {one.phone: Counter([first])})
    assert (doubted["lost"], doubted["unknown_never_reached_whatsapp"]) == (0, 1)
    assert messages([one], {one.phone: [first, *one.texts]}, {})["double"] == 1
    assert messages([one], {one.phone: [*rest, first]}, {})["out_of_order"] == 1


def test_a_path_has_to_be_the_played_one(told: list[Story]) -> None:
    one = told[0]
    assert one.played.ended is not None
    steps = tuple((lit.node, lit.branch, lit.reason) for lit in one.played.lit)
    run = Taken(one.played.ended.ending, steps)
    same = paths([one], {one.phone: [run]})
    assert same == {"runs": 1, "runs_missing": 0, "runs_double": 0, "paths_unlike": 0}
    assert paths([one], {one.phone: [replace(run, steps=steps[:-1])]})["paths_unlike"] == 1
    assert paths([one], {one.phone: [run, run]})["runs_double"] == 1
    assert paths([one], {})["runs_missing"] == 1


def test_every_broken_promise_is_named() -> None:
    assert violations(GOOD) == []
    for name in ("lost", "double", "out_of_order", "runs_missing", "runs_double", "paths_unlike"):
        assert len(violations(GOOD | {name: 1})) == 1
    assert len(violations(GOOD | {"resumed_alone": False, "unknown": 9})) == 2
