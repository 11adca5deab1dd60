from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.automations import interpreter
from domain.automations.conditions import Condition, Conditions, Group, Hours, Operator, Subject
from domain.automations.nodes import (
    Branch,
    Gap,
    Goal,
    KeywordCase,
    KeywordCatch,
    RandomSplit,
    Share,
    TimeGap,
    Unit,
    UserReply,
)
from domain.automations.reasons import Reason
from domain.automations.states import (
    Ended,
    Ending,
    Started,
    WaitsFor,
)
from tests.domain.automations.following import TICK, after, branches, started
from tests.graphs import (
    MADRID,
    ask,
    chain,
    facts,
    graph,
    wait,
    wrote,
)


def test_keywords_are_caught_in_the_last_message() -> None:
    cases = (KeywordCase(id="a", words=("price",)), KeywordCase(id="b", words=("Señor", "hour")))
    catch = graph(
        {"wait": UserReply(), "catch": KeywordCatch(cases=cases)}, "wait.answered > catch"
    )

    found = after(catch, [wrote("what are your HOURS? one hour?")])

    assert branches(found)[-1] == ("catch", "choice:b")
    assert found.steps[-1].detail == {"word": "hour"}
    assert branches(after(catch, [wrote("hi")]))[-1] == ("catch", "other")
    first = chain(KeywordCatch(cases=cases))
    assert branches(started(first, facts(message=wrote("the price"))))[-1] == ("n1", "choice:a")
    assert branches(started(first))[-1] == ("n1", "other")


def test_a_condition_sees_what_was_just_answered() -> None:
    big = Conditions(
        groups=(
            Group(
                conditions=(
                    Condition(
                        subject=Subject.ANSWER, name="n", operator=Operator.AT_LEAST, value="5"
                    ),
                )
            ),
        )
    )
    flow = graph({"ask": ask(save_as="n"), "if": Branch(when=big)}, "ask.answered > if")

    assert branches(after(flow, [wrote("7")]))[-1] == ("if", "yes")
    found = after(flow, [wrote("3")])
    assert branches(found)[-1] == ("if", "no")
    assert found.steps[-1].detail == {"group": 0, "condition": 0}


def test_a_split_is_drawn_by_the_run_and_its_step() -> None:
    split = chain(
        RandomSplit(shares=(Share(id="a", percent=30), Share(id="b", percent=70), Share(id="c")))
    )

    def drawn(run: str) -> str | None:
        state = interpreter.begin(split, run)
        return interpreter.advance(split, state, Started(state.node), facts()).steps[0].branch

    ways = [drawn(f"run {at}") for at in range(2000)]

    assert ways == [drawn(f"run {at}") for at in range(2000)]
    assert set(ways) == {"choice:a", "choice:b"}
    assert 500 < ways.count("choice:a") < 700
    assert started(chain(RandomSplit())).ended == Ended(
        ending=Ending.FAILED, reason=Reason.NO_SHARE
    )


OFFICE = Hours(days={"tue": ("09:00-17:00",)}, zone="contact")


@pytest.mark.parametrize(
    ("gap", "until"),
    [
        (wait(3, Unit.DAYS), "2026-11-26T12:00"),
        (TimeGap(until=Gap.MOMENT, moment="2026-12-24T09:00"), "2026-12-24T08:00"),
        (TimeGap(until=Gap.MOMENT, moment="2026-12-24T09:00", zone=""), "2026-12-24T09:00"),
        (TimeGap(until=Gap.HOURS, hours=OFFICE), "2026-11-24T08:00"),
        (TimeGap(until=Gap.CLOCK, clock="13:00"), "2026-11-24T12:00"),
        (TimeGap(until=Gap.CLOCK, clock="13:01"), "2026-11-23T12:01"),
        (TimeGap(until=Gap.CLOCK, clock="09:00", zone="America/New_York"), "2026-11-23T14:00"),
        (TimeGap(until=Gap.FIELD, field="renewal", days=-3), "2026-12-12T08:00"),
        (TimeGap(until=Gap.FIELD, field="renewal", days=1, clock="18:30"), "2026-12-16T17:30"),
    ],
)
def test_a_gap_waits_until_its_moment(gap: TimeGap, until: str) -> None:
    now = facts(zone=MADRID, fields={"renewal": "2026-12-15"})
    pause = chain(gap, Goal())

    state = started(pause, now).state

    assert (state.waits, state.until) == (
        WaitsFor.TIME,
        datetime.fromisoformat(until).replace(tzinfo=UTC),
    )
    assert state.until is not None
    found = interpreter.advance(pause, state, TICK, replace(now, now=state.until))
    assert found.ended == Ended(ending=Ending.GOAL)


@pytest.mark.parametrize(
    "gap",
    [
        TimeGap(until=Gap.MOMENT, moment="2026-11-23T13:00"),
        TimeGap(until=Gap.MOMENT, moment="2020-01-01"),
        TimeGap(until=Gap.HOURS, hours=Hours(days={"mon": ("09:00-17:00",)})),
        TimeGap(until=Gap.FIELD, field="renewal", days=-60),
    ],
)
def test_a_moment_that_has_passed_waits_no_time(gap: TimeGap) -> None:
    found = started(chain(gap, Goal()), facts(zone=MADRID, fields={"renewal": "2026-12-15"}))

    assert found.ended == Ended(ending=Ending.GOAL)
    assert [step.branch for step in found.steps] == ["next", ""]


@pytest.mark.parametrize(
    ("gap", "reason"),
    [
        (TimeGap(until=Gap.MOMENT, moment="soon"), Reason.NO_MOMENT),
        (
            TimeGap(until=Gap.MOMENT, moment="9999-12-31T23:59", zone="America/New_York"),
            Reason.NO_MOMENT,
        ),
        (TimeGap(until=Gap.MOMENT, moment="2400-01-01"), Reason.NO_MOMENT),
        (TimeGap(until=Gap.CLOCK, clock="25:00"), Reason.NO_MOMENT),
        (TimeGap(until=Gap.HOURS), Reason.NEVER_OPEN),
        (TimeGap(until=Gap.HOURS, hours=Hours(calendar="deleted")), Reason.GONE),
        (TimeGap(until=Gap.FIELD, field="none"), Reason.NO_DATE),
        (TimeGap(until=Gap.FIELD, field="renewal", days=10**9), Reason.NO_MOMENT),
        (TimeGap(until=Gap.FIELD, field="renewal", clock=""), Reason.NO_MOMENT),
    ],
)
def test_a_moment_that_nobody_can_tell_ends_the_run_with_why(gap: TimeGap, reason: Reason) -> None:
    found = started(chain(gap, Goal()), facts(fields={"renewal": "2026-12-15"}))

    assert found.ended == Ended(ending=Ending.FAILED, reason=reason)
    assert found.steps[0].reason == reason
