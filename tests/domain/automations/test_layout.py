"""Arranged graphs: forward is right, nothing lies on anything else, and arranging twice changes nothing."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.automations import layout, starters
from domain.automations.graphs import Edge, Graph, Node, TriggerNode
from domain.automations.nodes import End, KeywordCase, KeywordCatch, branches
from domain.automations.triggers import MessageTrigger
from tests.domain.automations.problem_graphs import placed

CATCH = KeywordCatch(cases=tuple(KeywordCase(id=str(i)) for i in range(3)))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any graph of up to twelve nodes, with circles and loose ends."""
    names = [f"n{i}" for i in range(draw(st.integers(0, 12)))]
    edges = {}
    if names:
        edges["t", "next"] = draw(st.sampled_from(names))
        ways = st.tuples(st.sampled_from(names), st.sampled_from(branches(CATCH)))
        edges |= draw(st.dictionaries(ways, st.sampled_from(names), max_size=30))
    return Graph(
        triggers=(TriggerNode(id="t", data=MessageTrigger()),),
        nodes=tuple(Node(id=name, data=CATCH) for name in names),
        edges=tuple(
            Edge(source=source, branch=branch, target=target)
            for (source, branch), target in edges.items()
        ),
    )


@given(graphs())
def test_no_node_lies_on_another(graph: Graph) -> None:
    arranged = layout.arrange(graph)
    places = [(one.x, one.y) for one in placed(arranged)]
    columns: dict[float, list[float]] = {}
    for x, y in places:
        columns.setdefault(x, []).append(y)
    for heights in columns.values():
        heights.sort()
        assert all(below - above >= layout.GAP for above, below in pairwise(heights))


@given(graphs())
def test_only_places_change_and_only_once(graph: Graph) -> None:
    arranged = layout.arrange(graph)
    assert [node.data for node in arranged.nodes] == [node.data for node in graph.nodes]
    assert arranged.edges == graph.edges
    assert layout.arrange(arranged) == arranged


def test_forward_is_right_and_back_is_a_circle() -> None:
    for starter in starters.ALL:
        graph = starter.graph
        at = {one.id: one.x for one in placed(graph)}
        back = [edge for edge in graph.edges if at[edge.target] <= at[edge.source]]
        expected = [("confirm", "choice:change", "day")] if starter.key == "appointment" else []
        assert [(edge.source, edge.branch, edge.target) for edge in back] == expected


def test_branches_stand_in_their_order() -> None:
    graph = layout.arrange(
        Graph(
            triggers=(TriggerNode(id="t", data=MessageTrigger()),),
            nodes=(Node(id="a", data=CATCH), *(Node(id=name, data=End()) for name in "zyx")),
            edges=(
                Edge(source="t", branch="next", target="a"),
                *(
                    Edge(source="a", branch=f"choice:{i}", target=name)
                    for i, name in enumerate("xyz")
                ),
            ),
        )
    )
    heights = {node.id: node.y for node in graph.nodes}
    assert heights["x"] < heights["y"] < heights["z"]
