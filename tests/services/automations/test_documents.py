"""Documents of automations: read node by node, written back the same, refused where they are hostile."""

import json
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.automations import nodes, triggers
from domain.automations.contents import KINDS
from domain.automations.graphs import (
    MOST_BYTES,
    MOST_EDGES,
    MOST_NODES,
    SCHEMA,
    Edge,
    Graph,
    Node,
    Settings,
    TriggerNode,
)
from domain.automations.problems import Fix, Severity
from domain.errors import Invalid
from services.automations import documents
from web import build_types

ALL_TYPES = Graph(
    triggers=tuple(
        TriggerNode(id=f"t-{name}", title=name, data=kind())
        for name, kind in triggers.TYPES.items()
    ),
    nodes=(
        *(Node(id=name, data=kind(), x=1.5, y=-3) for name, kind in nodes.TYPES.items()),
        Node(
            id="all", data=nodes.CustomReply(messages=tuple(kind() for kind in KINDS.values()))
        ),
        Node(id="ask", data=nodes.UserReply(ask=KINDS["list"](), timeout=nodes.Duration())),
    ),
    edges=(
        Edge(source="t-message", branch="next", target="all"),
        Edge(source="all", branch="failed", target="end"),
    ),
    settings=Settings(marketing=True, restart_words=("menu",), language="pt_BR"),
)  # fmt: skip


def document(**more: Any) -> dict[str, Any]:
    return {"schema": SCHEMA, "triggers": [], "nodes": [], "edges": [], **more}


def node(at: str, type_: str = "end", **data: Any) -> dict[str, Any]:
    return {"id": at, "type": type_, "title": "", "x": 0, "y": 0, "data": data}


def said(*entries: object, **more: Any) -> list[tuple[str, str, str]]:
    """Place, field and key of what a document with these nodes has wrong."""
    read = documents.read(document(nodes=list(entries), **more))
    return [(one.at, one.field, one.sentence.key) for one in read.problems]


def test_every_type_is_the_same_after_writing_and_reading() -> None:
    written = documents.write(ALL_TYPES)
    read = documents.read(json.loads(json.dumps(written)))
    assert (read.graph, read.problems) == (ALL_TYPES, ())
    assert read.document == written


def plain(value: Any) -> Any:
    """The value with dictionaries for any other mapping that Hypothesis thinks of."""
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{one.name: plain(getattr(value, one.name)) for one in fields(value)}
        )
    return value


ANY_NODE = st.one_of(*(st.from_type(kind).map(plain) for kind in nodes.TYPES.values()))
ANY_TRIGGER = st.one_of(*(st.from_type(kind).map(plain) for kind in triggers.TYPES.values()))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ANY_NODE, max_size=3), st.lists(ANY_TRIGGER, max_size=2), st.from_type(Settings))
def test_whatever_was_read_is_written_and_read_the_same(
    drawn: list[nodes.Data], starts: list[triggers.Trigger], held: Settings
) -> None:
    graph = Graph(
        triggers=tuple(TriggerNode(id=f"t{i}", data=one) for i, one in enumerate(starts)),
        nodes=tuple(Node(id=f"n{i}", data=one) for i, one in enumerate(drawn)),
        settings=held,
    )
    once = documents.read(documents.write(graph))
    assert once.problems == ()
    twice = documents.read(documents.write(once.graph))
    assert twice.graph == once.graph


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "type", "data", "nodes", "edges", "x"]), inner)
    ),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_nothing_makes_it_fail_but_invalid(anything: object) -> None:
    try:
        read = documents.read(anything)
    except Invalid:
        return
    documents.write(read.graph)
    json.dumps(read.document, allow_nan=False).encode()


def test_a_node_that_cannot_be_read_leaves_its_siblings_alone() -> None:
    read = documents.read(
        document(
            nodes=[
                node("new", "teleport"),
                node("more", "end", speed=3),
                node("bad", "custom_reply", messages=[{"kind": "buttons", "buttons": [{"id": 1}]}]),
                node("kind", "custom_reply", messages=[{"kind": "hologram"}]),
                node("long", "note", text="x" * 9000),
                node("good", "note", text="fine"),
            ],
            edges=[
                {"source": "good", "branch": "next", "target": "new"},
                {"source": "bad", "branch": "next", "target": "good"},
            ],
        )
    )
    assert [one.id for one in read.graph.nodes] == ["good"]
    assert read.graph.edges == ()
    assert [(one.at, one.field, one.sentence.key) for one in read.problems] == [
        ("new", "", "automation_type_unknown"),
        ("more", "speed", "automation_value_unknown"),
        ("bad", "messages.0.buttons.0.id", "automation_value.named"),
        ("kind", "messages.0.kind", "automation_value.named"),
        ("long", "text", "automation_text_long"),
    ]
    assert {one.fix for one in read.problems} == {Fix.LEAVE_OUT}
    assert documents.read(documents.write(read.graph)).problems == ()


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([3], [("", "nodes", "automation_entry.nodes")]),
        ([{"type": "end"}], [("", "nodes", "automation_id")]),
        ([node("x" * 65)], [("", "nodes", "automation_id")]),
        ([node("a"), node("a")], [("a", "", "automation_id.twice")]),
        ([{"id": "a", "type": ["end"]}], [("a", "", "automation_type_unknown")]),
        ([{"id": "a", "type": "end", "data": None}], [("a", "", "automation_value.whole")]),
        ([{"id": "a", "type": "end"}], []),
        ([{"id": "a", "type": "end", "x": "left", "title": 3}], []),
    ],
)
def test_odd_entries(entries: list[object], expected: list[tuple[str, str, str]]) -> None:
    assert said(*entries) == expected


