"""The nodes of an automation: one frozen class per type, and the branches that lead out of each.

Every field has a default, so that a half-drawn node is a node. Type names and branch names are stored and never change
once released.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from domain.automations.conditions import ALWAYS, CLOSED, Conditions, Hours
from domain.automations.contents import Content, choices

NEXT = "next"
FAILED = "failed"
"""Taken with the reason when a sending or calling node fails; without an edge there the run ends as failed."""
ANSWERED = "answered"
TIMEOUT = "timeout"
OTHER = "other"
"""An answer that fits nothing, after the last re-ask; or a text without any of the keywords."""
YES = "yes"
NO = "no"


def choice_branch(choice_id: str) -> str:
    """The branch of a button, row, keyword case or share."""
    return f"choice:{choice_id}"


class Unit(StrEnum):
    """Units of a wait; months and days follow the calendar, in the contact's zone."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """So many units, at least one."""

    amount: int = 1
    unit: Unit = Unit.HOURS


AN_HOUR = Duration()


class AnswerType(StrEnum):
    """What a User Reply accepts."""

    ANY = "any"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    EMAIL = "email"
    PHONE = "phone"
    CHOICE = "choice"
    MEDIA = "media"
    LOCATION = "location"


class MatchMode(StrEnum):
    """How a keyword meets a text; case and accents are ignored."""

    EXACT = "exact"
    WORD = "word"
    STARTS = "starts"
    CONTAINS = "contains"
    REGEX = "regex"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeData:
    """What the author of a node filled in."""

    TYPE: ClassVar[str]
    """The name it is stored under; its activity is ``automations.<type>``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTemplate(NodeData):
    """Send a template; the only message that may leave when the 24-hour window is closed.

    ``language`` is ``""`` for the contact's own, if the template has it, else the template's first one.
    ``values`` maps slot keys to texts with variables.
    """

    TYPE = "send_template"
    template: str = ""
    language: str = ""
    values: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomReply(NodeData):
    """Send up to five free-form messages, one after the other."""

    TYPE = "custom_reply"
    messages: tuple[Content, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserReply(NodeData):
    """Ask, or just wait, for the customer's reply.

    The answer is saved under ``save_as`` for later nodes, and in the contact's ``field`` if one is named. What is not of the
    ``accepts`` kind is asked for again with ``retry_text``, ``retries`` times. Buttons and rows of ``ask`` are branches.
    """

    TYPE = "user_reply"
    ask: Content | None = None
    accepts: AnswerType = AnswerType.ANY
    save_as: str = ""
    field: str = ""
    retries: int = 1
    retry_text: str = ""
    timeout: Duration | None = None


class Gap(StrEnum):
    """What a Time Gap waits for."""

    DURATION = "duration"  # wait, counted from here
    MOMENT = "moment"  # moment
    HOURS = "hours"  # the next moment inside ``hours``
    CLOCK = "clock"  # the next time a clock in ``zone`` shows ``clock``
    FIELD = "field"  # ``days`` from the date in the contact's ``field``, at ``clock`` in ``zone``


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeGap(NodeData):
    """Wait. A moment that has passed already waits no time.

    ``moment`` is local time in ``zone`` (``"2026-12-24T09:00"``), ``clock`` is ``"09:00"``; ``zone`` as in ``Hours``.
    """

    TYPE = "time_gap"
    until: Gap = Gap.DURATION
    wait: Duration = AN_HOUR
    moment: str = ""
    clock: str = "09:00"
    zone: str = "contact"
    hours: Hours = CLOSED
    field: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordCase:
    """A branch by keywords: the first case with a word that matches is taken."""

    id: str = ""
    words: tuple[str, ...] = ()
    mode: MatchMode = MatchMode.WORD


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordCatch(NodeData):
    """Branch by keywords in the customer's last message."""

    TYPE = "keyword_catch"
    cases: tuple[KeywordCase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(NodeData):
    """Branch by a condition, evaluated at once."""

    TYPE = "condition"
    when: Conditions = ALWAYS
    hours: Hours = CLOSED
    """The working hours of ``Subject.HOURS``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A branch that ``percent`` of the runs take."""

    id: str = ""
    title: str = ""
    percent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomSplit(NodeData):
    """Send each run one way at random; a run always takes the same way at the same step."""

    TYPE = "random_split"
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetField(NodeData):
    """Set a field of the contact; an empty value clears it."""

    TYPE = "set_field"
    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLabel(NodeData):
    """Put a label on the conversation, or take it off."""

    TYPE = "set_label"
    label: str = ""
    action: Literal["add", "remove"] = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGroup(NodeData):
    """Put the contact into a group, or take it out."""

    TYPE = "set_group"
    group: str = ""
    action: Literal["add", "remove"] = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(NodeData):
    """Write down that the customer allowed or stopped marketing."""

    TYPE = "consent"
    action: Literal["allow", "stop"] = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(NodeData):
    """Assign the conversation: to one person, or to the next of several in turn."""

    TYPE = "assign"
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(NodeData):
    """Leave the conversation to the team, with a note, and end."""

    TYPE = "hand_over"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteNote(NodeData):
    """Write a note for the team into the conversation; the customer never sees it."""

    TYPE = "note"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header of a request. ``{{secret.NAME}}`` in its value stands for a secret of the installation."""

    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A value taken from a JSON answer: ``path`` as in ``data.items[0].id``, saved under ``save_as``."""

    path: str = ""
    save_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest(NodeData):
    """Call a web address; an answer outside 200 to 299 is a failure after the last retry.

    ``recorded`` is the answer the builder's test plays instead of calling, as JSON text.
    """

    TYPE = "http_request"
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: str = ""
    headers: tuple[Header, ...] = ()
    body: str = ""
    timeout_s: int = 10
    retries: int = 2
    picks: tuple[Pick, ...] = ()
    recorded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAutomation(NodeData):
    """Start another automation for the same contact, and wait for its end or not."""

    TYPE = "start_automation"
    automation: str = ""
    wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal(NodeData):
    """The automation reached what it is for, and ends."""

    TYPE = "goal"
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class End(NodeData):
    """The automation ends."""

    TYPE = "end"


Data = (
    SendTemplate | CustomReply | UserReply | TimeGap | KeywordCatch | Branch | RandomSplit | SetField
    | SetLabel | SetGroup | Consent | Assign | HandOver | WriteNote | HttpRequest | StartAutomation | Goal | End
)  # fmt: skip

TYPES: Mapping[str, type[Data]] = {
    kind.TYPE: kind
    for kind in (
        SendTemplate, CustomReply, UserReply, TimeGap, KeywordCatch, Branch, RandomSplit, SetField, SetLabel,
        SetGroup, Consent, Assign, HandOver, WriteNote, HttpRequest, StartAutomation, Goal, End,
    )
}  # fmt: skip
"""Every type of node by its stored name, in the order of the palette."""

PURE = (KeywordCatch, Branch, RandomSplit)
"""Decided by the interpreter alone, without an activity."""

LAST = (HandOver, Goal, End)
"""Nothing follows them."""


def branches(data: Data) -> tuple[str, ...]:
    """The branches that lead out of a node, in the order they are drawn."""
    match data:
        case KeywordCatch():
            return (*(choice_branch(case.id) for case in data.cases), OTHER)
        case Branch():
            return (YES, NO)
        case RandomSplit():
            return tuple(choice_branch(share.id) for share in data.shares)
        case UserReply():
            return _of_reply(data)
        case HandOver() | Goal() | End():
            return ()
        case (
            SendTemplate()
            | CustomReply()
            | HttpRequest()
            | StartAutomation()
            | SetField()
            | SetLabel()
            | SetGroup()
            | Assign()
        ):
            return (NEXT, FAILED)
        case _:
            return (NEXT,)


def _of_reply(data: UserReply) -> tuple[str, ...]:
    offered = tuple(choice_branch(choice.id) for choice in choices(data.ask))
    typed = () if offered and data.accepts in {AnswerType.ANY, AnswerType.CHOICE} else (ANSWERED,)
    late = () if data.timeout is None else (TIMEOUT,)
    other = () if data.accepts is AnswerType.ANY and not offered else (OTHER,)
    failed = () if data.ask is None else (FAILED,)
    return (*offered, *typed, *other, *late, *failed)
