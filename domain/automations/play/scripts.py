"""What a test plays: who takes part, how it begins, and what is done in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.automations.nodes import AN_HOUR, Duration
from domain.automations.states import Value

MOST_ACTIONS = 500
"""The most a test does; more is not played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """The customer writes."""

    kind: Literal["write"] = "write"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """The customer taps a button or row of the last message that has it; ``choice`` is its id, or a template button's text."""

    kind: Literal["tap"] = "tap"
    choice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """The customer sends something else than text; ``text`` is its caption, or the emoji of a reaction."""

    kind: Literal["send"] = "send"
    what: Literal[
        "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction", "order", "unsupported"
    ] = "image"  # fmt: skip
    text: str = ""
    latitude: str = "40.4168"
    longitude: str = "-3.7038"


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """The clock goes on by so much."""

    kind: Literal["jump"] = "jump"
    by: Duration = AN_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpTo:
    """The clock goes on to a moment; it never goes back."""

    kind: Literal["jump_to"] = "jump_to"
    moment: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NextWait:
    """The clock goes on until the wait of the moment ends."""

    kind: Literal["next_wait"] = "next_wait"


Action = Write | Tap | Send | Jump | JumpTo | NextWait


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The customer of the test. ``zone`` is an IANA name, or empty for ours; labels and groups by id."""

    fields: Mapping[str, Value] | None = None
    labels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    zone: str = ""
    language: str = ""
    consent: Literal["allowed", "stopped", "unknown"] = "unknown"


ANYBODY = Person()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayIn:
    """A test. It begins at ``node``, else after ``trigger``, else where a start by hand begins.

    ``at`` is the moment it begins. ``message`` is what the customer wrote to start it: it opens the window, which else is
    open until ``window_until``. ``answers`` are variables it begins with, such as a webhook's values. ``our_zone`` is the
    installation's.
    """

    at: datetime
    trigger: str = ""
    node: str = ""
    person: Person = ANYBODY
    message: str = ""
    window_until: datetime | None = None
    answers: Mapping[str, Value] | None = None
    our_zone: str = "UTC"
    actions: tuple[Action, ...] = ()
