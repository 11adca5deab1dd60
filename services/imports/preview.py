"""Between upload and import: view rows, change how they are read, see what they become."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.columns import candidates
from domain.contacts import CustomField, ImportStatus, called, clean_text, typed
from domain.errors import Conflict, Invalid, NotFound
from domain.fields import guess_order, infer_type
from domain.headings import built_in, country_beside, plain
from domain.imports import (
    CONSENT_UNCLEAR,
    NEW,
    SKIP,
    Import,
    ImportOptions,
    RowError,
    StagedRow,
    Target,
    check_mapping,
)
from domain.mappings import detect_mapping
from domain.numbering import Doubt, Written
from domain.sentences import Sentence
from services import phones
from services.contacts.groups import NAME_LIMIT as GROUP_LIMIT
from services.imports import run, tables
from services.imports.country import CountryQuestion, question
from services.imports.dialects import DELIMITERS
from services.imports.encodings import is_encoding
from services.imports.moments import exact, shown
from services.imports.rows import RowReader, plan
from services.numbering.files import FileNumbers
from store import fields, groups
from store.imports import records

SHOWN_ROWS = 8


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column in the mapping step: name, some cells, target, and a type for a new field."""

    index: int
    header: str
    samples: list[str]
    target: str
    new_target: str
    cells: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PhoneCandidate:
    """A column that may hold the phone: some values, and their countries."""

    header: str
    samples: list[str]
    regions: list[str]
    index: int


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as it would be imported, or why not; ``agreed`` is None if nobody asked.

    ``notes`` are the values it would lack; ``unclear``: its answer about marketing is unclear.
    """

    line: int
    phone: str
    name: str
    values: dict[str, Any]
    problems: list[Sentence]
    region: str = ""
    agreed: bool | None = None
    notes: tuple[Sentence, ...] = ()
    unclear: bool = False


async def get(session: AsyncSession, import_id: UUID) -> Import:
    """The import; raises NotFound."""
    record = await records.get(session, import_id)
    if record is None:
        raise NotFound("import_not_found")
    return record


async def get_open(session: AsyncSession, import_id: UUID) -> Import:
    """An import that can still be changed; raises Conflict."""
    record = await get(session, import_id)
    if record.status in run.UNDER_WAY:
        raise Conflict("import_started")
    return record


async def columns(record: Import, data_dir: Path) -> list[ColumnView]:
    """The columns of the file with their first cells."""
    seen = await tables.glanced(_path(record, data_dir), record.options)
    views = []
    for index, header in enumerate(record.options.headers):
        found = [row.cells[index] for row in seen.rows if index < len(row.cells)]
        texts = (clean_text(shown(cell), 60) for cell in found)
        samples, cells = list(dict.fromkeys(filter(None, texts))), [*map(exact, found)]
        target = record.mapping[index]
        new_target = target if target.startswith(NEW) else f"{NEW}{infer_type(cells, header).value}"
        views.append(ColumnView(index, header, samples[:3], target, new_target, cells))
    return views


def country_column(record: Import) -> str:
    """The name of the country column used for numbers without a plus sign; "" if there is none."""
    headers, mapping = record.options.headers, record.mapping
    phone = headers[mapping.index(Target.PHONE)] if Target.PHONE in mapping else ""
    found = country_beside(headers, phone)
    return "" if found is None else headers[found]


def phone_question(views: Sequence[ColumnView], record: Import) -> list[PhoneCandidate]:
    """Columns that may hold the phone, with their numbers' countries, if none is certain."""
    found = candidates(record.options.headers, _transposed(views), phones.is_mobile)
    return [
        PhoneCandidate(
            views[index].header, views[index].samples, _regions(views[index].cells), index
        )
        for index in found
    ]


def country_question(views: Sequence[ColumnView], record: Import) -> CountryQuestion | None:
    """What to ask when most phone numbers have no country code and none was chosen."""
    if record.options.default_region or country_column(record):
        return None
    column = next((view for view in views if view.target == Target.PHONE), None)
    return question(column.cells) if column else None


async def choose_phone(
    session: AsyncSession,
    record: Import,
    options: ImportOptions,
    mapping: Sequence[str],
    column: int,
) -> None:
    """Take the numbers from a column, whatever it was before; the rest stays as chosen."""
    if not 0 <= column < len(options.headers) == len(mapping):
        raise Invalid("mapping_phone")
    left = [SKIP if target == Target.PHONE else target for target in mapping]
    left[column] = Target.PHONE
    await records.set_plan(session, record.id, _named(options), left)


def _transposed(views: Sequence[ColumnView]) -> list[list[str]]:
    return [list(row) for row in zip_longest(*(view.cells for view in views), fillvalue="")]


def _regions(cells: Sequence[str]) -> list[str]:
    numbers = filter(None, (phones.number(cell) for cell in cells))
    return list(dict.fromkeys(number.region for number in numbers))


