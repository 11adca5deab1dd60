"""Two contacts are one person: of runs that exclude each other, the one that moved last goes on."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from domain.automations import meeting
from domain.automations.meeting import Inside
from domain.automations.nodes import Duration, Unit
from domain.automations.triggers import Entry, ReEntry
from domain.ids import new_id
from tests.graphs import NOW

A_WEEK = ReEntry(rule=Entry.ONCE_A_PERIOD, period=Duration(amount=1, unit=Unit.WEEKS))


def inside(rule: Entry | ReEntry = Entry.ONE_AT_A_TIME, *, moved: float = 0, **more: Any) -> Inside:
    """A run that moved so many hours ago."""
    entry = rule if isinstance(rule, ReEntry) else ReEntry(rule=rule)
    run = Inside(
        id=new_id(), came=False, entry=entry, key=None, cause=f"hand:{new_id()}", step=1,
        started_at=NOW - timedelta(hours=moved), moved_at=NOW - timedelta(hours=moved),
    )  # fmt: skip
    return replace(run, **more)


def ending(*runs: Inside) -> list[tuple[Inside, Inside]]:
    return meeting.ending(runs, UTC)


@pytest.mark.parametrize("rule", [Entry.ONE_AT_A_TIME, Entry.ONCE])
def test_the_one_that_moved_last_goes_on(rule: Entry) -> None:
    old, new = inside(rule, moved=5, step=9), inside(rule, moved=1, came=True)
    assert ending(old, new) == ending(new, old) == [(old, new)]


def test_of_equals_the_one_that_did_more_goes_on() -> None:
    one, other = inside(step=2), inside(step=3, came=True)
    assert ending(one, other) == [(one, other)]


def test_those_who_may_enter_again_and_again_stay() -> None:
    assert ending(inside(Entry.ALWAYS), inside(Entry.ALWAYS, came=True)) == []


def test_what_one_thing_started_for_both_is_done_once() -> None:
    one = inside(Entry.ALWAYS, cause="time:x", moved=1)
    other = inside(Entry.ALWAYS, cause="time:x", came=True)
    assert ending(one, other) == [(one, other)]


def test_the_rule_of_the_later_one_counts() -> None:
    first = inside(Entry.ONE_AT_A_TIME, moved=2)
    assert ending(first, inside(Entry.ALWAYS, came=True)) == []
    assert ending(replace(first, entry=ReEntry(rule=Entry.ALWAYS)), inside(came=True)) != []


@pytest.mark.parametrize(("days", "excludes"), [(6.9, True), (7, False)])
def test_a_period_is_counted_from_the_earlier_start(days: float, excludes: bool) -> None:
    one, other = inside(A_WEEK, moved=24 * days), inside(A_WEEK, came=True)
    assert bool(ending(one, other)) is excludes


@pytest.mark.parametrize(("keys", "excludes"), [("aa", True), ("ab", False)])
def test_another_key_is_another_occasion(keys: str, excludes: bool) -> None:
    one, other = inside(key=keys[0], moved=1), inside(key=keys[1], came=True)
    assert bool(ending(one, other)) is excludes


def test_two_that_were_one_contacts_before_are_left_alone() -> None:
    one, two, other = inside(moved=1), inside(moved=2), inside(came=True)
    assert ending(one, two) == []
    assert ending(one, two, other) == [(one, other), (two, other)]
    latest = replace(one, moved_at=NOW + timedelta(hours=1))
    assert ending(latest, two, other) == [(other, latest)]
