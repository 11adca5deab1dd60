from datetime import timedelta

import pytest

from domain.automations import interpreter
from domain.automations.contents import Text
from domain.automations.nodes import (
    AnswerType,
    Duration,
    End,
    Goal,
    SetField,
    UserReply,
    WriteNote,
)
from domain.automations.states import (
    Advance,
    Done,
    Ended,
    Ending,
    Replied,
    WaitsFor,
)
from tests.domain.automations.following import TICK, after, branches, settled, started
from tests.graphs import (
    NOW,
    ask,
    chain,
    facts,
    graph,
    offer,
    offer_list,
    say,
    tapped,
    wrote,
)


def test_a_button_is_tapped_or_typed() -> None:
    sizes = graph(
        {"ask": offer("Size?", "Small", "Größe", save_as="size"), "a": End(), "b": Goal(), "c": End()},
        "ask.choice:small > a", "ask.choice:größe > b", "ask.other > c",
    )  # fmt: skip

    assert after(sizes, [tapped("größe", "Größe")]).ended == Ended(ending=Ending.GOAL)
    assert after(sizes, [wrote("GROSSE")]).ended == Ended(ending=Ending.GOAL)
    assert after(sizes, [wrote("small!")]).state.answers == {"size": "Small"}


def test_a_list_with_typed_answers_takes_both() -> None:
    email = graph(
        {
            "ask": offer_list("Which?", "Skip", accepts=AnswerType.EMAIL, save_as="email"),
            "a": Goal(),
        },
        "ask.answered > a",
    )

    assert after(email, [wrote("ana@example.com")]).state.answers == {"email": "ana@example.com"}
    assert branches(after(email, [tapped("skip", "Skip")]))[-1] == ("ask", "choice:skip")


def test_what_does_not_fit_is_asked_for_again_with_its_buttons() -> None:
    sizes = graph(
        {
            "ask": offer("Size?", "S", "L", retries=2, retry_text="Tap, {{contact.name}}"),
            "a": Goal(),
        },
        "ask.other > a",
    )
    state = settled(sizes, started(sizes)).state

    again = interpreter.advance(sizes, state, Replied(wrote("dunno")), facts())

    assert [(step.step, step.branch, step.reason) for step in again.steps] == [
        (1, "again", "not_understood"),
        (2, None, ""),
    ]
    assert again.steps[0].detail == {"problem": "answer_choice"}
    assert again.effect is not None
    assert again.effect.contents == (offer("Tap, Ana Silva", "S", "L").ask,)
    assert after(sizes, [wrote("x"), wrote("y")]).state.waits is WaitsFor.REPLY
    assert after(sizes, [wrote("x"), wrote("y"), wrote("z")]).ended == Ended(ending=Ending.GOAL)
    assert branches(after(sizes, [wrote("x"), tapped("l")]))[-1] == ("ask", "choice:l")


def test_without_a_retry_text_the_question_is_repeated() -> None:
    number = chain(ask("How many?", AnswerType.NUMBER))

    found = interpreter.advance(
        number, settled(number, started(number)).state, Replied(wrote("x")), facts()
    )

    assert found.effect is not None
    assert found.effect.contents == (Text(text="How many?"),)


def test_a_silent_wait_has_nothing_to_ask_again_with() -> None:
    silent = graph({"wait": UserReply(accepts=AnswerType.NUMBER), "a": Goal()}, "wait.other > a")

    assert started(silent).state.waits is WaitsFor.REPLY
    assert after(silent, [wrote("x")]).ended == Ended(ending=Ending.GOAL)


def test_tries_count_at_each_node_anew() -> None:
    twice = chain(ask("One?", AnswerType.NUMBER), ask("Two?", AnswerType.NUMBER))

    assert after(twice, [wrote("x"), wrote("1"), wrote("x")]).state.waits is WaitsFor.REPLY


@pytest.mark.parametrize("kind", ["reaction", "system"])
def test_a_reaction_is_no_answer(kind: str) -> None:
    hello = chain(ask())
    state = settled(hello, started(hello)).state

    assert interpreter.advance(hello, state, Replied(wrote("👍", kind=kind)), facts()) == Advance(
        state=state
    )


def test_an_answer_is_written_to_the_contacts_field_as_a_step_of_its_own() -> None:
    hello = chain(ask(save_as="n", field="count", accepts=AnswerType.NUMBER), say("{{answer.n}}"))
    state = settled(hello, started(hello)).state

    found = interpreter.advance(hello, state, Replied(wrote("1,5")), facts())
    lost = interpreter.advance(hello, found.state, TICK, facts())
    failed = interpreter.advance(
        hello, found.state, Done(step=2, branch="failed", failure="invalid_value"), facts()
    )

    assert [(step.step, step.type, step.branch) for step in found.steps] == [
        (1, "user_reply", "answered"),
        (2, "set_field", None),
    ]
    assert found.effect is not None
    assert found.effect.data == SetField(field="count", value="1.5")
    assert lost.effect == found.effect
    # A field that does not take the value does not hold the customer up.
    assert [(step.step, step.branch, step.reason) for step in failed.steps] == [
        (2, "saved", "invalid_value"),
        (3, None, ""),
    ]
    assert failed.effect is not None
    assert failed.effect.contents == (Text(text="1.5"),)


def test_a_field_names_its_answer_where_nothing_else_does() -> None:
    hello = chain(ask(field="city"))

    assert after(hello, [wrote("Lima")]).state.answers == {"city": "Lima"}
    assert after(hello, [wrote("Lima")]).ended == Ended(ending=Ending.COMPLETED)


def test_time_runs_out_from_when_the_question_left() -> None:
    hello = graph({"ask": ask(timeout=Duration(amount=2)), "a": Goal()}, "ask.timeout > a")
    state = settled(hello, started(hello)).state
    until = NOW + timedelta(hours=2)

    assert state.until == until
    early = interpreter.advance(hello, state, TICK, facts(until - timedelta(microseconds=1)))
    late = interpreter.advance(hello, state, TICK, facts(until))
    assert early == Advance(state=state)
    assert (late.steps[0].branch, late.steps[0].reason) == ("timeout", "no_reply")
    assert late.ended == Ended(ending=Ending.GOAL)
    # Whoever answers before anything noticed that time was up has answered.
    assert branches(after(hello, [wrote("5")], facts(until)))[-1] == ("ask", "answered")


@pytest.mark.parametrize(
    "text", ["x" * 4096, "👩‍👩‍👧 🇪🇸", "a\x00b", "{{contact.phone}} {{answer.a}}", "{{secret.KEY}}"]
)
def test_no_answer_is_expanded_or_breaks_a_text(text: str) -> None:
    hello = chain(ask(save_as="a"), say("<{{answer.a}}>"), WriteNote(text="{{answer.a}}"))
    state = settled(hello, started(hello)).state

    found = interpreter.advance(hello, state, Replied(wrote(text)), facts())

    assert found.effect is not None
    said = found.effect.contents[0]
    assert isinstance(said, Text)
    assert said.text.rstrip("…>").startswith("<" + text.replace("\x00", "")[:4090])