def test_a_trigger_and_a_node_do_not_share_an_id() -> None:
    triggered = [{"id": "a", "type": "message"}]
    assert said(node("a"), triggers=triggered) == [("a", "", "automation_id.twice")]


def test_edges_that_hang_in_the_air_are_dropped_and_said() -> None:
    note = node("a", "note", text="x")
    edges = [
        {"source": "a", "branch": "next", "target": "b"},
        {"source": "a", "branch": "next", "target": "a"},
        {"source": "a", "branch": "sideways", "target": "b"},
        {"source": "a", "branch": "next", "target": "gone"},
        {"source": "gone", "branch": "next", "target": "b"},
        {},
    ]
    read = documents.read(document(nodes=[note, node("b")], edges=edges))
    assert read.graph.edges == (Edge(source="a", branch="next", target="b"),)
    assert [(one.at, one.sentence.key, one.severity) for one in read.problems] == [
        ("a", "automation_edge_twice", Severity.ERROR),
        ("a", "automation_edge_branch", Severity.WARNING),
        ("a", "automation_edge_loose", Severity.WARNING),
        ("", "automation_edge_loose", Severity.WARNING),
        ("", "automation_edge_loose", Severity.WARNING),
    ]


def test_versions_and_foreign_parts_are_named() -> None:
    assert said(schema=SCHEMA + 1) == [("", "schema", "automation_schema.newer")]
    assert said(schema="one") == [("", "schema", "automation_schema")]
    assert said(comments=[]) == [("", "comments", "automation_part_unknown")]
    assert said(settings={"speed": 1}) == [("", "settings.speed", "automation_value_unknown")]


def test_what_cannot_be_stored_is_taken_out() -> None:
    read = documents.read(document(nodes=[node("a", "note", text="a\x00b\ud83dc {{ 😀")]))
    (found,) = read.graph.nodes
    assert isinstance(found.data, nodes.WriteNote)
    assert found.data.text == "abc {{ 😀"
    assert read.document["nodes"][0]["data"]["text"] == "abc {{ 😀"


def test_a_place_off_every_screen_is_put_back() -> None:
    far = [{**node("a"), "x": 1e300, "y": float("nan")}]
    (found,) = documents.read(document(nodes=far)).graph.nodes
    assert (found.x, found.y) == (1_000_000, 0)


def deep() -> Any:
    nested: Any = []
    for _ in range(sys.getrecursionlimit() * 2):
        nested = [nested]
    return nested


@pytest.mark.parametrize(
    ("hostile", "key"),
    [
        ([], "automation_document"),
        (None, "automation_document"),
        ({"nodes": deep()}, "automation_document.deep"),
        (document(nodes=[{}] * (MOST_NODES + 1)), "automation_large.parts"),
        (document(edges=[{}] * (MOST_EDGES + 1)), "automation_large.parts"),
        (document(nodes=[node("a", "note", text="x" * MOST_BYTES)]), "automation_large"),
        ({str(i): "" for i in range(MOST_BYTES)}, "automation_large"),
    ],
)
def test_hostile_documents_are_refused(hostile: object, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        documents.read(hostile)
    assert refused.value.sentence.key == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"schema": 1, "nodes": [', "automation_document.unreadable"),
        (b"\xff\xfe{", "automation_document.unreadable"),
        ("[" * 100_000, "automation_document.unreadable"),
        ("x" * (MOST_BYTES * 4 + 1), "automation_large"),
    ],
)
def test_a_file_that_is_cut_short_is_refused(text: str | bytes, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        documents.parsed(text)
    assert refused.value.sentence.key == key


def test_a_file_is_read_as_it_was_written() -> None:
    text = json.dumps(documents.write(ALL_TYPES))
    assert documents.read(documents.parsed(text)).graph == ALL_TYPES


def test_the_schema_names_every_type_and_its_version() -> None:
    schema = documents.schema()
    assert schema["$id"].endswith(f":{SCHEMA}")
    listed = schema["properties"]["nodes"]["items"]["oneOf"]
    names = {one["$ref"].rpartition("/")[2] for one in listed}
    consts = {schema["$defs"][name]["properties"]["type"]["const"] for name in names}
    assert consts == set(nodes.TYPES)
    assert schema["$defs"]["WriteNote"]["additionalProperties"] is False


def test_the_builders_types_are_those_of_the_schema() -> None:
    """After a change: python -m web.build_types."""
    assert build_types.TARGET.read_text("utf-8") == build_types.types()
