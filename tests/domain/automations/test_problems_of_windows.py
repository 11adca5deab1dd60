"""Free-form messages after the 24-hour window: found on every way to them, and mended with one click."""

from typing import Literal

import pytest

from domain.automations import fixes
from domain.automations.conditions import Condition, Conditions, Group, Hours, Operator, Subject
from domain.automations.graphs import Graph
from domain.automations.nodes import (
    Branch,
    Data,
    Duration,
    End,
    Gap,
    SendTemplate,
    StartAutomation,
    TimeGap,
    Unit,
    UserReply,
)
from domain.automations.problems import Fix
from domain.automations.triggers import (
    GroupTrigger,
    ManualTrigger,
    MessageTrigger,
    OptInTrigger,
    Trigger,
    WindowTrigger,
)
from tests.domain.automations.problem_graphs import HELLO, errors, found, graph, warnings, window_is

TEMPLATE = SendTemplate(template="hello", values={"body_1": "there"})
ASK = UserReply(ask=HELLO.messages[0])


def wait(amount: int, unit: Unit = Unit.HOURS) -> TimeGap:
    return TimeGap(wait=Duration(amount=amount, unit=unit))


def closed(checked: Graph) -> bool:
    """Whether a free-form message of it can meet a closed window."""
    return any(key == "automation_window" for _, _, key in errors(checked))


@pytest.mark.parametrize(
    ("trigger", "too_late"),
    [
        (MessageTrigger(), False),
        (MessageTrigger(kinds=("text",)), False),
        (MessageTrigger(kinds=("reaction",)), True),
        (WindowTrigger(lead=Duration(amount=2)), False),
        (WindowTrigger(), True),
        (ManualTrigger(), True),
        (OptInTrigger(), True),
        (GroupTrigger(groups=("group",)), True),
    ],
)
def test_what_starts_it_says_whether_the_window_is_open(trigger: Trigger, too_late: bool) -> None:
    assert closed(graph(("a", "next", "b"), trigger=trigger, a=HELLO, b=End())) is too_late


@pytest.mark.parametrize(
    ("gap", "too_late"),
    [
        (wait(23), False),
        (wait(24), True),
        (wait(1, Unit.MONTHS), True),
        (TimeGap(until=Gap.CLOCK), False),
        (TimeGap(until=Gap.MOMENT, moment="2027-01-01T09:00"), True),
        (TimeGap(until=Gap.FIELD, field="renewal"), True),
        (TimeGap(until=Gap.HOURS, hours=Hours(days={"mon": ("09:00-17:00",)})), True),
        (
            TimeGap(
                until=Gap.HOURS,
                hours=Hours(
                    days=dict.fromkeys(
                        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("9:00-17:00",)
                    )
                ),
            ),
            False,
        ),
        (StartAutomation(automation="other"), False),
        (StartAutomation(automation="other", wait=True), True),
    ],
)
def test_waits_add_to_the_silence(gap: Data, too_late: bool) -> None:
    checked = graph(("a", "next", "b"), ("b", "next", "c"), a=gap, b=HELLO, c=End())
    assert closed(checked) is too_late


def test_waits_in_a_row_add_up_and_a_reply_ends_the_silence() -> None:
    twice = [("a", "next", "b"), ("b", "next", "c"), ("c", "next", "d")]
    assert closed(graph(*twice, a=wait(13), b=wait(13), c=HELLO, d=End()))
    replied = [("a", "next", "b"), ("b", "answered", "c"), ("c", "next", "d"), ("d", "next", "e")]
    assert not closed(graph(*replied, a=wait(13), b=ASK, c=wait(13), d=HELLO, e=End()))


def test_a_timeout_counts_and_an_answer_does_not() -> None:
    ask = UserReply(ask=HELLO.messages[0], timeout=Duration(amount=24))
    late = graph(
        ("a", "timeout", "b"), ("a", "answered", "c"), ("b", "next", "c"), a=ask, b=HELLO, c=End()
    )
    assert ("b", "", "automation_window") in errors(late)
    answered = graph(("a", "answered", "b"), ("b", "next", "c"), a=ask, b=HELLO, c=End())
    assert not closed(answered)


def test_the_worst_of_several_ways_counts() -> None:
    ways = graph(
        ("a", "yes", "b"), ("a", "no", "c"), ("b", "next", "c"), ("c", "next", "d"),
        a=Branch(when=window_is("open")), b=wait(30), c=HELLO, d=End(),
    )  # fmt: skip
    assert closed(ways)


