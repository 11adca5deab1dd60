"""Turns a row of a file into a contact, or into the reasons why not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import orjson

from domain.consent_answers import said_in
from domain.contacts import CustomField, FieldType, clean_name, parse_language, parse_timezone
from domain.errors import Invalid
from domain.fields import DateOrder, free_key, parse_value
from domain.headings import asks_to_stop, country_beside
from domain.imports import (
    FIELD,
    NEW,
    SKIP,
    ImportOptions,
    RowError,
    StagedRow,
    Target,
)
from domain.numbering import Doubtful, Found, Written
from domain.sentences import Sentence
from services.imports.answers import named_answer, unclear
from services.imports.encodings import UNREADABLE
from services.imports.moments import MARK, exact, shown
from services.imports.reading import CELL_LIMIT, LINE_LIMIT, Record
from services.numbering.files import FileNumbers

RAW_LIMIT = 8000
_DATED = frozenset({FieldType.DATE, FieldType.DATETIME})
_NICE_TO_KNOW = frozenset({Target.LANGUAGE, Target.TIMEZONE, Target.CONSENT})
CACHED_CELLS = 4096

PROBLEMS: dict[str, Sentence] = {
    "unclosed_quote": Sentence("row_unclosed_quote"),
    "unreadable": Sentence("row_unreadable"),
    "cell_too_long": Sentence("row_cell_too_long", most=CELL_LIMIT),
    "row_too_long": Sentence("row_too_long", most=LINE_LIMIT),
    "extra_cells": Sentence("row_extra_cells"),
    "few_cells": Sentence("row_few_cells"),
    "undecodable": Sentence("undecodable"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """Where the cells of one column go."""

    index: int
    header: str
    target: str
    field: CustomField | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read every row of one file."""

    columns: tuple[Column, ...]
    width: int
    default_region: str | None
    date_order: DateOrder
    new_fields: tuple[CustomField, ...] = ()
    written: Written = Written.UNSAID
    agreed: bool = False
    """A teammate says that everybody in the file agreed to marketing."""

    country: int | None = None
    """The column with the country of the number next to it."""

    @property
    def says_consent(self) -> bool:
        """Whether the file, or the person importing it, says anything about consent."""
        return self.agreed or any(column.target == Target.CONSENT for column in self.columns)


def plan(
    mapping: Sequence[str], options: ImportOptions, custom_fields: Sequence[CustomField]
) -> Plan:
    """The plan for a checked mapping; ``new:<type>`` columns become fields with free keys."""
    known = {field.key: field for field in custom_fields}
    taken = set(known)
    columns: list[Column] = []
    created: list[CustomField] = []
    for index, target in enumerate(mapping):
        header = options.headers[index]
        if target == SKIP:
            continue
        field = known.get(target.removeprefix(FIELD)) if target.startswith(FIELD) else None
        if target.startswith(NEW):
            key = free_key(header, taken)
            taken.add(key)
            label = header[:80] or f"Column {index + 1}"
            field = CustomField(key, label, FieldType(target.removeprefix(NEW)))
            created.append(field)
        columns.append(Column(index, header or f"Column {index + 1}", target, field))
    region = options.default_region or None
    phone = options.headers[mapping.index(Target.PHONE)] if Target.PHONE in mapping else ""
    return Plan(
        tuple(columns), len(mapping), region, options.date_order, tuple(created), options.written,
        options.agreed and Target.CONSENT not in mapping,
        country_beside(options.headers, phone),
    )  # fmt: skip


@dataclass(slots=True)
class _Draft:
    """A row while its cells are read."""

    phone: Found | Doubtful | None = None
    country: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    language: str | None = None
    timezone: str | None = None
    opt_out: bool | None = None


Reader = Callable[[_Draft, dict[str, Any], str], None]


def _phone(numbers: FileNumbers) -> Reader:
    def read(draft: _Draft, _: dict[str, Any], cell: str) -> None:
        draft.phone = numbers.read(cell, draft.country)

    return read


def _name(attribute: str) -> Reader:
    def read(draft: _Draft, _: dict[str, Any], cell: str) -> None:
        setattr(draft, attribute, clean_name(cell))

    return read


def _language() -> Reader:
    parse = lru_cache(CACHED_CELLS)(parse_language)

    def read(draft: _Draft, _: dict[str, Any], cell: str) -> None:
        draft.language = parse(cell)

    return read


def _timezone(draft: _Draft, _: dict[str, Any], cell: str) -> None:
    draft.timezone = parse_timezone(cell)


def _consent(header: str) -> Reader:
    parse = lru_cache(CACHED_CELLS)(partial(said_in, asks_to_stop=asks_to_stop(header)))
    named = set[str]()

    def read(draft: _Draft, _: dict[str, Any], cell: str) -> None:
        said = parse(cell) if cell else None
        if said == "unclear":
            raise Invalid(unclear(named_answer(cell, named)))
        if said is not None:
            draft.opt_out = said == "stop"

    return read


