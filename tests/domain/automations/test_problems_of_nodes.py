"""Single nodes: what is unset, what WhatsApp would refuse, and what names something that is gone."""

from dataclasses import replace

import pytest

from domain.automations import fixes, nodes, problems
from domain.automations.conditions import Condition, Conditions, Group, Hours, Operator, Subject
from domain.automations.contents import (
    Button,
    Buttons,
    Card,
    Content,
    Link,
    List,
    Location,
    Media,
    Row,
    Text,
)
from domain.automations.graphs import Settings
from domain.automations.nodes import (
    AnswerType,
    Branch,
    CustomReply,
    Data,
    Duration,
    End,
    Gap,
    Header,
    HttpRequest,
    KeywordCase,
    KeywordCatch,
    MatchMode,
    Pick,
    RandomSplit,
    SendTemplate,
    Share,
    TimeGap,
    Unit,
    UserReply,
)
from domain.automations.problems import Fix
from domain.automations.problems.found import Severity
from tests.domain.automations.problem_graphs import KNOWN, errors, graph, warnings


def of_node(data: Data, settings: Settings | None = None) -> set[tuple[str, str]]:
    """Field and key of the errors of one node whose branches all lead to an End."""
    edges = [("a", branch, "end") for branch in nodes.branches(data)]
    checked = graph(*edges, settings=settings or Settings(), a=data, end=End())
    return {(field, key) for at, field, key in errors(checked) if at == "a"}


def warned(data: Data) -> set[tuple[str, str]]:
    edges = [("a", branch, "end") for branch in nodes.branches(data)]
    return {
        (field, key) for at, field, key in warnings(graph(*edges, a=data, end=End())) if at == "a"
    }


def button(title: str, name: str = "") -> Button:
    return Button(id=name or title, title=title)


GOOD = Buttons(text="Well?", buttons=(button("Yes 👍"), button("No 👎")))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (Text(text="  "), ("text", "automation_unset")),
        (Text(text="x" * 4097), ("text", "automation_long")),
        (Media(), ("link", "automation_unset")),
        (Media(link="ftp://example.com/a.png"), ("link", "automation_address")),
        (Media(link="http://example.com/a.png"), ("link", "automation_address.plain")),
        (Media(link="https://{{contact.city}}/a"), ("link", "automation_address.host")),
        (Media(link="https://example.com/my cat.png"), ("link", "automation_address")),
        (
            Media(link="https://example.com/a.jpg", caption="x" * 1025),
            ("caption", "automation_long"),
        ),
        (Buttons(text="x"), ("buttons", "automation_buttons")),
        (
            Buttons(text="x", buttons=tuple(button(t) for t in "abcd")),
            ("buttons", "automation_buttons"),
        ),
        (Buttons(text="x", buttons=(button("x" * 21),)), ("buttons.0.title", "automation_long")),
        (
            Buttons(text="x", buttons=(button("Sí"), button("SI", "2"))),
            ("buttons.1.title", "automation_title_twice"),
        ),
        (
            Buttons(text="x", buttons=(button("A", "1"), button("B", "1"))),
            ("buttons", "automation_choice_id"),
        ),
        (Buttons(text="x" * 1025, buttons=GOOD.buttons), ("text", "automation_long")),
        (List(text="x", button="Open"), ("rows", "automation_rows")),
        (
            List(text="x", rows=(Row(id="1", title="One"),)),
            ("button", "automation_unset"),
        ),
        (
            List(text="x", button="b", rows=(Row(id="1", title="One", description="x" * 73),)),
            ("rows.0.description", "automation_long"),
        ),
        (Link(text="x", label="Open", url="example.com"), ("url", "automation_address")),
        (Location(latitude="91", longitude="0"), ("latitude", "automation_degrees")),
        (Location(latitude="1", longitude="east"), ("longitude", "automation_degrees")),
        (Card(name="Ana"), ("phone", "automation_unset")),
    ],
)
def test_whatsapp_takes_no_such_message(content: Content, problem: tuple[str, str]) -> None:
    field, key = problem
    assert (f"messages.0.{field}", key) in of_node(CustomReply(messages=(content,)))


