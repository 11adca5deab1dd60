"""Imports: their options and column targets, their counts, and the errors of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.contacts import FieldType, ImportStatus
from domain.errors import Invalid
from domain.fields import DateOrder
from domain.numbering import Written
from domain.phone import Phone
from domain.sentences import Sentence

COLUMN_LIMIT = 500
FILE_ROW_LIMIT = 1_000_000  # per file, and per sheet
KEPT_ERRORS = 1000  # problem rows kept for download; all of them are counted

CONSENT_UNCLEAR = "consent_unclear"
SKIP = ""
FIELD = "field:"
NEW = "new:"


class Target(StrEnum):
    """Built-in targets of a column; custom fields are ``field:<key>`` or ``new:<type>``."""

    PHONE = "phone"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    LANGUAGE = "language"
    TIMEZONE = "timezone"
    CONSENT = "consent"


class UpdatePolicy(StrEnum):
    """What happens to a contact that already exists."""

    FILL = "fill_empty"
    OVERWRITE = "overwrite"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read the file and what to do with its rows; stored as JSON.

    ``header_line`` is where the table begins below any titles; 0 is the first row that is not blank. ``sheets`` are a
    workbook's visible, non-empty sheets; hidden ones are not read.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    has_header: bool = True
    headers: list[str] = field(default_factory=list)
    size: int = 0
    header_line: int = 0
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: list[str] = field(default_factory=list)
    default_region: str = ""
    written: Written = Written.UNSAID
    policy: UpdatePolicy = UpdatePolicy.FILL
    date_order: DateOrder = DateOrder.DAY_FIRST
    group_ids: list[UUID] = field(default_factory=list)
    new_group: str = ""
    agreed: bool = False
    """The person importing a file without a consent column says that everybody agreed to marketing."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return {**asdict(self), "group_ids": [str(group_id) for group_id in self.group_ids]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ImportOptions":
        """The options in a JSON column; names from other releases are ignored."""
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        values["written"] = Written(values.get("written", Written.UNSAID))
        values["policy"] = UpdatePolicy(values.get("policy", UpdatePolicy.FILL))
        values["date_order"] = DateOrder(values.get("date_order", DateOrder.DAY_FIRST))
        values["group_ids"] = [UUID(group_id) for group_id in values.get("group_ids", [])]
        return cls(**values)


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What happened, or would happen, to the rows: the parts sum to ``rows``.

    ``unclear`` rows have a number that could be read in more than one way. ``countries`` counts people by ISO code;
    ``surprising`` are those that suggest a misread column. ``partial`` rows are imported without a value that does not
    fit its field. ``reasons`` are the code, an example sentence, the number of rows, and whether these rows are
    imported anyway. ``done`` of ``total`` bytes of the file are read while the import runs. ``left_alone`` people had
    opted out before, which the file does not lift; ``consent_unclear`` people gave an answer that we cannot read.
    """

    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    invalid: int = 0
    unclear: int = 0
    grouped: int = 0
    partial: int = 0
    reasons: list[tuple[str, str, int, bool]] = field(default_factory=list)
    dry_run: bool = False
    done: int = 0
    total: int = 0
    countries: dict[str, int] = field(default_factory=dict)
    surprising: list[str] = field(default_factory=list)
    agreed: int = 0
    opted_out: int = 0
    left_alone: int = 0
    consent_unclear: int = 0

    @property
    def not_asked(self) -> int:
        """People for whom the file says nothing about marketing."""
        said = self.agreed + self.opted_out + self.left_alone + self.consent_unclear
        return max(0, self.importable - said)

    @property
    def importable(self) -> int:
        """Rows that become or match a contact."""
        return self.new + self.updated + self.unchanged

    @property
    def with_problems(self) -> int:
        """Rows listed with what is wrong with them."""
        return self.invalid + self.unclear + self.duplicate + self.partial

    @property
    def percent(self) -> int:
        """How much of the file has been read."""
        return 100 * self.done // self.total if self.total else 0

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ImportCounts":
        """The counts in a JSON column."""
        known = {item.name for item in fields(cls)}
        found = {name: value for name, value in stored.items() if name in known}
        found["reasons"] = [tuple(reason) for reason in found.get("reasons", [])]
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Import:
    """One import as pages and the API show it."""

    id: UUID
    file_name: str
    file_path: str
    status: ImportStatus
    options: ImportOptions
    mapping: list[str]
    counts: ImportCounts
    error: str | None
    created_at: Any
    finished_at: Any
    user_name: str = ""
    user_id: UUID | None = None


@dataclass(slots=True)  # not frozen: there is one per row, and freezing doubles its cost
class StagedRow:
    """One valid row; None keeps what a contact already has; ``raw`` is the row as a JSON list.

    ``opt_out`` is False if the person agreed to marketing, None if nobody asked.

    With a ``doubt``, the number is the reading without a country code, ``other`` the one with it.
    """

    line: int
    phone: str
    phone_key: str
    name: str | None
    language: str | None
    timezone: str | None
    fields: dict[str, Any]
    opt_out: bool | None
    raw: str
    region: str = ""
    doubt: str | None = None
    other: Phone | None = None
    notes: "tuple[RowError, ...]" = ()


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row, or one cell of it, was not imported; ``raw`` is the row as a JSON list.

    ``imported``: the row became a contact anyway, without this value. It is no ``cause`` when the row is left out for
    another reason.
    """

    line: int
    column: str
    code: str
    why: Sentence
    raw: str
    imported: bool = False
    cause: bool = True

    @property
    def reason(self) -> tuple[str, bool, str]:
        """What rows are counted by: each sentence that names a field or cell is a separate reason."""
        own = self.why.packed() if self.code.startswith(("field_", CONSENT_UNCLEAR)) else ""
        return self.code, self.imported, own

    @property
    def sentence(self) -> Sentence:
        """What is wrong, prefixed with the column; sentences about a field already name it."""
        if not self.column or self.code.startswith("field_"):
            return self.why
        return Sentence("row_column", column=self.column, problem=self.why)


def _check_target(target: str, keys: frozenset[str]) -> None:
    if target.startswith(FIELD):
        known = target.removeprefix(FIELD) in keys
    elif target.startswith(NEW):
        known = target.removeprefix(NEW) in set(FieldType) - {FieldType.ENUM}
    else:
        known = target == SKIP or target in set(Target)
    if not known:
        raise Invalid("mapping_target", field="mapping", target=target[:60])


def check_mapping(mapping: Sequence[str], width: int, keys: frozenset[str]) -> None:
    """Raise Invalid unless every column has a known target, phone has one, and none has two."""
    if len(mapping) != width:
        raise Invalid("mapping_width", field="mapping", width=width, length=len(mapping))
    seen: set[str] = set()
    for target in mapping:
        _check_target(target, keys)
        if target in seen:
            raise Invalid("mapping_twice", field="mapping")
        if target != SKIP and not target.startswith(NEW):
            seen.add(target)
    if Target.PHONE not in seen:
        raise Invalid("mapping_phone", field="mapping")
