"""Every starter, played in every way: it ends or waits, and says something."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.automations import starters
from domain.automations.contents import choices
from domain.automations.nodes import Duration, Unit, UserReply
from domain.automations.play import Action, Jump, NextWait, Person, PlayIn, Send, Tap, Write, play
from domain.automations.starters import Starter
from tests.graphs import NOW

BOUND = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize("starter", starters.ALL, ids=lambda starter: starter.key)
@BOUND
@given(data=st.data())
def test_a_starter_ends_or_waits_whatever_people_do(starter: Starter, data: st.DataObject) -> None:
    graph = starter.graph
    taps = [
        choice.id
        for node in graph.nodes
        if isinstance(node.data, UserReply)
        for choice in choices(node.data.ask)
    ]
    action: st.SearchStrategy[Action] = st.one_of(
        st.builds(Write, text=st.sampled_from(["yes", "5", "ana@example.com", "24/12/2026", "STOP", "x" * 4096])),
        st.builds(Tap, choice=st.sampled_from(taps or ["none"])),
        st.builds(Send, what=st.sampled_from(["image", "sticker", "reaction", "location"])),
        st.builds(Jump, by=st.builds(Duration, amount=st.integers(1, 40), unit=st.sampled_from(Unit))),
        st.just(NextWait()),
    )  # fmt: skip
    actions = data.draw(st.lists(action, max_size=12))

    for trigger in graph.triggers:
        script = PlayIn(
            at=NOW,
            trigger=trigger.id,
            message="hi",
            person=Person(fields={"name": "Ana"}),
            actions=tuple(actions),
        )
        out = play(graph, script)

        assert (out.ended is None) is (out.waits is not None)
        assert "too_long" not in {problem.code for problem in out.problems}
        assert out.ended is None or out.ended.reason not in {
            "loop_guard",
            "node_missing",
            "nothing_to_say",
        }
        assert out.now - NOW < timedelta(days=20000)
