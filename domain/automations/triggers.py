"""What starts an automation: one frozen class per kind of trigger, with filters, priority and re-entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from domain.automations.conditions import ALWAYS, CLOSED, Conditions, Hours
from domain.automations.nodes import Duration, MatchMode, Unit

A_DAY = Duration(amount=1, unit=Unit.DAYS)
"""The period of once a period, where none is set."""


class Entry(StrEnum):
    """How often the same contact may enter."""

    ALWAYS = "always"
    ONE_AT_A_TIME = "one_at_a_time"
    ONCE_A_PERIOD = "once_a_period"
    ONCE = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReEntry:
    """How often: per contact or, with ``key`` (a text with variables), per value of that key and contact."""

    rule: Entry = Entry.ONE_AT_A_TIME
    period: Duration | None = None
    key: str = ""


ONE_AT_A_TIME = ReEntry()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerData:
    """What every trigger has: the numbers it listens on (none: all), filters, and priority (higher wins)."""

    TYPE: ClassVar[str]
    channels: tuple[str, ...] = ()
    filters: Conditions = ALWAYS
    hours: Hours = CLOSED
    """The working hours of filters by hours."""
    priority: int = 0
    entry: ReEntry = ONE_AT_A_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTrigger(TriggerData):
    """Any message; ``kinds`` narrows it (text, image, audio, …)."""

    TYPE = "message"
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordTrigger(TriggerData):
    """A message with one of these words; ``languages`` narrows it to contacts who speak one of them."""

    TYPE = "keyword"
    words: tuple[str, ...] = ()
    mode: MatchMode = MatchMode.WORD
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonTrigger(TriggerData):
    """A tap on a button or list row with one of these payloads (or titles)."""

    TYPE = "button"
    payloads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstMessageTrigger(TriggerData):
    """The first message of a new conversation, or the first after ``quiet``."""

    TYPE = "first_message"
    quiet: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReplyTrigger(TriggerData):
    """A reply to one of these campaigns; to any, if none is named."""

    TYPE = "campaign_reply"
    campaigns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTrigger(TriggerData):
    """A label was put on the conversation."""

    TYPE = "label_added"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTrigger(TriggerData):
    """The contact was put into a group."""

    TYPE = "group_added"
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTrigger(TriggerData):
    """A field of the contact changed; with ``value``, to this value."""

    TYPE = "field_changed"
    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptInTrigger(TriggerData):
    """The contact allowed marketing."""

    TYPE = "opted_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTrigger(TriggerData):
    """The 24-hour window is about to close (``lead`` before), or closed (no lead)."""

    TYPE = "window"
    lead: Duration | None = None


class Timing(StrEnum):
    """When a time trigger fires."""

    ONCE = "once"  # moment
    CALENDAR = "calendar"  # every, on ``days``, at ``clock``
    FIELD = "field"  # ``offset`` days from the contact's date field, at ``clock``


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTrigger(TriggerData):
    """At a time, for everybody in ``groups`` (or all contacts, if ``everybody``) whom the filters let through.

    ``moment`` is local time (``"2026-12-24T09:00"``), ``clock`` is ``"09:00"``, both in ``zone`` as in ``Hours``.
    ``every``: ``day``; ``week`` on ``days`` (mon to sun); ``month`` on ``month_day`` (1 to 31, the last day if shorter).
    ``channel`` is the number that sends.
    """

    TYPE = "time"
    timing: Timing = Timing.ONCE
    moment: str = ""
    clock: str = "09:00"
    zone: str = ""
    every: Literal["day", "week", "month"] = "day"
    days: tuple[str, ...] = ()
    month_day: int = 1
    field: str = ""
    offset: int = 0
    groups: tuple[str, ...] = ()
    everybody: bool = False
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookValue:
    """A value taken from a payload: ``path`` as in ``order.items[0].name``, saved under ``save_as``."""

    path: str = ""
    save_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTrigger(TriggerData):
    """Another system calls the trigger's own secret address.

    ``phone_path`` says where in the JSON the person's number stands; who is unknown becomes a contact if ``create``,
    with the name at ``name_path``. ``country`` (ISO) reads numbers without a country code. ``channel`` is the number that sends.
    """

    TYPE = "webhook"
    phone_path: str = "phone"
    name_path: str = ""
    country: str = ""
    create: bool = False
    values: tuple[HookValue, ...] = ()
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualTrigger(TriggerData):
    """By hand for chosen contacts, or through the API. ``channel`` is the number that sends unless one is named."""

    TYPE = "manual"
    channel: str = ""


Trigger = (
    MessageTrigger | KeywordTrigger | ButtonTrigger | FirstMessageTrigger | CampaignReplyTrigger | LabelTrigger
    | GroupTrigger | FieldTrigger | OptInTrigger | WindowTrigger | TimeTrigger | WebhookTrigger | ManualTrigger
)  # fmt: skip

TYPES: Mapping[str, type[Trigger]] = {
    kind.TYPE: kind
    for kind in (
        MessageTrigger, KeywordTrigger, ButtonTrigger, FirstMessageTrigger, CampaignReplyTrigger, LabelTrigger,
        GroupTrigger, FieldTrigger, OptInTrigger, WindowTrigger, TimeTrigger, WebhookTrigger, ManualTrigger,
    )
}  # fmt: skip
"""Every kind of trigger by its stored name."""

BY_MESSAGE = (
    MessageTrigger,
    KeywordTrigger,
    ButtonTrigger,
    FirstMessageTrigger,
    CampaignReplyTrigger,
)
"""Started by an inbound message: at most one of them wins."""