def test_a_circle_of_short_waits_gets_there_too() -> None:
    circle = graph(
        ("a", "next", "b"), ("b", "next", "a"),
        a=HELLO, b=wait(1, Unit.MINUTES),
    )  # fmt: skip
    assert closed(circle)


@pytest.mark.parametrize(
    ("value", "operator", "branch", "safe"),
    [
        ("open", Operator.IS, "yes", True),
        ("open", Operator.IS, "no", False),
        ("closed", Operator.IS, "no", True),
        ("closed", Operator.IS_NOT, "yes", True),
        ("open", Operator.IS_NOT, "no", True),
        ("closed", Operator.IS, "yes", False),
    ],
)
def test_a_condition_can_prove_that_it_is_open(
    value: str, operator: Operator, branch: str, safe: bool
) -> None:
    checked = graph(
        ("a", branch, "b"), ("b", "next", "c"),
        trigger=ManualTrigger(), a=Branch(when=window_is(value, operator)), b=HELLO, c=End(),
    )  # fmt: skip
    assert closed(checked) is not safe


@pytest.mark.parametrize(("match", "safe"), [("all", True), ("any", False)])
def test_of_several_groups_one_proves_it_only_where_all_must_hold(
    match: Literal["all", "any"], safe: bool
) -> None:
    open_now = window_is("open").groups
    vip = Group(conditions=(Condition(subject=Subject.LABEL, name="label"),))
    asked = Branch(when=Conditions(match=match, groups=(*open_now, vip)))
    checked = graph(
        ("a", "yes", "b"), ("b", "next", "c"), trigger=ManualTrigger(), a=asked, b=HELLO, c=End()
    )
    assert closed(checked) is not safe


def test_a_failed_branch_makes_it_a_warning() -> None:
    handled = graph(
        ("a", "next", "b"), ("a", "failed", "b"), trigger=ManualTrigger(), a=HELLO, b=End()
    )
    assert errors(handled) == []
    assert warnings(handled) == [("a", "", "automation_window.failed")]


def test_a_message_that_left_proves_that_it_was_open() -> None:
    """Only the first one is a problem, not everything behind it."""
    row = [("a", "next", "b"), ("b", "next", "c"), ("c", "next", "d")]
    checked = graph(*row, trigger=ManualTrigger(), a=HELLO, b=HELLO, c=HELLO, d=End())
    assert [at for at, _, _ in errors(checked)] == ["a"]


def test_one_click_sends_a_template_instead_of_a_message() -> None:
    late = graph(("a", "next", "b"), ("b", "next", "c"), a=wait(30), b=HELLO, c=End())
    assert found(late)[0].fix is Fix.ADD_TEMPLATE_FALLBACK
    mended = fixes.apply(late, "b", Fix.ADD_TEMPLATE_FALLBACK)
    assert mended.after("a", "next") == "window-1"
    assert mended.after("window-1", "yes") == "b"
    assert mended.after("window-1", "no") == "template-1"
    assert mended.after("template-1", "next") == "c"
    assert errors(mended) == [("template-1", "template", "automation_unset")]


def test_one_click_before_a_question_waits_for_a_reply_to_the_template() -> None:
    ask = UserReply(ask=HELLO.messages[0], timeout=Duration(amount=3))
    late = graph(
        ("a", "answered", "b"), ("a", "timeout", "b"), trigger=ManualTrigger(), a=ask, b=End()
    )
    mended = fixes.apply(late, "a", Fix.ADD_TEMPLATE_FALLBACK)
    assert mended.after("start", "next") == "window-1"
    assert mended.after("template-1", "next") == "reply-1"
    assert mended.after("reply-1", "answered") == "a"
    assert mended.after("reply-1", "timeout") == "b"
    assert errors(mended) == [("template-1", "template", "automation_unset")]


def test_one_click_before_a_question_that_waits_for_ever_waits_for_ever_too() -> None:
    late = graph(("a", "answered", "b"), trigger=ManualTrigger(), a=ASK, b=End())
    mended = fixes.apply(late, "a", Fix.ADD_TEMPLATE_FALLBACK)
    assert mended.after("reply-1", "answered") == "a"
    assert mended.after("reply-1", "timeout") is None


def test_a_template_needs_no_window() -> None:
    assert found(graph(("a", "next", "b"), trigger=ManualTrigger(), a=TEMPLATE, b=End())) == []
