"""Draws the graph of a starter, node by node, and arranges it."""

from collections.abc import Sequence

from domain.automations import layout
from domain.automations.contents import Button, Buttons, List, Row, Text
from domain.automations.graphs import PLAIN, Edge, Graph, Node, Settings, TriggerNode
from domain.automations.nodes import NEXT, CustomReply, Data, choice_branch
from domain.automations.triggers import Trigger


class Drawing:
    """Collects nodes and edges; ``graph`` is the whole."""

    def __init__(self) -> None:
        self._triggers: list[TriggerNode] = []
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []

    def start(self, name: str, title: str, data: Trigger, first: str) -> None:
        """A trigger, and the node it leads to."""
        self._triggers.append(TriggerNode(id=name, title=title, data=data))
        self._edges.append(Edge(source=name, branch=NEXT, target=first))

    def node(self, name: str, title: str, data: Data, following: str = "", **ways: str) -> None:
        """A node, what follows it, and where its other branches lead; ``pick_a`` is its choice ``a``."""
        self._nodes.append(Node(id=name, title=title, data=data))
        if following:
            self._edges.append(Edge(source=name, branch=NEXT, target=following))
        for way, target in ways.items():
            branch = choice_branch(way.removeprefix(_PICK)) if way.startswith(_PICK) else way
            self._edges.append(Edge(source=name, branch=branch, target=target))

    def graph(self, settings: Settings = PLAIN) -> Graph:
        """The whole, arranged."""
        return layout.arrange(
            Graph(
                triggers=tuple(self._triggers),
                nodes=tuple(self._nodes),
                edges=tuple(self._edges),
                settings=settings,
            )
        )


_PICK = "pick_"


def says(text: str) -> CustomReply:
    """A node that sends one text."""
    return CustomReply(messages=(Text(text=text),))


def with_buttons(text: str, **titles: str) -> Buttons:
    """A question with buttons, by id."""
    buttons = tuple(Button(id=name, title=title) for name, title in titles.items())
    return Buttons(text=text, buttons=buttons)


def with_rows(text: str, button: str, rows: Sequence[tuple[str, str, str]]) -> List:
    """A question with a list of rows: id, title and description."""
    listed = tuple(Row(id=name, title=title, description=about) for name, title, about in rows)
    return List(text=text, button=button, rows=listed)