@pytest.mark.parametrize(
    "content",
    [
        Text(text="x" * 4096),
        Text(text="x" * 4090 + "{{contact.first_name|dear customer}}"),
        GOOD,
        Media(link="https://example.com/{{contact.city}}.png"),
        Location(latitude="{{contact.city}}", longitude="-180"),
        Card(name="Ana", phone="+34 600 000 000"),
        Link(text="x", label="Open", url="https://example.com/?c={{contact.city}}"),
    ],
)
def test_whatsapp_takes_these(content: Content) -> None:
    assert of_node(CustomReply(messages=(content,))) == set()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (CustomReply(messages=(Text(text="x"),) * 6), ("messages", "automation_messages.many")),
        (UserReply(accepts=AnswerType.CHOICE), ("ask", "automation_choices")),
        (UserReply(retries=99), ("retries", "automation_range")),
        (UserReply(retry_text="x" * 1025), ("retry_text", "automation_long")),
        (UserReply(save_as="my answer"), ("save_as", "automation_save_as")),
        (UserReply(field="gone"), ("field", "automation_field_gone")),
        (UserReply(timeout=Duration(amount=0)), ("timeout.amount", "automation_duration")),
        (
            TimeGap(wait=Duration(amount=13, unit=Unit.MONTHS)),
            ("wait.amount", "automation_duration.long"),
        ),
        (TimeGap(until=Gap.MOMENT, moment="2027-02-30T09:00"), ("moment", "automation_moment")),
        (TimeGap(until=Gap.MOMENT, moment="9999-12-31T23:59"), ("moment", "automation_moment")),
        (TimeGap(until=Gap.CLOCK, clock="25:00"), ("clock", "automation_clock")),
        (TimeGap(zone="Mars/Base"), ("zone", "automation_zone")),
        (TimeGap(until=Gap.HOURS), ("hours.days", "automation_hours.never")),
        (
            TimeGap(until=Gap.HOURS, hours=Hours(days={"mon": ("9-17",)})),
            ("hours.days.mon", "automation_hours"),
        ),
        (TimeGap(until=Gap.FIELD, field="city"), ("field", "automation_field_no_date")),
        (
            TimeGap(until=Gap.FIELD, field="renewal", clock="09:00", days=-3651),
            ("days", "automation_range"),
        ),
        (KeywordCatch(), ("cases", "automation_cases")),
        (KeywordCatch(cases=(KeywordCase(id="a"),)), ("cases.0.words", "automation_keywords")),
        (
            KeywordCatch(cases=(KeywordCase(id="a", words=tuple(map(str, range(101)))),)),
            ("cases.0.words", "automation_keywords.many"),
        ),
        (
            KeywordCatch(cases=(KeywordCase(id="a", words=("(a",), mode=MatchMode.REGEX),)),
            ("cases.0.words.0", "keyword_pattern"),
        ),
        (Branch(), ("when", "automation_conditions")),
        (RandomSplit(), ("shares", "automation_shares")),
        (nodes.SetField(field="gone"), ("field", "automation_field_gone")),
        (nodes.SetField(field="phone"), ("field", "automation_field_gone")),
        (nodes.SetLabel(label="gone"), ("label", "automation_label_gone")),
        (nodes.SetGroup(), ("group", "automation_unset")),
        (nodes.Assign(), ("users", "automation_unset")),
        (nodes.Assign(users=("ana", "bob")), ("users.1", "automation_user_gone")),
        (nodes.Assign(users=("ana",) * 101), ("users", "automation_users")),
        (nodes.WriteNote(), ("text", "automation_unset")),
        (nodes.WriteNote(text="x" * 4097), ("text", "automation_long")),
        (nodes.HandOver(note="x" * 4097), ("note", "automation_long")),
        (HttpRequest(), ("url", "automation_unset")),
        (HttpRequest(url="https://a.b", timeout_s=99), ("timeout_s", "automation_range")),
        (HttpRequest(url="https://a.b", retries=6), ("retries", "automation_range")),
        (
            HttpRequest(url="https://a.b", headers=tuple(Header(name=f"X-{n}") for n in range(21))),
            ("headers", "automation_headers"),
        ),
        (
            HttpRequest(url="https://a.b", headers=(Header(name="Host"),)),
            ("headers.0.name", "automation_header"),
        ),
        (
            HttpRequest(url="https://a.b", headers=(Header(name="X", value="a\nb"),)),
            ("headers.0.value", "automation_header.lines"),
        ),
        (
            HttpRequest(url="https://a.b", picks=(Pick(path="id"),)),
            ("picks.0.save_as", "automation_unset"),
        ),
        (SendTemplate(), ("template", "automation_unset")),
        (SendTemplate(template="gone"), ("template", "automation_template_gone")),
        (SendTemplate(template="hello"), ("values.body_1", "automation_slot")),
        (
            SendTemplate(template="hello", language="fr", values={"body_1": "x"}),
            ("language", "automation_template_language"),
        ),
        (SendTemplate(template="stopped"), ("template", "template_paused")),
    ],
)
def test_what_is_missing_or_gone_blocks(data: Data, problem: tuple[str, str]) -> None:
    assert problem in of_node(data)


@pytest.mark.parametrize("field", ["city", "name", "timezone"])
def test_these_fields_can_be_set(field: str) -> None:
    assert of_node(nodes.SetField(field=field, value="x")) == set()
    assert of_node(UserReply(field=field)) == set()


