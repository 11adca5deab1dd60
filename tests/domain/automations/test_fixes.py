"""What one click does to the drawing; what it does to problems stands with the problems."""

from dataclasses import replace

from domain.automations import fixes, layout
from domain.automations.nodes import Branch, Duration, KeywordCase, KeywordCatch, TimeGap, UserReply
from domain.automations.problems import Fix
from tests.domain.automations.problem_graphs import HELLO, graph


def test_an_end_closes_all_main_branches_and_stands_right_of_its_node() -> None:
    catch = KeywordCatch(cases=(KeywordCase(id="x"), KeywordCase(id="y")))
    drawn = graph(a=catch)
    mended = fixes.apply(drawn, "a", Fix.ADD_END)
    assert [edge.branch for edge in mended.edges if edge.source == "a"] == ["choice:x", "choice:y"]
    assert mended.by_id["end-1"].x == drawn.by_id["a"].x + layout.COLUMN
    assert fixes.apply(mended, "a", Fix.ADD_END) == mended


def test_an_end_closes_the_branch_that_was_asked_for() -> None:
    drawn = graph(a=UserReply(timeout=Duration()))
    mended = fixes.apply(drawn, "a", Fix.ADD_END, "timeout")
    assert (mended.after("a", "timeout"), mended.after("a", "answered")) == ("end-1", None)
    again = fixes.apply(mended, "a", Fix.ADD_END, "answered")
    assert again.after("a", "answered") == "end-2"


def test_removing_takes_edges_along_and_works_for_triggers() -> None:
    drawn = graph(("a", "next", "b"), ("b", "next", "a"), a=HELLO, b=HELLO)
    alone = fixes.apply(drawn, "b", Fix.REMOVE)
    assert [edge.target for edge in alone.edges] == ["a"]
    assert fixes.apply(alone, "start", Fix.REMOVE).triggers == ()
    assert fixes.apply(alone, "start", Fix.REMOVE).edges == ()


def test_a_fallback_takes_every_way_to_the_node_and_makes_room() -> None:
    drawn = graph(
        ("a", "next", "b"), ("b", "next", "c"), ("c", "next", "b"),
        a=TimeGap(), b=HELLO, c=TimeGap(),
    )  # fmt: skip
    spread = replace(
        drawn, nodes=tuple(replace(node, x=i * 360.0) for i, node in enumerate(drawn.nodes))
    )
    mended = fixes.apply(spread, "b", Fix.ADD_TEMPLATE_FALLBACK)
    into = {edge.source for edge in mended.edges if edge.target == "window-1"}
    assert into == {"a", "c"}
    assert isinstance(mended.by_id["window-1"].data, Branch)
    assert {name: node.x for name, node in mended.by_id.items()} == {
        "a": 0, "window-1": 360, "template-1": 720, "b": 720, "c": 1080,
    }  # fmt: skip


def test_a_message_that_ends_the_way_has_a_template_that_does() -> None:
    mended = fixes.apply(graph(a=HELLO), "a", Fix.ADD_TEMPLATE_FALLBACK)
    assert mended.after("template-1", "next") is None
    assert fixes.free_id(mended, "template") == "template-2"
