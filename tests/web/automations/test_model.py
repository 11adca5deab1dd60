"""What the builder knows by itself: branches as the domain has them, undo, and edits that leave nothing loose."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.automations import nodes
from domain.automations.contents import Button, Buttons, Content, List, Row, Text
from domain.automations.nodes import (
    AnswerType,
    Duration,
    KeywordCase,
    KeywordCatch,
    RandomSplit,
    Share,
    UserReply,
)
from tests.domain.test_initials import NAMES
from tests.web.automations.scripts import called
from web import build_assets

QUESTIONS: tuple[Content | None, ...] = (
    None,
    Text(text="When?"),
    Buttons(buttons=(Button(id="b1", title="Yes"), Button(id="b2", title="No"))),
    List(rows=(Row(id="r1", title="One"),)),
    Buttons(),
)
REPLIES = [
    UserReply(ask=ask, accepts=accepts, timeout=timeout)
    for ask, accepts, timeout in product(QUESTIONS, AnswerType, (None, Duration()))
]
OTHERS: list[nodes.Data] = [
    *(make() for make in nodes.TYPES.values()),
    KeywordCatch(cases=(KeywordCase(id="c1", words=("a",)), KeywordCase(id="c2"))),
    RandomSplit(shares=(Share(id="s1", percent=30), Share(id="s2", percent=70))),
]


@pytest.fixture(autouse=True)
def _built() -> None:
    build_assets.build()


def item(data: nodes.Data) -> dict[str, Any]:
    written = TypeAdapter(type(data)).dump_python(data, mode="json")
    return {"id": "n", "type": data.TYPE, "title": "", "x": 0, "y": 0, "data": written}


def test_branches_are_those_of_the_domain(tmp_path: Path) -> None:
    every = [*REPLIES, *OTHERS]
    found = called("model.ts", [["branches", item(data)] for data in every], tmp_path)
    assert found == [list(nodes.branches(data)) for data in every]


def test_initials_are_those_of_the_server(tmp_path: Path) -> None:
    found = called("initials.ts", [["initials", name] for name in NAMES], tmp_path)
    assert dict(zip(NAMES, found, strict=True)) == NAMES


def test_undo_and_redo_walk_through_every_step(tmp_path: Path) -> None:
    def history(
        past: list[int], present: int, future: list[int], merging: str = "", at: int = 0
    ) -> dict[str, Any]:
        return {"past": past, "present": present, "future": future, "merging": merging, "at": at}

    typing = history([1], 2, [3], "title", 1_000)
    undone, redone, together, apart, same = called(
        "history.ts",
        [
            ["undo", history([1, 2], 3, [])], ["redo", history([1], 2, [3])], ["commit", typing, 5, "title", 1_500],
            ["commit", typing, 5, "title", 9_000], ["commit", typing, 2, "", 9_000],
        ],
        tmp_path,
    )  # fmt: skip
    assert (undone["past"], undone["present"], undone["future"]) == ([1], 2, [3])
    assert (redone["past"], redone["present"], redone["future"]) == ([1, 2], 3, [])
    assert (together["past"], together["present"], together["future"]) == ([1], 5, [])
    assert apart["past"] == [1, 2]
    assert same == typing


def test_edits_leave_no_loose_edges_and_pasted_nodes_are_new(tmp_path: Path) -> None:
    trigger = {"id": "t", "type": "keyword", "title": "", "x": 0, "y": 0, "data": {"words": ["hi"]}}
    first, second = ({**item(nodes.CustomReply()), "id": name, "x": 300} for name in ("a", "b"))
    edges = [
        {"source": "t", "branch": "next", "target": "a"},
        {"source": "a", "branch": "next", "target": "b"},
    ]
    settings = {"marketing": False, "restart_words": [], "language": ""}
    whole = {
        "schema": 1,
        "triggers": [trigger],
        "nodes": [first, second],
        "edges": edges,
        "settings": settings,
    }
    fragment = {"triggers": [], "nodes": [first, second], "edges": edges[1:]}
    again, dropped, (pasted, _ids) = called(
        "editing.ts",
        [
            ["connect", whole, {"source": "a", "branch": "next", "target": "a"}],
            ["connect", whole, {"source": "a", "branch": "no such branch", "target": "b"}],
            ["paste", whole, fragment, {"x": 40, "y": 40}],
        ],
        tmp_path,
    )  # fmt: skip
    assert again["edges"] == [edges[0], {"source": "a", "branch": "next", "target": "a"}]
    assert dropped["edges"] == edges
    ids = {node["id"] for node in pasted["nodes"]}
    assert len(ids) == 4
    assert pasted["nodes"][2]["x"] == 340
    assert {edge["target"] for edge in pasted["edges"]} <= ids
    assert len(pasted["edges"]) == 3


def test_a_step_of_a_newer_version_stays_as_it_is(tmp_path: Path) -> None:
    step = {"id": "x", "type": "from_the_future", "title": "", "x": 0, "y": 0, "data": {"a": [1]}}
    (whole,) = called("model.ts", [["complete", {"nodes": [step]}]], tmp_path)
    assert whole["nodes"] == [step]
    assert whole["settings"] == {"marketing": False, "restart_words": [], "language": ""}


def test_what_a_document_leaves_out_has_its_default_all_the_way_down(tmp_path: Path) -> None:
    """A form that finds a field missing would take the whole page down."""
    sparse: dict[str, Any] = {
        "nodes": [
            {"id": "a", "type": "user_reply", "data": {"ask": {"kind": "list", "rows": [{"id": "r"}]}}},
            {"id": "b", "type": "condition", "data": {"when": {"groups": [{"conditions": [{}]}]}}},
        ],
        "triggers": [{"id": "t", "type": "keyword", "data": {"entry": {"rule": "once"}}}],
    }  # fmt: skip
    (whole,) = called("model.ts", [["complete", sparse]], tmp_path)
    reply, condition = (TypeAdapter(nodes.TYPES[one["type"]]) for one in sparse["nodes"])
    for found, made in zip(whole["nodes"], (reply, condition), strict=True):
        read = made.validate_python(found["data"])
        assert made.dump_python(read, mode="json") == found["data"]
    assert whole["triggers"][0]["data"]["entry"] == {"rule": "once", "period": None, "key": ""}


def test_a_new_step_lies_on_no_other(tmp_path: Path) -> None:
    first, below, far = (
        {"id": at, "x": x, "y": y} for at, x, y in (("a", 0, 0), ("b", 40, 300), ("c", 900, 0))
    )
    found = called(
        "placing.ts",
        [
            ["free", [], {"x": 5, "y": 7}], ["free", [first, far], {"x": 0, "y": 0}], ["free", [first, below], {"x": 0, "y": 0}, {"a": 220, "b": 400}],
            ["free", [first], {"x": 360, "y": 0}],
        ],
        tmp_path,
    )  # fmt: skip
    assert [(place["x"], place["y"]) for place in found] == [(5, 7), (0, 192), (0, 732), (360, 0)]