def test_a_language_that_is_held_warns_while_another_can_be_sent() -> None:
    assert of_node(SendTemplate(template="paused")) == set()
    assert warned(SendTemplate(template="paused")) == {
        ("language", "automation_template_language.held")
    }


def test_a_marketing_template_wants_a_marketing_automation() -> None:
    checked = graph(("a", "next", "b"), a=SendTemplate(template="sale"), b=End())
    assert warnings(checked) == [("a", "", "automation_template_marketing")]
    assert warnings(fixes.apply(checked, "a", Fix.MARK_MARKETING)) == []


def test_shares_add_up_and_one_click_makes_them() -> None:
    shares = tuple(Share(id=name, percent=50) for name in "abc")
    checked = graph(
        *(("a", f"choice:{name}", "b") for name in "abc"), a=RandomSplit(shares=shares), b=End()
    )
    assert errors(checked) == [("a", "shares", "automation_shares.sum")]
    mended = fixes.apply(checked, "a", Fix.SHARE_EVENLY)
    split = mended.by_id["a"].data
    assert isinstance(split, RandomSplit)
    assert [share.percent for share in split.shares] == [34, 33, 33]
    assert errors(mended) == []


def test_an_open_address_is_encrypted_with_one_click() -> None:
    checked = graph(("a", "next", "b"), a=HttpRequest(url="HTTP://example.com/a"), b=End())
    assert errors(checked) == [("a", "url", "automation_address.plain")]
    assert errors(fixes.apply(checked, "a", Fix.USE_HTTPS)) == []
    # Of the own network it is only said.
    [problem] = problems.find(checked, replace(KNOWN, local_calls=True))
    assert (problem.severity, problem.fix) == (Severity.WARNING, Fix.USE_HTTPS)


def test_a_fix_for_what_is_gone_changes_nothing() -> None:
    checked = graph(("a", "next", "b"), a=HttpRequest(url="https://example.com"), b=End())
    for fix in Fix:
        if fix is not Fix.MARK_MARKETING:
            assert fixes.apply(checked, "nobody", fix) == checked
    assert fixes.apply(checked, "a", Fix.USE_HTTPS) == checked
    assert fixes.apply(checked, "b", Fix.SHARE_EVENLY) == checked


def condition(
    subject: Subject, name: str = "", value: str = "", operator: Operator = Operator.IS
) -> Branch:
    one = Condition(subject=subject, name=name, value=value, operator=operator)
    return Branch(when=Conditions(groups=(Group(conditions=(one,)),)))


PATH = "when.groups.0.conditions.0"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (condition(Subject.FIELD, "gone", "x"), (f"{PATH}.name", "automation_field_gone")),
        (condition(Subject.FIELD, "", "x"), (f"{PATH}.name", "automation_unset")),
        (condition(Subject.FIELD, "city"), (f"{PATH}.value", "automation_unset")),
        (condition(Subject.LABEL, "gone"), (f"{PATH}.name", "automation_label_gone")),
        (condition(Subject.GROUP, "gone"), (f"{PATH}.name", "automation_group_gone")),
        (condition(Subject.DAY, "", "monday"), (f"{PATH}.value", "automation_value")),
        (condition(Subject.HOURS, "", "open"), ("hours.days", "automation_hours.never")),
        (condition(Subject.ANSWER, "x", "y"), (f"{PATH}.name", "automation_answer_never")),
    ],
)
def test_conditions_compare_what_exists(data: Branch, problem: tuple[str, str]) -> None:
    assert problem in of_node(data)


@pytest.mark.parametrize(
    "data",
    [
        condition(Subject.FIELD, "first_name", "Ana"),
        condition(Subject.FIELD, "city", operator=Operator.FILLED),
        condition(Subject.LABEL, "label"),
        condition(Subject.WINDOW, "", "open"),
    ],
)
def test_these_conditions_are_fine(data: Branch) -> None:
    assert of_node(data) == set()


def test_what_passed_or_is_shown_nowhere_only_warns() -> None:
    past = TimeGap(until=Gap.MOMENT, moment="2020-01-01T09:00")
    assert warned(past) == {("moment", "automation_moment.past")}
    recorded = HttpRequest(url="https://a.b", recorded="<html>")
    assert warned(recorded) == {("recorded", "automation_recorded")}
    spoken = CustomReply(
        messages=(Media(kind="audio", link="https://example.com/a.ogg", caption="Listen"),)
    )
    assert warned(spoken) == {("messages.0.caption", "automation_caption")}
    twice = KeywordCatch(cases=(KeywordCase(id="a", words=("Sí", "si")),))
    assert warned(twice) == {("cases.0.words", "automation_keywords.twice")}
