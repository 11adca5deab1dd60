"""Draws a graph piece by piece: each trigger or node stands with the edges that lead out of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.automations import layout
from domain.automations.contents import Button, Buttons, List, Row, Text
from domain.automations.graphs import PLAIN, Edge, Graph, Node, Settings, TriggerNode
from domain.automations.nodes import NEXT, CustomReply, Data, choice_branch
from domain.automations.triggers import Trigger


@dataclass(frozen=True, slots=True)
class Piece:
    """A trigger or a node, and where it leads."""

    placed: TriggerNode | Node
    edges: tuple[Edge, ...]


def start(name: str, title: str, data: Trigger, first: str) -> Piece:
    """A trigger, and the node it leads to."""
    return Piece(
        TriggerNode(id=name, title=title, data=data),
        (Edge(source=name, branch=NEXT, target=first),),
    )


def node(name: str, title: str, data: Data, following: str = "", **ways: str) -> Piece:
    """A node, what follows it, and where its other branches lead; ``pick_a`` is its choice ``a``."""
    edges = [(NEXT, following)] if following else []
    edges += [(_branch(way), target) for way, target in ways.items()]
    led = tuple(Edge(source=name, branch=branch, target=target) for branch, target in edges)
    return Piece(Node(id=name, title=title, data=data), led)


_PICK = "pick_"


def _branch(way: str) -> str:
    return choice_branch(way.removeprefix(_PICK)) if way.startswith(_PICK) else way


def drawn(*pieces: Piece, settings: Settings = PLAIN) -> Graph:
    """The whole, arranged."""
    placed = [piece.placed for piece in pieces]
    return layout.arrange(
        Graph(
            triggers=tuple(one for one in placed if isinstance(one, TriggerNode)),
            nodes=tuple(one for one in placed if isinstance(one, Node)),
            edges=tuple(edge for piece in pieces for edge in piece.edges),
            settings=settings,
        )
    )


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
