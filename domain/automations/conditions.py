"""Conditions over a contact, the answers of a run and the moment: used by nodes and as filters of triggers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Subject(StrEnum):
    """What a condition looks at; ``name`` says which field, answer, label or group."""

    FIELD = "field"  # name: the key of a contact's field; built-in ones too (name, phone, language, timezone)
    ANSWER = "answer"  # name: where a node saved an answer
    LABEL = "label"  # name: the label's id; on the conversation
    GROUP = "group"  # name: the group's id
    CONSENT = "consent"  # value: "allowed", "stopped" or "unknown"
    WINDOW = "window"  # whether free-form text may be sent now; value: "open" or "closed"
    HOURS = "hours"  # whether now lies in the working hours; value: "open" or "closed"
    DAY = "day"  # value: "mon" to "sun", in the installation's zone
    MESSAGE_KIND = "message_kind"  # of the last inbound message: text, image, button, …
    MESSAGE_TEXT = "message_text"  # the last inbound message


class Operator(StrEnum):
    """How the subject is compared with ``value``; texts are compared without case and accents."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    CONTAINS_NOT = "contains_not"
    STARTS_WITH = "starts_with"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    EMPTY = "empty"
    FILLED = "filled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison. ``value`` may hold variables; numbers and dates are compared as such where both sides are."""

    subject: Subject = Subject.FIELD
    name: str = ""
    operator: Operator = Operator.IS
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Conditions that must all hold, or of which one must."""

    match: Literal["all", "any"] = "all"
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Groups that must all hold, or of which one must; none at all always holds."""

    match: Literal["all", "any"] = "all"
    groups: tuple[Group, ...] = ()


ALWAYS = Conditions()
"""Holds for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Working hours: for each day, spans as ``"09:00-17:00"``; a day without an entry is closed.

    ``zone`` is an IANA name, ``"contact"`` for the contact's own, or ``""`` for the installation's. With a
    ``calendar`` its hours count instead of these: an id, or ``CHANNEL`` for that of the number.
    """

    days: Mapping[str, tuple[str, ...]] | None = None
    zone: str = ""
    calendar: str = ""


CHANNEL = "channel"
"""In place of a calendar's id: that of the number the conversation is on, or else the default."""

CLOSED = Hours()
"""No working hours are set."""
