from dataclasses import replace
from datetime import timedelta

import pytest

from domain.automations import interpreter
from domain.automations.contents import Text
from domain.automations.nodes import (
    Branch,
    CustomReply,
    Duration,
    End,
    Goal,
    HandOver,
    Header,
    HttpRequest,
    SendTemplate,
    SetField,
    StartAutomation,
    Unit,
    UserReply,
)
from domain.automations.reasons import Reason
from domain.automations.states import (
    Advance,
    Done,
    Ended,
    Ending,
    Replied,
    Started,
    State,
    WaitsFor,
)
from tests.domain.automations.following import TICK, after, branches, settled, started
from tests.graphs import (
    NOW,
    ask,
    chain,
    facts,
    graph,
    on_word,
    say,
    wait,
    wrote,
)


def test_a_run_begins_after_its_trigger() -> None:
    two = graph(
        {"a": End(), "b": End()}, "word > a", "hand > b",
        triggers={"word": on_word("hi")["start"], "hand": graph({}).triggers[0].data},
    )  # fmt: skip

    assert interpreter.begin(two, "r", "word").node == "a"
    assert interpreter.begin(two, "r").node == "b"
    assert interpreter.begin(two, "r", answers={"order": "5"}).answers == {"order": "5"}
    assert started(graph({})).ended == Ended(ending=Ending.FAILED, reason=Reason.NODE_MISSING)


def test_messages_are_an_effect_with_their_texts_filled_in() -> None:
    found = started(chain(say("Hi {{contact.first_name|there}}", "Bye")))

    assert found.effect is not None
    assert found.effect.step == found.state.step == 1
    assert found.effect.contents == (Text(text="Hi Ana"), Text(text="Bye"))
    assert found.state.waits is WaitsFor.EFFECT
    assert [(step.step, step.branch) for step in found.steps] == [(1, None)]


def test_a_step_keeps_its_number_until_it_is_left() -> None:
    hello = chain(say("a"), ask(), End())
    first = started(hello)
    second = interpreter.advance(hello, first.state, Done(step=1), facts())
    asked = interpreter.advance(hello, second.state, Done(step=2), facts())
    end = interpreter.advance(hello, asked.state, Replied(wrote("5")), facts())

    assert [(step.step, step.node, step.branch) for step in second.steps] == [
        (1, "n1", "next"),
        (2, "n2", None),
    ]
    assert asked.steps == ()
    assert asked.state.waits is WaitsFor.REPLY
    assert [(step.step, step.node, step.branch) for step in end.steps] == [
        (2, "n2", "answered"),
        (3, "n3", ""),
    ]
    assert end.ended == Ended(ending=Ending.COMPLETED)


def test_what_means_nothing_changes_nothing() -> None:
    hello = chain(say("a"), wait(2), ask(timeout=Duration(amount=1)))
    working = started(hello).state
    waiting = interpreter.advance(hello, working, Done(step=1), facts()).state
    for state, event in (
        (working, Done(step=2)),
        (working, Done(step=0)),
        (working, Replied(wrote("x"))),
        (working, Started("n1")),
        (waiting, Done(step=1)),
        (waiting, Done(step=2)),
        (waiting, Replied(wrote("x"))),
        (waiting, TICK),
        (waiting, Started("n1")),
    ):
        assert interpreter.advance(hello, state, event, facts()) == Advance(state=state)


def test_an_effect_that_was_lost_is_asked_for_again() -> None:
    hello = chain(say("Hi {{contact.name}}"))
    first = started(hello)

    assert interpreter.advance(hello, first.state, TICK, facts()) == Advance(
        state=first.state, effect=first.effect
    )


def test_a_failure_takes_its_branch_or_ends_the_run() -> None:
    hello = chain(say("a"))
    caught = graph({"a": say("a"), "b": End()}, "a.failed > b")
    failed = Done(step=1, branch="failed", failure="window_closed")

    ended = interpreter.advance(hello, started(hello).state, failed, facts())
    went_on = interpreter.advance(caught, started(caught).state, failed, facts())

    assert ended.ended == Ended(ending=Ending.FAILED, reason="window_closed")
    assert ended.steps[0].reason == went_on.steps[0].reason == "window_closed"
    assert branches(went_on) == [("a", "failed"), ("b", "")]
    assert went_on.ended == Ended(ending=Ending.COMPLETED)


def test_a_failed_run_can_start_again_where_it_failed() -> None:
    hello = chain(say("a"))
    ended = interpreter.advance(hello, started(hello).state, Done(step=1, branch="failed"), facts())
    again = interpreter.advance(hello, ended.state, Started(ended.state.node), facts())

    assert ended.ended == Ended(ending=Ending.FAILED, reason=Reason.INTERNAL)
    assert again.effect is not None
    assert again.effect.step == 2


@pytest.mark.parametrize(
    "node", [CustomReply(), say(" "), say("ok", "{{answer.none}}"), ask("{{answer.none}}")]
)
def test_a_message_without_words_fails_before_it_is_sent(node: CustomReply | UserReply) -> None:
    found = started(chain(node))

    assert found.effect is None
    assert found.ended == Ended(ending=Ending.FAILED, reason=Reason.NOTHING_TO_SAY)


