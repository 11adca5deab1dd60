"""The types in a table of sentences; each neighbouring file has those about one noun."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from domain.sentences import N_

__all__ = ["BY_FIELDS", "FIRST_FIELD", "N_", "Table", "counted"]


@dataclass(frozen=True, slots=True)
class Counted:
    """A sentence with a plural form, chosen by the parameter ``by``."""

    one: str
    many: str
    by: str


class Borrowed(Enum):
    """An error without its own words uses those of its fields."""

    FIRST_FIELD = "the first field's"
    BY_FIELDS = "those of every field, one after the other"


FIRST_FIELD = Borrowed.FIRST_FIELD
BY_FIELDS = Borrowed.BY_FIELDS

Words = str | Counted | Borrowed
Table = Mapping[str, Words]


def counted(one: str, many: str, by: str) -> Counted:
    """Mark a sentence with a plural form for translators."""
    return Counted(one, many, by)
