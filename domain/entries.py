"""Entries: people that a file or a program adds to one campaign, before they become recipients."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any

from domain.campaigns import Variable
from domain.contacts import FIRST_NAME, LAST_NAME, clean_text
from domain.headings import built_in, country_beside
from domain.numbering import Doubtful, Written
from domain.refusals import Refusal
from domain.sentences import N_, Sentence, Text
from domain.template_slots import Slot
from domain.variables import plain

COLUMN = "column:"
"""Prefix of a variable's field that names a column of the file instead of a contact field."""

ROW_LIMIT = 1_000_000
PUSH_LIMIT = 1000
"""The most recipients a program may add with one call."""

VALUE_LIMIT = 2000
ENTRIES_KEPT = timedelta(days=14)
"""How long after a campaign ends its file's rows can be downloaded and copied; the figures stay."""

_NAMES = {"name": "name", FIRST_NAME: "first_name", LAST_NAME: "last_name"}
DUPLICATE = "duplicate"
UNCLEAR = "unclear"
UNCLEAR_PROBLEMS = ("phone_unclear", "phone_two")
"""Problems of rows with a number that could belong to someone, but it is unclear to whom."""

INVALID = "invalid"
"""How every row without a usable number is counted; the entry itself keeps the exact problem."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a file as stored; ``problem`` is a stable code when it cannot get a message.

    ``doubtful`` digits stay unclear until the whole file has been read.
    """

    row: int
    phone: str
    phone_key: str | None
    values: dict[str, str]
    problem: str | None = None
    region: str = ""
    doubtful: Doubtful | None = None
    consent: str | None = None
    """What the file says about marketing: stop, agree or unclear; None where it says nothing."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """The file of a CSV campaign: how it was read, its number column, and the result.

    ``written`` is what a person said about numbers without a plus sign. ``countries`` counts people by ISO code;
    ``surprising`` are those that suggest a misread column.
    """

    file_name: str = ""
    columns: list[str] = field(default_factory=list)
    phone_column: str = ""
    name_column: str = ""
    surname_column: str = ""
    default_region: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    has_header: bool = True
    header_line: int = 0
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: list[str] = field(default_factory=list)
    rows: int = 0
    usable: int = 0
    invalid: int = 0
    unclear: int = 0
    duplicate: int = 0
    written: Written = Written.UNSAID
    countries: dict[str, int] = field(default_factory=dict)
    surprising: list[str] = field(default_factory=list)
    consent_column: str = ""
    unclear_consents: list[str] = field(default_factory=list)
    """Some of that column's texts that say neither yes nor no."""

    @property
    def left_out(self) -> int:
        """Rows that get no message."""
        return self.invalid + self.unclear + self.duplicate

    @property
    def country_column(self) -> str:
        """The column with the country of the number next to it; "" when there is none."""
        found = country_beside(self.columns, self.phone_column)
        return "" if found is None else self.columns[found]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "FileSource | None":
        """The file in a JSON column; None while there is none."""
        known = {item.name for item in fields(cls)}
        found = {name: value for name, value in stored.items() if name in known}
        if not found:
            return None
        return cls(**found | {"written": Written(found.get("written", Written.UNSAID))})


PENDING = "pending"
FAILED = "failed"
"""Keys of a campaign's source besides the file in use: one still to be read, and why one was not."""


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file for a worker to read or, without a path, a new choice of columns.

    ``source`` says how; ``done`` of ``total`` bytes are read so far.
    """

    id: str
    path: str
    source: FileSource
    size: int = 0
    user_id: str | None = None
    user_label: str = ""
    done: int = 0
    total: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "PendingFile | None":
        """The file waiting in a campaign's source; None when there is none."""
        found = dict(stored.get(PENDING) or {})
        if not found:
            return None
        source = FileSource.from_json(found.pop("source", {})) or FileSource()
        known = {item.name for item in fields(cls)}
        return cls(source=source, **{name: found[name] for name in found if name in known})

    @property
    def percent(self) -> int:
        """How much of the file has been read."""
        return 100 * self.done // self.total if self.total else 0


class PushStatus(StrEnum):
    """The result for one recipient that a program added."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    UNCLEAR = "unclear"
    VARIABLE_UNKNOWN = "variable_unknown"
    MISSING_VARIABLE = "missing_variable"
    WRONG_VARIABLE = "wrong_variable"
    OPTED_OUT = Refusal.OPTED_OUT.value
    NEVER_ASKED = "never_asked"
    CONTACT_BLOCKED = Refusal.CONTACT_BLOCKED.value
    US_MARKETING = Refusal.US_MARKETING.value


@dataclass(frozen=True, slots=True)
class Pushed:
    """The answer for one recipient; ``number`` is their place in the audience, None before launch."""

    index: int
    status: PushStatus
    phone: str | None = None
    number: int | None = None
    detail: Sentence | None = None


def column_of(variable: Variable) -> str | None:
    """The file column that fills a variable; None when a contact field or fixed text does."""
    return variable.field.removeprefix(COLUMN) if variable.field.startswith(COLUMN) else None


def unique_names(headers: Sequence[str]) -> list[str]:
    """Unique column names: a repeated one gets a number at the end."""
    taken: set[str] = set()
    names: list[str] = []
    for header in headers:
        name, number = header, 2
        while name in taken:
            name, number = f"{header} ({number})", number + 1
        taken.add(name)
        names.append(name)
    return names


def by_column(slots: Sequence[Slot], columns: Sequence[str]) -> dict[str, Variable]:
    """Variables named like a column, by slot key."""
    named = {plain(column): column for column in reversed(columns)}
    found = {slot.key: named.get(plain(slot.key.rpartition(".")[2])) for slot in slots}
    return {key: Variable(COLUMN + column) for key, column in found.items() if column}


def in_columns(guessed: Mapping[str, Variable], columns: Sequence[str]) -> dict[str, Variable]:
    """Guesses for a name from the file column that holds it."""
    named = {built_in(column): column for column in reversed(columns)}
    found = {key: named.get(_NAMES.get(guess.field, "-")) for key, guess in guessed.items()}
    return {
        key: Variable(COLUMN + column) if (column := found[key]) else guess
        for key, guess in guessed.items()
    }


def remapped(
    stored: Mapping[str, Mapping[str, str]], guessed: Mapping[str, Variable], columns: Sequence[str]
) -> dict[str, dict[str, str]]:
    """A draft's variables after a new file: a guess replaces an empty one or a lost column."""
    found = {key: dict(value) for key, value in stored.items()}
    for key, guess in guessed.items():
        present = Variable(**(found.get(key) or {}))
        column = column_of(present)
        empty = not present.field and not present.default
        if empty or (column is not None and column not in columns):
            found[key] = {"field": guess.field, "default": present.default or guess.default}
    return found


def variable_unknown(name: str, known: Sequence[str]) -> Sentence:
    """A template has no variable of that name, but these."""
    shown = ", ".join(known) or Text(N_("none"))
    return Sentence("variable_unknown", shown=clean_text(name, 60), known=shown)


def slot_names(slots: Sequence[Slot]) -> dict[str, str]:
    """What a program may call a variable: its slot key, or the key's last part if unique."""
    short = [slot.key.rpartition(".")[2] for slot in slots]
    alone = {
        name: slot.key for name, slot in zip(short, slots, strict=True) if short.count(name) == 1
    }
    return alone | {slot.key: slot.key for slot in slots}
