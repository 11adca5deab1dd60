"""What the interpreter reads and returns: a run's state, what happened to it, and what it wants done next.

``interpreter.advance(graph, state, event, facts)`` is pure: the run in production and the test in the builder call it with
the same values and get the same path.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from domain.automations.contents import Content
from domain.automations.nodes import Data
from domain.calendars import Calendar

Value = str | bool
"""A saved answer: numbers are written-out decimals, dates ISO (as in ``domain.fields``)."""

MOST_STEPS = 200
"""Steps a run may take without a reply or a wait of at least a minute in between."""


AGAIN = "again"
"""Left by when an answer did not fit: the node asks once more, as the next step."""
SAVED = "saved"
"""Left by when an answer was written to the contact's field, as a step of its own after the answer."""
OVER = ""
"""Left by when the run ended there."""
INNER = frozenset({AGAIN, SAVED})
"""What a step may leave by that is no branch of a node."""


class WaitsFor(StrEnum):
    """What a waiting run waits for."""

    REPLY = "reply"
    TIME = "time"
    EFFECT = "effect"  # an activity is at work, or about to be
    CHILD = "child"  # another automation's end


NOT_LISTENING = (WaitsFor.TIME, WaitsFor.CHILD)
"""Waits in which messages are for other automations, also those that came just before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a run is. ``step`` counts what it did: the next step has this number, and effects carry it as their key.

    ``node`` is the node it is at; ``tries`` how often this node has asked again; ``streak`` the steps since the last reply or wait.
    ``until`` is when a wait ends. ``answers`` are its variables. ``seed`` makes its random choices. ``then`` is the branch to
    take once an answer is written to the contact's field.
    """

    seed: str
    node: str = ""
    step: int = 1
    waits: WaitsFor | None = None
    until: datetime | None = None
    tries: int = 0
    streak: int = 0
    then: str = ""
    answers: Mapping[str, Value]
    message: str | None = None
    """The id of the last inbound message it took, whose text and kind later nodes see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An inbound message as the interpreter sees it. ``payload`` is the id of the tapped button or row."""

    id: str
    kind: str = "text"
    text: str = ""
    payload: str = ""
    at: datetime
    latitude: str = ""
    longitude: str = ""
    media: str = ""
    """Our id of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The world at this moment, as far as pure nodes can ask. Groups and labels by id; field values as stored."""

    now: datetime
    zone: tzinfo
    our_zone: tzinfo
    language: str = ""
    fields: Mapping[str, Value]
    labels: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    consent: str = "unknown"
    window_until: datetime | None = None
    message: Message | None = None
    """The last inbound message the run took, or the one that started it."""
    spoken: Mapping[str, str] | None = None
    """Field values as messages say them in the contact's language, where that differs: days, decimals, yes and no."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """The working hours that its graph names, by id; the number's as ``conditions.CHANNEL``."""
    day: Callable[[str], str] = str
    """How messages say a day, given as ISO, in the contact's language."""


@dataclass(frozen=True, slots=True)
class Started:
    """The run begins at ``node``."""

    node: str


@dataclass(frozen=True, slots=True)
class Replied:
    """The customer wrote."""

    message: Message


@dataclass(frozen=True, slots=True)
class TimePassed:
    """It is ``facts.now``: a wait may be over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The effect of ``step`` ended: ``branch`` is where to go on, ``values`` are saved as answers.

    ``failure`` says why it failed, when ``branch`` is ``failed``: a code of ``domain.automations.reasons``.
    """

    step: int
    branch: str = "next"
    values: Mapping[str, Value] | None = None
    failure: str = ""


Event = Started | Replied | TimePassed | Done


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken: it entered ``node`` and, once known, left by ``branch``; ``reason`` is a code.

    A step is told of twice if it takes time, under the same number: with ``branch`` None when the run enters the node, and
    whole when it leaves.
    """

    step: int
    node: str
    type: str
    branch: str | None = None
    reason: str = ""
    detail: Mapping[str, Any] | None = None
    """Small values only (which keyword, which condition): what people wrote stays in ``messages``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Something to be done in the world, once for ``(run, step)``: the node's own data, with its texts filled in.

    ``ask`` marks the question of a User Reply (its content is ``contents``), asked again if ``tries`` of the state > 0.
    """

    step: int
    node: str
    data: Data
    contents: tuple[Content, ...] = ()


class Ending(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    GOAL = "goal"
    HANDED_OVER = "handed_over"
    FAILED = "failed"
    STOPPED = "stopped"  # by a person, or all of an automation at once
    OPTED_OUT = "opted_out"
    RESTARTED = "restarted"  # by a restart word
    REMOVED = "removed"  # its contact is gone
    MERGED = "merged"  # its contact was merged with another one, who was inside too


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """It is over; ``reason`` is a code of ``domain.automations.reasons`` where one is needed."""

    ending: Ending
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What follows from an event: the new state, the steps taken on the way, and at most one of effect and end.

    Neither: it waits (``state.waits``), or the event meant nothing to it (then ``state`` is as it was and ``steps`` empty).
    """

    state: State
    steps: tuple[Taken, ...] = ()
    effect: Effect | None = None
    ended: Ended | None = None
