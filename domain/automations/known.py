"""What exists around an automation, as far as its checks need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from domain.automations.matching import Happening
from domain.automations.triggers import Trigger
from domain.contacts import FieldType
from domain.sentences import Sentence

BUILT_IN = ("name", "first_name", "last_name", "phone", "language", "timezone")
"""What texts and conditions may say of any contact, besides custom fields."""

SETTABLE = ("name", "language", "timezone")
"""What an automation may set of any contact, besides custom fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVersion:
    """A template in one language: why it cannot be sent, if so, and the slots it needs filled, by key with their names."""

    slots: Mapping[str, Sentence] = field(default_factory=dict)
    problem: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTemplate:
    """A template that is there, in all its languages."""

    languages: Mapping[str, KnownVersion]
    marketing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAutomation:
    """Another automation that acts: its triggers, and what its nodes do that triggers hear."""

    name: str
    triggers: tuple[Trigger, ...]
    does: tuple[Happening, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Ids of everything an automation can name; templates by name, custom fields by key.

    ``starts`` says for each automation which others its version that acts starts; ``itself`` is the one being checked.
    ``acting`` are those that act on what nodes change, by id.
    ``files`` has the types of the files it names that are here, by SHA-256.
    ``local_calls``: requests may go to the own network, where plain http is common.
    """

    now: datetime
    zone: tzinfo
    itself: str = ""
    templates: Mapping[str, KnownTemplate]
    fields: Mapping[str, FieldType]
    labels: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    automations: frozenset[str] = frozenset()
    starts: Mapping[str, frozenset[str]]
    acting: Mapping[str, KnownAutomation] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    local_calls: bool = False
