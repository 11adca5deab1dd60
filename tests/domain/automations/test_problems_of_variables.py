"""Variables in texts: set before they are used, on every way, and known."""

import pytest

from domain.automations.contents import Text
from domain.automations.nodes import (
    CustomReply,
    Data,
    Duration,
    End,
    Header,
    HttpRequest,
    Pick,
    SendTemplate,
    UserReply,
    WriteNote,
)
from domain.automations.triggers import HookValue, WebhookTrigger
from tests.domain.automations.problem_graphs import errors, graph, warnings

ASK = UserReply(save_as="size", timeout=Duration())


def says(text: str) -> CustomReply:
    return CustomReply(messages=(Text(text=text),))


def test_an_answer_is_used_after_it_was_given() -> None:
    good = graph(
        ("a", "answered", "b"), ("b", "next", "c"), a=ASK, b=says("{{answer.size}}"), c=End()
    )
    assert errors(good) + warnings(good) == []
    before = graph(
        ("a", "next", "b"), ("b", "answered", "c"), a=says("{{answer.size}}"), b=ASK, c=End()
    )
    assert errors(before) == [("a", "messages.0.text", "automation_answer_never")]


def test_an_answer_that_may_be_missing_is_a_warning_unless_something_stands_for_it() -> None:
    ways = [("a", "answered", "b"), ("a", "timeout", "b"), ("b", "next", "c")]
    plain = graph(*ways, a=ASK, b=says("{{answer.size}}"), c=End())
    assert errors(plain) == []
    assert warnings(plain) == [("b", "messages.0.text", "automation_answer_sometimes")]
    assert warnings(graph(*ways, a=ASK, b=says("{{answer.size|any}}"), c=End())) == []


def test_an_answer_of_a_circle_counts_from_its_second_round() -> None:
    round_trip = graph(
        ("a", "next", "b"), ("b", "answered", "a"), ("b", "timeout", "c"),
        a=says("{{answer.size|?}}"), b=ASK, c=End(),
    )  # fmt: skip
    assert errors(round_trip) == []


def test_a_field_names_an_answer_that_has_no_name() -> None:
    ask = UserReply(field="city")
    checked = graph(
        ("a", "answered", "b"), ("b", "next", "c"), a=ask, b=says("{{answer.city}}"), c=End()
    )
    assert errors(checked) == []


def test_requests_and_hooks_set_answers_too() -> None:
    request = HttpRequest(url="https://a.b", picks=(Pick(path="id", save_as="order"),))
    hook = WebhookTrigger(channel="channel", values=(HookValue(path="p", save_as="cart"),))
    note = WriteNote(text="{{answer.order}} {{answer.cart}}")
    good = graph(("a", "next", "b"), ("b", "next", "c"), trigger=hook, a=request, b=note, c=End())
    assert errors(good) == []
    failed = graph(
        ("a", "failed", "b"), ("a", "next", "c"), ("b", "next", "c"),
        trigger=hook, a=request, b=note, c=End(),
    )  # fmt: skip
    assert errors(failed) == [("b", "text", "automation_answer_never")]


@pytest.mark.parametrize(
    ("data", "field", "key"),
    [
        (says("{{contact.shoe}}"), "messages.0.text", "automation_field_gone"),
        (says("{{secret.KEY}}"), "messages.0.text", "automation_secret_place"),
        (
            HttpRequest(url="https://a.b", headers=(Header(name="A", value="{{secret.NONE}}"),)),
            "headers.0.value",
            "automation_secret_gone",
        ),
        (
            SendTemplate(template="hello", values={"body_1": "{{answer.x}}"}),
            "values.body_1",
            "automation_answer_never",
        ),
    ],
)
def test_unknown_names_block(data: Data, field: str, key: str) -> None:
    assert ("a", field, key) in errors(graph(("a", "next", "b"), a=data, b=End()))


def test_braces_that_are_no_variable_would_be_sent() -> None:
    checked = graph(("a", "next", "b"), a=says("Hello {{name}}"), b=End())
    assert warnings(checked) == [("a", "messages.0.text", "automation_variable_unread")]
    body = HttpRequest(url="https://a.b", body="{{x}}", recorded='{"a": "{{answer.b}}"}')
    assert warnings(graph(("a", "next", "b"), a=body, b=End())) == []


def test_what_exists_is_fine() -> None:
    text = "{{contact.first_name|there}} {{contact.city}} {{contact.phone}}"
    request = HttpRequest(
        url="https://a.b", headers=(Header(name="A", value="{{secret.KEY}} {{contact.name}}"),)
    )
    checked = graph(("a", "next", "b"), ("b", "next", "c"), a=says(text), b=request, c=End())
    assert errors(checked) + warnings(checked) == []


def test_what_a_text_repeats_is_one_problem() -> None:
    drawn = graph(("a", "next", "c"), a=says("{{}} {{answer.no}} {{contact.no}} " * 300), c=End())
    assert warnings(drawn) == [("a", "messages.0.text", "automation_variable_unread")]
    assert errors(drawn) == [
        ("a", "messages.0.text", "automation_answer_never"),
        ("a", "messages.0.text", "automation_field_gone"),
    ]