async def first_rows(
    session: AsyncSession, record: Import, data_dir: Path
) -> tuple[tuple[CustomField, ...], list[RowView]]:
    """The custom fields in use, and the first rows as the import would take them."""
    layout = plan(record.mapping, record.options, await fields.every(session))
    reader = RowReader(layout)
    seen = await tables.glanced(_path(record, data_dir), record.options)
    # The file's evidence about its numbers comes from all rows at hand, not only those shown.
    read = [(row.line, reader.read(row)) for row in seen.rows]
    views = [_view(line, result, reader.numbers) for line, result in read[:SHOWN_ROWS]]
    return tuple(c.field for c in layout.columns if c.field is not None), views


def _view(line: int, result: StagedRow | list[RowError], numbers: FileNumbers) -> RowView:
    if not isinstance(result, StagedRow):
        problems = [error.sentence for error in result]
        return RowView(line, "", "", {}, problems)
    phone, region = result.phone, result.region
    if result.doubt is not None:
        other = result.other
        decided = numbers.decision(Doubt(result.doubt), other.region if other else "")
        if not decided.written:
            return RowView(line, "", "", {}, [decided.sentence(phone, other)])
        if decided.written is Written.INTERNATIONAL and other:
            phone, region = other.e164, other.region
    agreed = None if result.opt_out is None else not result.opt_out
    notes = tuple(note.sentence for note in result.notes)
    unclear = any(note.code == CONSENT_UNCLEAR for note in result.notes)
    return RowView(
        line, phone, result.name or "", result.fields, [], region, agreed, notes, unclear
    )


async def reread(
    session: AsyncSession, record: Import, options: ImportOptions, data_dir: Path
) -> Import:
    """Read the file with another encoding, separator or header row; the mapping is guessed again."""
    _check_reading(options)
    path = _path(record, data_dir)
    elsewhere = options.sheet != record.options.sheet
    if elsewhere:  # another table, with its headings elsewhere
        options = replace(options, header_line=0)
    seen = await tables.glanced(path, options, guess_header=elsewhere)
    cells = [[*map(exact, row.cells)] for row in seen.rows]
    if elsewhere:
        order = guess_order(chain.from_iterable(cells))
        seen = replace(seen, options=replace(seen.options, date_order=order))
    mapping = detect_mapping(
        seen.options.headers, cells, await fields.every(session), phones.is_mobile
    )
    await records.set_plan(session, record.id, seen.options, mapping)
    return replace(record, options=seen.options, mapping=mapping, status=ImportStatus.UPLOADED)


async def set_mapping(
    session: AsyncSession, record: Import, options: ImportOptions, mapping: Sequence[str]
) -> Import:
    """Store where the columns go and what happens to known contacts; raises Invalid for problems."""
    known = await fields.every(session)
    check_mapping(mapping, len(options.headers), frozenset(field.key for field in known))
    _check_new_fields(options.headers, mapping, known)
    if options.default_region and not phones.is_region(options.default_region):
        raise Invalid("import_region", field="default_region")
    if len(await groups.existing(session, options.group_ids)) != len(set(options.group_ids)):
        raise Invalid("import_group", field="group_ids")
    options = _named(options)
    await records.set_plan(session, record.id, options, mapping)
    return replace(record, options=options, mapping=list(mapping), status=ImportStatus.UPLOADED)


async def choose_columns(
    session: AsyncSession,
    record: Import,
    options: ImportOptions,
    mapping: Sequence[str],
    data_dir: Path,
    *,
    none_needed: bool,
) -> Import:
    """``set_mapping`` as a person does it, who is asked for a country where most numbers have none.

    ``none_needed``: they said that only numbers with a country of their own count.
    """
    chosen = replace(record, options=options, mapping=list(mapping))
    if not none_needed and country_question(await columns(chosen, data_dir), chosen):
        raise Invalid("import_region.needed", field="default_region")
    return await set_mapping(session, record, options, mapping)


async def name_samples(record: Import, data_dir: Path) -> list[str]:
    """Three cells that show a person whether the letters are right."""
    _check_reading(record.options)
    path = _path(record, data_dir)
    return await asyncio.to_thread(tables.name_samples, path, record.options)


def _named(options: ImportOptions) -> ImportOptions:
    """With the name of a new group as it is stored."""
    return replace(options, new_group=typed(options.new_group, GROUP_LIMIT, "new_group"))


def _check_new_fields(
    headers: Sequence[str], mapping: Sequence[str], known: Sequence[CustomField]
) -> None:
    """A column that becomes a field needs a unique name: neither built-in nor another field's."""
    names = {plain(field.label) for field in known}
    for header, target in zip(headers, mapping, strict=True):
        if not target.startswith(NEW):
            continue
        if place := built_in(header):
            raise Invalid(
                "field_reserved.column",
                field="mapping",
                header=header,
                place=called(place),
            )
        if plain(header) in names:
            raise Invalid("field_known", field="mapping", header=header)


def _check_reading(options: ImportOptions) -> None:
    if not is_encoding(options.encoding):
        raise Invalid("import_encoding")
    if options.delimiter not in {mark for mark, _ in DELIMITERS}:
        raise Invalid("import_delimiter")


def _path(record: Import, data_dir: Path) -> Path:
    path = data_dir / record.file_path
    if not record.file_path or not path.is_file():
        raise tables.file_gone()
    return path
