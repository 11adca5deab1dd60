"""What a test shows: the conversation, the way through the graph, and how things stand at its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from domain.automations.contents import Content
from domain.automations.states import Ended, Value, WaitsFor


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the conversation: a message of ours or the customer's, or an event between them.

    Ours has ``content``, or ``template`` (its name) with ``detail`` as the values of its slots; ``failed`` says why it did not
    leave. The customer's has its ``kind`` and ``text``. Of an event ``kind`` is the node's type, or ``jumped``,
    ``restarted``, ``stopped``, ``unheard`` (no run waits for it yet), and ``detail`` what it did.
    """

    at: datetime
    side: Literal["us", "customer", "event"]
    kind: str
    node: str = ""
    step: int = 0
    text: str = ""
    content: Content | None = None
    template: str = ""
    failed: str = ""
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lit:
    """A step the test took: when it entered the node, and by which branch it left; None: it is still there."""

    step: int
    node: str
    type: str
    branch: str | None
    reason: str
    at: datetime
    left_at: datetime | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayProblem:
    """Something the author should know about the test: ``code``, and the node it concerns.

    ``no_recorded``: a request has no recorded answer. ``no_such_choice``: nothing to tap by that name. ``nothing_waits``: no
    wait to jump to. ``too_long``: the rest was not played. ``after_end``: the run was over.
    """

    code: str
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOut:
    """The test after its last action. ``edges`` are ``(source, branch)``, in the order they were taken."""

    lines: tuple[Line, ...]
    lit: tuple[Lit, ...]
    edges: tuple[tuple[str, str], ...]
    answers: Mapping[str, Value]
    fields: Mapping[str, Value]
    labels: frozenset[str]
    groups: frozenset[str]
    consent: str
    now: datetime
    node: str
    waits: WaitsFor | None
    until: datetime | None
    window_until: datetime | None
    window_open: bool
    ended: Ended | None
    problems: tuple[PlayProblem, ...]
