"""How nodes are connected: what blocks publishing, and what is only said."""

import time

import pytest

from domain.automations import fixes, problems
from domain.automations.graphs import Edge, Graph, Node, TriggerNode
from domain.automations.nodes import (
    CustomReply,
    Data,
    Duration,
    End,
    Gap,
    HttpRequest,
    KeywordCase,
    KeywordCatch,
    SetLabel,
    StartAutomation,
    TimeGap,
    Unit,
    UserReply,
)
from domain.automations.problems import Fix
from domain.automations.triggers import MessageTrigger
from tests.domain.automations.problem_graphs import HELLO, KNOWN, errors, found, graph, warnings

LABEL = SetLabel(label="label")


def test_a_whole_graph_has_no_problem() -> None:
    assert found(graph(("a", "next", "b"), a=HELLO, b=End())) == []


def test_something_has_to_start_it_and_lead_on() -> None:
    assert errors(Graph(nodes=(Node(id="a", data=End()),))) == [("", "", "automation_no_trigger")]
    idle = Graph(triggers=(TriggerNode(id="t", data=MessageTrigger()),))
    assert errors(idle) == [("t", "", "automation_trigger_idle")]


def test_a_dead_end_is_an_error_and_one_click_ends_it() -> None:
    dead = graph(a=HELLO)
    assert errors(dead) == [("a", "", "automation_dead_end")]
    assert found(dead)[0].fix is Fix.ADD_END
    assert found(fixes.apply(dead, "a", Fix.ADD_END)) == []


def test_a_failed_branch_alone_is_still_a_dead_end() -> None:
    failing = graph(("a", "failed", "b"), a=HELLO, b=End())
    assert errors(failing) == [("a", "", "automation_dead_end")]


def test_a_branch_that_leads_nowhere_is_a_warning_and_its_fix_ends_only_that_one() -> None:
    catch = KeywordCatch(
        cases=(KeywordCase(id="x", words=("x",)), KeywordCase(id="y", words=("y",)))
    )
    loose = graph(("a", "choice:x", "b"), a=catch, b=End())
    assert errors(loose) == []
    assert warnings(loose) == [("a", "choice:y", "automation_dead_end.branch")]
    mended = fixes.apply(loose, "a", Fix.ADD_END, "choice:y")
    assert mended.after("a", "choice:y") == "end-1"
    assert found(mended) == []


def test_other_and_timeout_may_end_where_they_are() -> None:
    ask = UserReply(timeout=Duration())
    assert found(graph(("a", "answered", "b"), a=ask, b=End())) == []


def test_what_nothing_leads_to_never_blocks() -> None:
    lonely = graph(("a", "next", "b"), a=HELLO, b=End(), c=CustomReply())
    assert errors(lonely) == []
    assert ("c", "", "automation_unreachable") in warnings(lonely)
    assert ("c", "messages", "automation_messages") in warnings(lonely)
    assert found(fixes.apply(lonely, "c", Fix.REMOVE)) == []


@pytest.mark.parametrize(
    ("between", "endless"),
    [
        (LABEL, True),
        (TimeGap(wait=Duration(amount=1, unit=Unit.MINUTES)), False),
        (TimeGap(until=Gap.CLOCK), False),
        (TimeGap(until=Gap.MOMENT, moment="2027-01-01T09:00"), True),
        (UserReply(), False),
        (HttpRequest(url="https://example.com"), True),
    ],
)
def test_a_circle_has_to_wait_for_something(between: Data, endless: bool) -> None:
    branch = "answered" if isinstance(between, UserReply) else "next"
    circle = graph(("a", "next", "b"), ("b", branch, "a"), a=LABEL, b=between)
    keys = [key for _, _, key in errors(circle)]
    assert ("automation_endless" in keys) is endless


def test_a_failed_question_does_not_wait() -> None:
    ask = UserReply(ask=HELLO.messages[0])
    circle = graph(("a", "failed", "a"), ("a", "answered", "b"), a=ask, b=End())
    assert ("a", "", "automation_endless") in errors(circle)


def test_automations_do_not_start_one_another_in_a_circle() -> None:
    def starting(automation: str) -> Graph:
        return graph(("a", "next", "b"), a=StartAutomation(automation=automation), b=End())

    assert errors(starting("me")) == [("a", "automation", "automation_starts_itself")]
    assert errors(starting("other")) == []
    assert errors(starting("gone")) == [("a", "automation", "automation_gone")]
    assert errors(starting("")) == [("a", "automation", "automation_unset")]
    back = KNOWN.__class__(
        now=KNOWN.now, zone=KNOWN.zone, itself="me", templates={}, fields={},
        automations=KNOWN.automations,
        starts={"other": frozenset({"third"}), "third": frozenset({"me"})},
    )  # fmt: skip
    assert errors(starting("other"), back) == [
        ("a", "automation", "automation_starts_itself.through")
    ]


def test_two_hundred_nodes_are_checked_in_a_blink() -> None:
    """50 ms is the figure; shared machines get more."""
    asks = UserReply(ask=HELLO.messages[0], save_as="x", timeout=Duration())
    nodes = tuple(Node(id=f"n{i}", data=asks if i % 2 else HELLO) for i in range(200))
    edges = [Edge(source="t", branch="next", target="n0")]
    for i in range(200):
        edges.append(
            Edge(source=f"n{i}", branch="answered" if i % 2 else "next", target=f"n{(i + 1) % 200}")
        )
        if i % 2:
            edges.append(Edge(source=f"n{i}", branch="timeout", target=f"n{(i * 7) % 200}"))
    large = Graph(
        triggers=(TriggerNode(id="t", data=MessageTrigger()),), nodes=nodes, edges=tuple(edges)
    )
    problems.find(large, KNOWN)
    took = []
    for _ in range(3):
        start = time.perf_counter()
        problems.find(large, KNOWN)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.25