def test_an_unknown_outcome_goes_on_with_its_reason() -> None:
    hello = chain(say("a"), End())
    found = interpreter.advance(
        hello, started(hello).state, Done(step=1, failure="outcome_unknown"), facts()
    )

    assert found.steps[0].reason == "outcome_unknown"
    assert found.ended == Ended(ending=Ending.COMPLETED)


def test_a_loop_without_a_reply_or_a_wait_is_stopped() -> None:
    loop = graph({"a": Branch(), "b": SetField(field="x")}, "a.yes > b", "b > a")

    found = after(loop, [])

    assert found.ended == Ended(ending=Ending.FAILED, reason=Reason.LOOP_GUARD)
    assert found.state.step == 201
    assert started(graph({"a": Branch()}, "a.yes > a")).ended == found.ended


def test_a_loop_with_a_reply_or_a_wait_goes_on() -> None:
    loop = graph({"a": say("a"), "wait": wait(1, Unit.MINUTES)}, "a > wait", "wait > a")
    now, found = NOW, settled(loop, started(loop))
    for _ in range(300):
        now += timedelta(minutes=1)
        found = settled(loop, interpreter.advance(loop, found.state, TICK, facts(now)), facts(now))
    talk = graph({"ask": ask()}, "ask.answered > ask")

    assert found.ended is None
    assert after(talk, [wrote(str(at)) for at in range(300)]).ended is None


def test_an_edge_to_nowhere_ends_the_run_with_why() -> None:
    broken = graph({"a": say("a")}, "a > gone")
    state = replace(started(broken).state, node="gone")

    assert after(broken, []).ended == Ended(ending=Ending.FAILED, reason=Reason.NODE_MISSING)
    assert interpreter.advance(broken, state, TICK, facts()).ended == Ended(
        ending=Ending.FAILED, reason=Reason.NODE_MISSING
    )


def test_handing_over_ends_the_run() -> None:
    hand = chain(HandOver(note="{{contact.name}} needs help"))
    first = started(hand)
    failed = interpreter.advance(
        hand, first.state, Done(step=1, branch="failed", failure="gone"), facts()
    )

    assert first.effect is not None
    assert first.effect.data == HandOver(note="Ana Silva needs help")
    assert after(hand, []).ended == Ended(ending=Ending.HANDED_OVER)
    assert failed.ended == Ended(ending=Ending.FAILED, reason="gone")


def test_a_run_goes_on_when_the_automation_it_started_ends() -> None:
    parent = chain(StartAutomation(automation="x", wait=True), Goal())
    first = started(parent)
    waiting = interpreter.await_child(first.state)

    assert waiting.waits is WaitsFor.CHILD
    assert interpreter.advance(parent, waiting, TICK, facts()) == Advance(state=waiting)
    assert interpreter.advance(parent, waiting, Replied(wrote("x")), facts()) == Advance(
        state=waiting
    )
    found = interpreter.advance(parent, waiting, Done(step=1), facts())
    assert found.ended == Ended(ending=Ending.GOAL)
    assert found.steps[0].branch == "next"


def test_what_an_effect_found_is_kept_for_later_texts() -> None:
    call = chain(
        HttpRequest(
            url="https://a.test/{{contact.name}}",
            headers=(Header(name="Authorization", value="Bearer {{secret.KEY}}"),),
            body='{"name": "{{contact.name}}"}',
        ),
        SendTemplate(
            template="order",
            values={"body.1": "{{answer.id|none}}", "body.2": "{{answer.no|none}}"},
        ),
    )
    first = started(call)
    second = interpreter.advance(call, first.state, Done(step=1, values={"id": "77"}), facts())

    assert first.effect is not None
    assert isinstance(first.effect.data, HttpRequest)
    assert first.effect.data.url == "https://a.test/Ana%20Silva"
    assert first.effect.data.body == '{"name": "Ana Silva"}'
    assert first.effect.data.headers == (Header(name="Authorization", value="Bearer \x00KEY\x00"),)
    assert second.effect is not None
    assert second.effect.data == SendTemplate(
        template="order", values={"body.1": "77", "body.2": "none"}
    )


def test_messages_say_days_as_the_customer_reads_them_and_other_systems_get_them_as_stored() -> (
    None
):
    now = facts(fields={"renewal": "2026-12-24"}, spoken={"renewal": "24/12/2026"}, language="es")
    call = HttpRequest(url="https://a.test", body="{{contact.renewal}}")

    said = started(chain(say("Renews {{contact.renewal}}")), now).effect
    called = started(chain(call), now).effect
    asked = started(chain(ask("On {{contact.renewal}}?")), now).effect

    assert said is not None
    assert asked is not None
    assert called is not None
    assert said.contents == (Text(text="Renews 24/12/2026"),)
    assert asked.contents == (Text(text="On 24/12/2026?"),)
    assert called.data == replace(call, body="2026-12-24")


def test_a_run_that_something_else_ended_waits_for_nothing() -> None:
    state: State = settled(chain(ask()), started(chain(ask()))).state

    assert interpreter.over(state).waits is None