def _custom(field: CustomField, order: DateOrder) -> Reader:
    # Cities, plans and days repeat throughout a file: most cells have been seen before.
    parse = lru_cache(CACHED_CELLS)(partial(parse_value, field, order=order))

    def read(_: _Draft, values: dict[str, Any], cell: str) -> None:
        value = parse(cell)
        if value is not None:
            values[field.key] = value

    return read


def _reader(column: Column, layout: Plan, numbers: FileNumbers) -> Reader:
    if column.field is not None:
        return _custom(column.field, layout.date_order)
    match Target(column.target):
        case Target.PHONE:
            return _phone(numbers)
        case Target.LANGUAGE:
            return _language()
        case Target.TIMEZONE:
            return _timezone
        case Target.CONSENT:
            return _consent(column.header)
        case name:
            return _name(name.value)


class RowReader:
    """Turns records into staged rows and errors by one plan; ``numbers`` resolves doubtful ones."""

    def __init__(self, layout: Plan) -> None:
        self._width = layout.width
        self._refuses = False if layout.agreed else None
        self.numbers = FileNumbers(layout.default_region, layout.written)
        self._country = layout.country
        self._needed = next(c.index for c in layout.columns if c.target == Target.PHONE)
        self._consent = next((c.index for c in layout.columns if c.target == Target.CONSENT), None)
        # One bad cell of optional data never excludes the person.
        self._readers = [
            (
                column.index,
                column.header,
                _reader(column, layout, self.numbers),
                exact if column.field and column.field.type in _DATED else shown,
                column.field is not None or column.target in _NICE_TO_KNOW,
            )
            for column in layout.columns
        ]

    def read(self, record: Record) -> StagedRow | list[RowError]:
        """The contact in a record, or every reason why there is none."""
        cells = record.cells
        if record.problem:
            return [_error(record, "", record.problem, PROBLEMS[record.problem])]
        if len(cells) > self._width and any(cell.strip() for cell in cells[self._width :]):
            return [_error(record, "", "extra_cells", PROBLEMS["extra_cells"])]
        if len(cells) <= self._needed:
            return [_error(record, "", "few_cells", PROBLEMS["few_cells"])]
        return self._contact(record)

    def _contact(self, record: Record) -> StagedRow | list[RowError]:
        cells = record.cells
        draft, values = _Draft(opt_out=self._refuses), dict[str, Any]()
        if self._country is not None and self._country < len(cells):
            draft.country = cells[self._country]
        problems, imported = list[RowError](), True
        width, whole = len(cells), "".join(cells)
        odd = UNREADABLE in whole or MARK in whole
        for index, header, read, text, optional in self._readers:
            cell = cells[index] if index < width else ""
            try:
                if odd and UNREADABLE in cell:
                    raise Invalid("undecodable")
                read(draft, values, text(cell) if odd else cell)
            except Invalid as invalid:
                problems.append(
                    _error(record, header, invalid.code, invalid.sentence, imported=optional)
                )
                imported = imported and optional
                if index == self._consent:  # an unclear answer is not consent
                    draft.opt_out = True
        if not imported or draft.phone is None:
            return [replace(one, imported=False, cause=not one.imported) for one in problems]
        return _staged(record, draft, draft.phone, values, tuple(problems))


def _staged(
    record: Record,
    draft: _Draft,
    read: Found | Doubtful,
    values: dict[str, Any],
    notes: tuple[RowError, ...],
) -> StagedRow:
    doubt: str | None = None
    if isinstance(read, Found):
        phone, other = read.phone, None
    else:
        phone, other, doubt = read.known, read.international, read.doubt.value
    name = draft.name or f"{draft.first_name} {draft.last_name}".strip()
    return StagedRow(
        line=record.line,
        phone=phone.e164,
        phone_key=phone.key,
        name=name or None,
        language=draft.language,
        timezone=draft.timezone,
        fields=values,
        opt_out=draft.opt_out,
        raw=raw(record.cells),
        notes=notes,
        region=phone.region,
        doubt=doubt,
        other=other,
    )


def _error(
    record: Record, header: str, code: str, why: Sentence, *, imported: bool = False
) -> RowError:
    return RowError(record.line, header, code, why, raw(record.cells), imported)


def raw(cells: Sequence[str]) -> str:
    """A row as a JSON list that fits a text column: NULs escaped, length limited."""
    text = orjson.dumps(cells).decode()
    if MARK in text or UNREADABLE in text:
        cells = [shown(cell).replace(UNREADABLE, "\ufffd") for cell in cells]
        text = orjson.dumps(cells).decode()
    if len(text) <= RAW_LIMIT:
        return text
    share = RAW_LIMIT // (2 * max(1, len(cells)))
    return orjson.dumps([cell[:share] for cell in cells]).decode()
