"""Follow a run through a graph, with its effects done as soon as it asks for them."""

from collections.abc import Iterable
from dataclasses import replace

from domain.automations import interpreter
from domain.automations.graphs import Graph
from domain.automations.states import (
    Advance,
    Done,
    Event,
    Facts,
    Message,
    Replied,
    Started,
    TimePassed,
)
from tests.graphs import (
    facts,
)

TICK = TimePassed()


def started(graph: Graph, now: Facts | None = None) -> Advance:
    state = interpreter.begin(graph, "run")
    return interpreter.advance(graph, state, Started(state.node), now or facts())


def after(graph: Graph, events: Iterable[Event | Message], now: Facts | None = None) -> Advance:
    """What follows the last of these events; effects are done in between."""
    found = settled(graph, started(graph, now), now)
    for event in events:
        given = Replied(event) if isinstance(event, Message) else event
        found = settled(graph, interpreter.advance(graph, found.state, given, now or facts()), now)
    return found


def settled(graph: Graph, found: Advance, now: Facts | None = None) -> Advance:
    while found.effect is not None:
        done = Done(step=found.effect.step)
        more = interpreter.advance(graph, found.state, done, now or facts())
        found = replace(more, steps=(*found.steps, *more.steps))
    return found


def branches(found: Advance) -> list[tuple[str, str]]:
    return [(step.node, step.branch) for step in found.steps if step.branch is not None]
