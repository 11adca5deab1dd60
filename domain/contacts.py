"""Contacts: their fields, the filters of their list, and what their text may contain."""

import re
import sys
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from domain.consent import Standing, standing
from domain.errors import Invalid
from domain.sentences import Sentence

FIRST_NAME = "name:first"
LAST_NAME = "name:last"
"""Halves of a person's name, which is stored whole; custom field keys have no colon."""

BUILT_IN_FIELDS = ("name", FIRST_NAME, LAST_NAME, "phone", "language")
"""Contact columns that a template variable may use, besides custom field keys."""


def called(place: str) -> Sentence:
    """What people call a built-in place of a contact's data."""
    return Sentence(f"built_in.{place}")


NAME_LIMIT = 200
TEXT_LIMIT = 2000
PAGE_LIMIT = 200
SELECTION_LIMIT = 1000


class FieldType(StrEnum):
    """Types of a custom field."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOL = "bool"
    ENUM = "enum"


class ImportStatus(StrEnum):
    """Stages of an import."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    PREVIEWED = "previewed"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class SortOrder(StrEnum):
    """How a list of contacts is ordered."""

    NEWEST = "newest"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of contacts; ``members`` is None when not counted."""

    id: UUID
    name: str
    members: int | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field the team added; ``options`` are an enum's choices."""

    key: str
    label: str
    type: FieldType
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """One person, with everything the list and the detail page show."""

    id: UUID
    phone: str | None
    name: str
    language: str | None
    timezone: str | None
    fields: dict[str, Any]
    source: str
    marketing_opt_out_at: datetime | None
    blocked_at: datetime | None
    created_at: datetime
    updated_at: datetime
    groups: tuple[Group, ...] = ()
    marketing_agreed_at: datetime | None = None

    @property
    def consent(self) -> Standing:
        """Whether the person stopped marketing, agreed to it, or was never asked."""
        return standing(
            opted_out=self.marketing_opt_out_at is not None,
            agreed=self.marketing_agreed_at is not None,
        )

    @property
    def title(self) -> str:
        """What to call the person: the name, else the number."""
        return self.name or self.phone or "?"


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts: by part of a name or number, group, or consent."""

    search: str = ""
    group_id: UUID | None = None
    opted_out: bool | None = None
    consent: Standing | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it matches everybody."""
        nothing = (self.group_id, self.opted_out, self.consent) == (None, None, None)
        return nothing and not self.search


@dataclass(frozen=True, slots=True)
class Selection:
    """The contacts ticked, or everyone matching the filter if ``ids`` is None."""

    ids: tuple[UUID, ...] | None = None
    filter: ContactFilter = field(default_factory=ContactFilter)


@dataclass(frozen=True, slots=True)
class ContactPage:
    """One page of a list and the cursors to its neighbours; ``whole`` if it is the entire list."""

    items: list[Contact]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    whole: bool = False


UNSEEN = frozenset("\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make two texts look alike or reorder what follows them: zero width, and overrides of direction.

The joiners U+200C and U+200D stay: Persian, Hindi and emoji are written with them.
"""


def clean_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """One line of text without control characters, lone surrogates, doubled spaces or invisible tricks."""
    if not text.isprintable():
        text = "".join(
            " " if char.isspace() else char
            for char in text
            if char.isspace()
            or (unicodedata.category(char) not in {"Cc", "Cs", "Cn"} and char not in UNSEEN)
        )
    text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())[:limit].rstrip()


def typed(text: str, limit: int, field: str) -> str:
    """A line that somebody wrote, as it is stored; Invalid where it is too long: nothing is cut off unseen."""
    cleaned = clean_text(text, sys.maxsize)
    if len(cleaned) > limit:
        raise Invalid("value_long", field=field, most=limit)
    return cleaned


def clean_name(text: str) -> str:
    """A person's name as it is stored."""
    return clean_text(text, NAME_LIMIT)


_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|[A-Za-z]{4}))?")


def parse_language(text: str) -> str | None:
    """``pt-br`` as WhatsApp writes it, ``pt_BR``; None when empty."""
    text = text.strip()
    if not text:
        return None
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        raise Invalid("language_invalid", field="language")
    language, country = found.groups()
    if not country:
        return language.lower()
    return f"{language.lower()}_{country.upper() if len(country) == 2 else country.title()}"


@cache
def timezones() -> frozenset[str]:
    """Every name of a time zone; finding them reads hundreds of files."""
    return frozenset(available_timezones())


def parse_timezone(text: str) -> str | None:
    """An IANA timezone name; None when empty."""
    text = text.strip()
    if not text:
        return None
    if text not in timezones():
        raise Invalid("timezone_invalid", field="timezone")
    return text
