"""Small builders of automations: graphs from a few words, facts, and messages of customers."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from domain.automations.contents import Button, Buttons, List, Row, Text
from domain.automations.graphs import PLAIN, Edge, Graph, Node, Settings, TriggerNode
from domain.automations.nodes import (
    NEXT,
    AnswerType,
    CustomReply,
    Data,
    Duration,
    TimeGap,
    Unit,
    UserReply,
)
from domain.automations.states import Facts, Message, Value
from domain.automations.triggers import KeywordTrigger, ManualTrigger, Trigger

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""A Monday."""

MADRID = ZoneInfo("Europe/Madrid")


def graph(
    nodes: Mapping[str, Data],
    *edges: str,
    triggers: Mapping[str, Trigger] | None = None,
    settings: Settings = PLAIN,
) -> Graph:
    """A graph from nodes by id and edges as ``"ask.choice:yes > thanks"``; without a branch it is ``next``.

    Without triggers there is one by hand, ``start``, that leads to the first node.
    """
    sources = triggers or {"start": ManualTrigger()}
    lines = [_edge(line) for line in edges]
    led = {edge.source for edge in lines}
    first = next(iter(nodes), None)
    if first is not None:
        lines += [Edge(source=one, branch=NEXT, target=first) for one in sources if one not in led]
    return Graph(
        triggers=tuple(
            TriggerNode(id=one, title=one, data=data, x=0, y=200 * at)
            for at, (one, data) in enumerate(sources.items())
        ),
        nodes=tuple(
            Node(id=one, title=one, data=data, x=300 * (at + 1), y=0)
            for at, (one, data) in enumerate(nodes.items())
        ),
        edges=tuple(lines),
        settings=settings,
    )


def _edge(line: str) -> Edge:
    left, _, target = (part.strip() for part in line.partition(">"))
    source, _, branch = left.partition(".")
    return Edge(source=source, branch=branch or NEXT, target=target)


def chain(*steps: Data, triggers: Mapping[str, Trigger] | None = None) -> Graph:
    """Nodes ``n1``, ``n2``, … one after the other; after a User Reply by ``answered``."""
    nodes = {f"n{at}": data for at, data in enumerate(steps, 1)}
    edges = [
        f"n{at}.{'answered' if isinstance(data, UserReply) else NEXT} > n{at + 1}"
        for at, data in enumerate(steps[:-1], 1)
    ]
    return graph(nodes, *edges, triggers=triggers)


def on_word(*words: str) -> Mapping[str, Trigger]:
    """A keyword trigger, ``start``."""
    return {"start": KeywordTrigger(words=words)}


def say(*texts: str) -> CustomReply:
    """Send these texts."""
    return CustomReply(messages=tuple(Text(text=text) for text in texts))


def ask(text: str = "How many?", accepts: AnswerType = AnswerType.ANY, **more: Any) -> UserReply:
    """Ask a question that is answered in words."""
    return UserReply(ask=Text(text=text), accepts=accepts, **more)


def offer(text: str, *titles: str, **more: Any) -> UserReply:
    """Ask with buttons; a button's id is its title in lower case."""
    buttons = tuple(Button(id=title.lower(), title=title) for title in titles)
    return UserReply(ask=Buttons(text=text, buttons=buttons), **more)


def offer_list(text: str, *titles: str, **more: Any) -> UserReply:
    """Ask with a list; a row's id is its title in lower case."""
    rows = tuple(Row(id=title.lower(), title=title) for title in titles)
    return UserReply(ask=List(text=text, button="Choose", rows=rows), **more)


def wait(amount: int, unit: Unit = Unit.HOURS) -> TimeGap:
    """Wait so long."""
    return TimeGap(wait=Duration(amount=amount, unit=unit))


def facts(now: datetime = NOW, *, zone: tzinfo = UTC, our_zone: tzinfo = UTC, **more: Any) -> Facts:
    """The world at a moment, with an open window and a contact named Ana unless told otherwise."""
    fields: Mapping[str, Value] = {"name": "Ana Silva", "phone": "+34600000001"}
    given: dict[str, Any] = (
        {
            "now": now, "zone": zone, "our_zone": our_zone, "language": "en", "fields": fields,
            "window_until": now + timedelta(hours=24),
        }
        | more
    )  # fmt: skip
    return Facts(**given)


def wrote(
    text: str = "", *, kind: str = "text", id: str = "m1", at: datetime = NOW, **more: str
) -> Message:
    """A message of the customer."""
    return Message(id=id, kind=kind, text=text, at=at, **more)


def tapped(choice: str, title: str = "", *, id: str = "m1", at: datetime = NOW) -> Message:
    """A tap on a button or row."""
    return Message(id=id, kind="interactive", text=title or choice, payload=choice, at=at)
