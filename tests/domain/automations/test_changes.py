"""What differs between two versions of an automation."""

from dataclasses import replace

from domain.automations import changes
from domain.automations.changes import Change, Edit
from domain.automations.contents import Button, Buttons, Text
from domain.automations.graphs import Graph, Settings
from domain.automations.nodes import (
    CustomReply,
    Duration,
    End,
    Goal,
    SetField,
    SetLabel,
    Unit,
    UserReply,
)
from domain.automations.triggers import KeywordTrigger
from tests.domain.automations.problem_graphs import graph

OLD = graph(("a", "next", "b"), a=SetLabel(label="x"), b=End())


def test_equal_graphs_differ_in_nothing_and_places_do_not_count() -> None:
    moved = replace(OLD, nodes=tuple(replace(node, x=99) for node in OLD.nodes))
    assert changes.between(OLD, moved) == ()


def test_nodes_come_and_go_and_change() -> None:
    new = graph(("a", "next", "c"), a=SetLabel(label="y"), c=Goal(name="Done"))
    assert changes.between(OLD, new) == (
        Change(what="changed", at="a", type="set_label", edits=(Edit("label", "x", "y"),)),
        Change(what="added", at="c", type="goal"),
        Change(what="removed", at="b", type="end"),
        Change(
            what="disconnected", at="a", type="set_label", branch="next", target="b", target_type="end"
        ),
        Change(
            what="connected", at="a", type="set_label", branch="next", target="c", target_type="goal"
        ),
    )  # fmt: skip


def test_a_node_of_another_type_and_title() -> None:
    first = OLD.nodes[0]
    new = replace(OLD, nodes=(replace(first, title="Tag", data=SetField()), OLD.nodes[1]))
    assert changes.between(OLD, new) == (
        Change(
            what="changed",
            at="a",
            type="set_field",
            title="Tag",
            edits=(Edit("title", "", "Tag"), Edit("type", "set_label", "set_field")),
        ),
    )


def test_triggers_and_settings_count() -> None:
    new = replace(
        OLD,
        triggers=(replace(OLD.triggers[0], data=KeywordTrigger(words=("a",))),),
        settings=Settings(marketing=True),
    )
    assert changes.between(OLD, new) == (
        Change(what="settings", edits=(Edit("marketing", False, True),)),
        Change(
            what="changed", at="start", type="keyword", edits=(Edit("type", "message", "keyword"),)
        ),
    )


def test_the_first_version_is_all_new() -> None:
    found = changes.between(Graph(), OLD)
    assert [one.what for one in found] == ["added"] * 3 + ["connected"] * 2


def test_every_value_that_changed_is_told_with_what_it_was() -> None:
    asked = UserReply(ask=Buttons(text="Size?", buttons=(Button(id="s", title="Small"),)))
    other = UserReply(
        ask=Buttons(text="Which size?", buttons=(Button(id="s", title="S"), Button(id="l", title="L"))),
        timeout=Duration(amount=2, unit=Unit.DAYS),
    )  # fmt: skip
    (found,) = changes.between(graph(a=asked), graph(a=other))
    assert found.edits == (
        Edit("ask.text", "Size?", "Which size?"),
        Edit("ask.buttons.0.title", "Small", "S"),
        Edit("ask.buttons.1.title", None, "L"),
        Edit("timeout", None, "2 days"),
    )


def test_a_message_that_came_or_went_is_told_by_what_it_says() -> None:
    one, two = CustomReply(messages=(Text(text="Hi"),)), CustomReply()
    (found,) = changes.between(graph(a=one), graph(a=two))
    assert found.edits == (Edit("messages.0.text", "Hi", None),)
