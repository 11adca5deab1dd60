"""Laws of every path through every graph: it ends or waits, no step is done twice, the same events lead the same way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.automations import interpreter
from domain.automations.conditions import Condition, Conditions, Group, Subject
from domain.automations.graphs import Edge, Graph, Node
from domain.automations.nodes import (
    TYPES,
    AnswerType,
    Branch,
    Data,
    Duration,
    Gap,
    HttpRequest,
    KeywordCase,
    KeywordCatch,
    RandomSplit,
    SetField,
    Share,
    StartAutomation,
    TimeGap,
    Unit,
    UserReply,
    branches,
)
from domain.automations.states import (
    INNER,
    MOST_STEPS,
    OVER,
    Advance,
    Done,
    Event,
    Message,
    Replied,
    Started,
    State,
    TimePassed,
    WaitsFor,
)
from tests.graphs import NOW, facts, offer, say

pytestmark = pytest.mark.sweep

TEXTS = st.sampled_from(
    ["", "yes", "5", "{{answer.a}}", "{{contact.name|x}}", "stop", "a\x00b", "x" * 4096]
)
NAMES = st.sampled_from(["", "a", "b"])
DURATIONS = st.builds(Duration, amount=st.integers(-1, 100), unit=st.sampled_from(Unit))
SHARES = st.lists(st.builds(Share, id=NAMES, percent=st.integers(-5, 100)), max_size=3).map(tuple)
CASES = st.lists(
    st.builds(KeywordCase, id=NAMES, words=st.lists(TEXTS, max_size=2).map(tuple)), max_size=2
).map(tuple)
CONDITION = st.builds(Condition, subject=st.sampled_from(Subject), name=NAMES, value=TEXTS)
ANSWER_TYPES = st.sampled_from(AnswerType)

DATA: st.SearchStrategy[Data] = st.one_of(
    st.builds(say, TEXTS),
    st.builds(
        UserReply, ask=st.none(), accepts=ANSWER_TYPES, save_as=NAMES, field=NAMES, retries=st.integers(-1, 3),
        retry_text=TEXTS, timeout=st.none() | DURATIONS,
    ),
    st.builds(
        offer, TEXTS, st.just("yes"), st.just("no"), accepts=ANSWER_TYPES, save_as=NAMES, field=NAMES,
        retries=st.integers(0, 2), retry_text=TEXTS, timeout=st.none() | DURATIONS,
    ),
    st.builds(TimeGap, until=st.sampled_from(Gap), wait=DURATIONS, moment=TEXTS, clock=st.sampled_from(["09:00", "x"])),
    st.builds(KeywordCatch, cases=CASES),
    st.builds(RandomSplit, shares=SHARES),
    st.builds(Branch, when=st.builds(Conditions, groups=st.tuples(st.builds(Group, conditions=st.tuples(CONDITION))))),
    st.builds(SetField, field=NAMES, value=TEXTS),
    st.builds(StartAutomation, automation=NAMES, wait=st.booleans()),
    st.builds(HttpRequest, url=TEXTS, body=st.sampled_from(["", '{"a": {{answer.a}}}'])),
    st.sampled_from([kind() for kind in TYPES.values()]),
)  # fmt: skip


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    data = draw(st.lists(DATA, min_size=1, max_size=8))
    nodes = tuple(Node(id=f"n{at}", data=one) for at, one in enumerate(data))
    targets = st.sampled_from([*(node.id for node in nodes), "gone", ""])
    edges = [
        Edge(source=node.id, branch=branch, target=target)
        for node in nodes
        for branch in branches(node.data)
        if (target := draw(targets))
    ]
    return Graph(nodes=nodes, edges=tuple(edges))


# What happens: an effect's outcome (0 to 3), a message (its text), or an hour that passes.
HAPPENINGS = st.lists(
    st.one_of(st.integers(0, 3), TEXTS, st.just(timedelta(hours=7)), st.just(timedelta(days=20))),
    max_size=25,
)
KINDS = ("text", "interactive", "image", "reaction", "sticker", "location")


def played(
    graph: Graph, happenings: Sequence[int | str | timedelta]
) -> list[tuple[Event, Advance]]:
    """Everything that happens, with effects done in between as told."""
    now = NOW
    state: State = interpreter.begin(graph, "seed")
    seen: list[tuple[Event, Advance]] = []

    def follow(event: Event) -> Advance:
        found = interpreter.advance(graph, seen[-1][1].state if seen else state, event, facts(now))
        seen.append((event, found))
        return found

    found = follow(Started("n0"))
    for at, happening in enumerate(happenings):
        if found.ended is not None:
            break
        match happening:
            case int():
                found = follow(_done(found.state, happening))
            case str():
                message = Message(
                    id=str(at),
                    kind=KINDS[at % len(KINDS)],
                    text=happening,
                    at=now,
                    payload=happening[:3],
                )
                found = follow(Replied(message))
            case timedelta():
                now += happening
                found = follow(TimePassed())
    return seen


def _done(state: State, outcome: int) -> Done:
    failed = outcome == 3
    return Done(
        step=state.step - (outcome == 2), branch="failed" if failed else "next", failure="gone" if failed else "",
        values={"a": "{{answer.a}}"} if outcome == 1 else None,
    )  # fmt: skip


LAW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAW
@given(graphs(), HAPPENINGS)
def test_every_run_ends_or_waits(graph: Graph, happenings: list[int | str | timedelta]) -> None:
    for event, found in played(graph, happenings):
        assert (found.ended is None) is (found.state.waits is not None)
        assert found.effect is None or found.state.waits is WaitsFor.EFFECT
        assert len(found.steps) <= MOST_STEPS + 2
        if found.state.waits is WaitsFor.TIME:
            assert found.state.until is not None
        if found.steps and found.state.waits is WaitsFor.EFFECT:
            assert found.effect is not None, event


@LAW
@given(graphs(), HAPPENINGS)
def test_no_step_is_done_twice(graph: Graph, happenings: list[int | str | timedelta]) -> None:
    seen = played(graph, happenings)
    taken = [step for _, found in seen for step in found.steps]
    entered = Counter(step.step for step in taken if step.branch is None)
    left = Counter(step.step for step in taken if step.branch is not None)
    first = [
        found.effect for event, found in seen if found.effect and not isinstance(event, TimePassed)
    ]

    assert all(count == 1 for count in (entered | left).values())
    numbers = [step.step for step in taken]
    assert numbers == sorted(numbers)
    assert sorted(set(numbers)) == list(range(1, len(set(numbers)) + 1))
    assert len({effect.step for effect in first}) == len(first)
    for step in taken:
        node = graph.by_id[step.node]
        assert step.branch in {None, OVER, "failed", "next", *INNER, *branches(node.data)}


@LAW
@given(graphs(), HAPPENINGS)
def test_the_same_events_lead_the_same_way(
    graph: Graph, happenings: list[int | str | timedelta]
) -> None:
    assert played(graph, happenings) == played(graph, happenings)


@LAW
@given(graphs(), HAPPENINGS)
def test_an_event_that_comes_twice_changes_nothing(
    graph: Graph, happenings: list[int | str | timedelta]
) -> None:
    for event, found in played(graph, happenings):
        if found.ended is not None or not found.steps:
            continue
        if isinstance(event, Started | Done):
            assert interpreter.advance(graph, found.state, event, facts()) == Advance(
                state=found.state
            )
        again = interpreter.advance(
            graph, found.state, TimePassed(), facts(NOW - timedelta(days=4000))
        )
        assert again == Advance(state=found.state, effect=again.effect)
        assert (again.effect is not None) is (found.state.waits is WaitsFor.EFFECT)


@LAW
@given(graphs(), HAPPENINGS)
def test_texts_are_never_expanded_twice(
    graph: Graph, happenings: list[int | str | timedelta]
) -> None:
    leak = replace(facts(), fields={"name": "{{secret.KEY}} {{contact.phone}}", "phone": "LEAK"})
    for _, found in played(graph, happenings):
        if found.state.waits is WaitsFor.EFFECT:
            effect = interpreter.advance(graph, found.state, TimePassed(), leak).effect
            assert effect is not None
            assert "LEAK" not in str(effect)
