"""A change of a document's graph: nothing is lost that this release cannot read."""

from dataclasses import replace
from typing import Any

import pytest

from domain.automations import fixes, layout
from domain.automations.graphs import Graph
from domain.automations.problems import Fix
from services.automations import documents
from tests import drawing

NEWER: dict[str, Any] = {**drawing.node("far", "teleport", to={"planet": "Mars"}), "x": 720}
LATER: dict[str, Any] = drawing.node("tide", "high_tide", harbor="Bilbao")


def given(**more: Any) -> dict[str, Any]:
    """Starts by hand or by a newer trigger; asks, and goes through a newer step; a node is lost."""
    return {
        **drawing.document(
            [drawing.node("start", "manual"), LATER],
            [drawing.node("ask", "user_reply"), NEWER, drawing.node("end-1", "end"), drawing.node("lost", "end")],
            [
                drawing.edge("start", "ask"), drawing.edge("tide", "ask"), drawing.edge("ask", "far", "answered"),
                drawing.edge("far", "end-1", "landed"), drawing.edge("ask", "nowhere", "failed"),
            ],
        ),
        **more,
    }  # fmt: skip


def ids(document: dict[str, Any], name: str = "nodes") -> set[str]:
    return {one["id"] for one in document[name]}


def ways(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["source"], one["branch"], one["target"]) for one in document["edges"]}


def fixed(document: dict[str, Any], at: str, fix: Fix, field: str = "") -> dict[str, Any]:
    return documents.change(document, lambda graph: fixes.apply(graph, at, fix, field))


KEPT = {("start", "next", "ask"), ("tide", "next", "ask"), ("ask", "answered", "far"), ("far", "landed", "end-1")}  # fmt: skip


def test_a_fix_elsewhere_leaves_unknown_steps_and_their_connections() -> None:
    after = fixed(given(), "lost", Fix.REMOVE)
    assert ids(after) == {"ask", "far", "end-1"}
    assert NEWER in after["nodes"]
    assert LATER in after["triggers"]
    assert ways(after) == KEPT


def test_what_is_added_takes_no_id_of_an_unknown_step() -> None:
    newer = {**NEWER, "id": "end-2"}
    before = given(nodes=[drawing.node("ask", "user_reply"), newer, drawing.node("end-1", "end")])
    after = fixed(before, "ask", Fix.ADD_END, "answered")
    assert newer in after["nodes"]
    assert ("ask", "answered", "end-3") in ways(after)


def test_removing_a_step_takes_its_connections_to_unknown_ones_along() -> None:
    after = fixed(given(), "ask", Fix.REMOVE)
    assert ways(after) == {("far", "landed", "end-1")}


def test_arranging_moves_unknown_steps_too() -> None:
    after = documents.change(given(), layout.arrange)
    places = {(one["x"], one["y"]) for one in after["nodes"]}
    assert len(places) == 4
    far = next(one for one in after["nodes"] if one["id"] == "far")
    assert far["data"] == NEWER["data"]


def test_settings_and_parts_that_cannot_be_read_stay_beside_what_is_changed() -> None:
    before = given(schema=2, settings={"mood": "calm"}, palette=["red"])

    def mark(graph: Graph) -> Graph:
        return replace(graph, settings=replace(graph.settings, marketing=True))

    after = documents.change(before, mark)
    assert (after["schema"], after["palette"]) == (2, ["red"])
    assert (after["settings"]["mood"], after["settings"]["marketing"]) == ("calm", True)


@pytest.mark.parametrize(
    ("at", "field", "gone", "stay"),
    [
        ("far", "", {"far"}, {"tide", "palette", "mood"}),
        ("tide", "", {"tide"}, {"far", "palette", "mood"}),
        ("", "palette", {"palette"}, {"far", "tide", "mood"}),
        ("", "settings.mood", {"mood"}, {"far", "tide", "palette"}),
        ("start", "landed", set(), {"far", "tide", "palette", "mood"}),
    ],
)
def test_only_what_a_problem_is_about_is_left_out(
    at: str, field: str, gone: set[str], stay: set[str]
) -> None:
    before = given(settings={"mood": "calm"}, palette=["red"])
    after = documents.leave_out(before, at, field)
    left = ids(after) | ids(after, "triggers") | after.keys() | after["settings"].keys()
    assert not gone & left
    assert stay | {"ask", "end-1", "start"} <= left


def test_what_can_be_read_is_the_same_after_a_change_that_changes_nothing() -> None:
    whole = documents.write(documents.read(drawing.waiting()).graph)
    assert documents.change(whole, lambda graph: graph) == whole
