"""The file of a CSV campaign: read it, choose its columns, list what is wrong with its rows."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignAction, CampaignStatus, CampaignType, require
from domain.contacts import clean_text
from domain.countries import rare
from domain.entries import ROW_LIMIT, FileSource, remapped, unique_names
from domain.errors import Conflict, Invalid
from domain.ids import new_id
from domain.imports import ImportOptions, Target, detect_mapping
from domain.numbering import Written
from services import audit, phones
from services.campaigns.draft import unknown
from services.campaigns.entry_rows import ROW_PROBLEMS, EntryReader, lines_csv
from services.campaigns.example import suggested
from services.imports.reading import DELIMITERS, ENCODINGS, Record, open_records
from services.imports.upload import detect, glance, save
from services.numbering import countries
from services.numbering.files import FileNumbers
from store.campaigns import entries, rows

CHUNK = 2000
TELL_EVERY_S = 0.5
PAGE = 1000
FOLDER = "campaigns"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the sender of a file wants it read; what is left empty is recognised."""

    phone_column: str = ""
    default_region: str = ""
    encoding: str = ""
    delimiter: str = ""
    has_header: bool | None = None
    written: Written = Written.UNSAID


Progress = Callable[[int, int], Awaitable[None]]
"""Called now and then with bytes read and bytes in all."""


async def _silent(_done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that arrives, where it may be put while it is read, and how large it may be."""

    name: str
    stream: BinaryIO
    data_dir: Path
    max_bytes: int
    progress: Progress = _silent


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows ready for COPY, none at the end, and how far in the file they end."""

    rows: bytes
    done: int


async def take(
    session: AsyncSession, campaign_id: UUID, actor: Actor, upload: Upload, wanted: Reading
) -> FileSource:
    """Read a file into the entries of a draft in place of an earlier one; Invalid says why not."""
    _check_reading(wanted)
    path = upload.data_dir / FOLDER / f"{new_id()}.csv"
    # A workbook takes its time: no transaction is open meanwhile.
    await asyncio.to_thread(save, upload.stream, path, upload.max_bytes)
    try:
        source, options = await _recognised(path, upload.name, wanted)
        await editable(session, campaign_id)
        await entries.begin(session)
        reader = EntryReader(source)
        await _load(session, path, options, reader, upload.progress)
        await upload.progress(1, 1)
    finally:
        path.unlink(missing_ok=True)
    return await _finish(session, campaign_id, actor, source, reader.numbers)


async def choose(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    phone_column: str,
    default_region: str,
    written: Written = Written.UNSAID,
) -> FileSource:
    """Take the numbers from another column, or read those without + in another way."""
    row = await editable(session, campaign_id)
    source = FileSource.from_json(row.source)
    if source is None:
        raise Conflict("campaign_no_file", "This campaign has no file yet. Upload one first.")
    _check_choice(phone_column, default_region, source.columns)
    source = replace(
        source, phone_column=phone_column, default_region=default_region, written=written
    )
    reader = EntryReader(source)
    await entries.begin(session)
    found = entries.texts(session, campaign_id, phone_column, ROW_PROBLEMS, CHUNK)
    async for part in found:
        encoded = await asyncio.to_thread(_encode_phones, reader, part)
        await entries.stage(session, encoded, whole=False)
    await entries.restage(session, campaign_id)
    return await _finish(session, campaign_id, actor, source, reader.numbers)


async def problems_csv(session: AsyncSession, campaign_id: UUID) -> AsyncIterator[str]:
    """CSV lines: the rows that cannot be sent to as they were, with line and reason behind each."""
    row = await rows.get(session, campaign_id)
    if row is None:
        raise unknown()
    source = FileSource.from_json(row.source) or FileSource()
    yield lines_csv(source.columns, None)
    after = 0
    while page := await entries.problems(session, campaign_id, after=after, limit=PAGE):
        after = page[-1].row
        yield lines_csv(source.columns, page, source.default_region)


async def _recognised(path: Path, name: str, wanted: Reading) -> tuple[FileSource, ImportOptions]:
    """Columns and the way to read the file: as the sender said, else as its bytes tell."""
    options = await asyncio.to_thread(detect, path)
    options = replace(
        options,
        encoding=wanted.encoding or options.encoding,
        delimiter=wanted.delimiter or options.delimiter,
        has_header=options.has_header if wanted.has_header is None else wanted.has_header,
    )
    seen = await asyncio.to_thread(glance, path, options, guess_header=wanted.has_header is None)
    columns = unique_names(seen.options.headers)
    cells = [record.cells for record in seen.rows]
    guessed = dict(
        zip(detect_mapping(seen.options.headers, cells, (), phones.is_mobile), columns, strict=True)
    )
    if wanted.phone_column:
        _check_choice(wanted.phone_column, wanted.default_region, columns)
    source = FileSource(
        file_name=clean_text(Path(name.replace("\\", "/")).name, 200) or "recipients.csv",
        columns=columns,
        phone_column=wanted.phone_column or guessed.get(Target.PHONE, ""),
        name_column=guessed.get(Target.NAME, guessed.get(Target.FIRST_NAME, "")),
        consent_column=guessed.get(Target.CONSENT, ""),
        default_region=wanted.default_region,
        written=wanted.written,
        encoding=seen.options.encoding,
        delimiter=seen.options.delimiter,
        has_header=seen.options.has_header,
    )
    return source, seen.options


async def _load(
    session: AsyncSession,
    path: Path,
    options: ImportOptions,
    reader: EntryReader,
    progress: Progress,
) -> None:
    """COPY every row of the file into the staging table."""
    told = time.monotonic()

    async def stage(chunk: _Chunk) -> None:
        nonlocal told
        await entries.stage(session, chunk.rows)
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            await progress(chunk.done, options.size)

    with open_records(path, options.encoding, options.delimiter) as (lines, position):
        if options.has_header:
            next(lines, None)
        await _ahead(lambda: _next_chunk(reader, lines, position), stage)


async def _ahead(read: Callable[[], _Chunk], write: Callable[[_Chunk], Awaitable[None]]) -> None:
    """A thread reads the next chunk while the database takes this one."""
    coming = asyncio.create_task(asyncio.to_thread(read))
    try:
        while (chunk := await coming).rows:
            coming = asyncio.create_task(asyncio.to_thread(read))
            await write(chunk)
    finally:
        await asyncio.wait([coming])  # the file must not be closed under the thread


def _next_chunk(
    reader: EntryReader, lines: Iterator[Record], position: Callable[[], int]
) -> _Chunk:
    found = [reader.read(record) for record in islice(lines, CHUNK)]
    if reader.taken > ROW_LIMIT:
        raise Invalid(
            "campaign_file_rows",
            f"A campaign takes {ROW_LIMIT:,} rows. Split the file and make two campaigns.",
        )
    return _Chunk(entries.encode(found), position())


def _encode_phones(reader: EntryReader, part: Any) -> bytes:
    found = [reader.phone(line.row, line.given or "", {}) for line in part]
    return entries.encode(found, whole=False)


async def _finish(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    source: FileSource,
    numbers: FileNumbers,
) -> FileSource:
    """Put the staged rows in place and say on the draft what became of them."""
    source = await _settled(session, campaign_id, source, numbers)
    row = await rows.locked(session, campaign_id)
    if row is None:
        raise unknown()
    require(CampaignStatus(row.status), CampaignAction.EDIT)  # it may be launched by now
    row.type = CampaignType.CSV
    row.source = source.to_json()
    if row.template_id:
        guessed = await suggested(session, row.template_id, source.columns)
        row.variables = remapped(row.variables, guessed, source.columns)
    row.revision += 1
    after = {"file_name": source.file_name, "rows": source.rows, "phone": source.phone_column}
    await audit.record(session, actor, "campaign.file", "campaign", str(campaign_id), after=after)
    await session.flush()
    return source


async def _settled(
    session: AsyncSession, campaign_id: UUID, source: FileSource, numbers: FileNumbers
) -> FileSource:
    decisions = numbers.decisions()
    if decisions:
        await entries.decide(session, json.dumps([asdict(decision) for decision in decisions]))
    people = await entries.countries(session)
    home = source.default_region
    few = await entries.rows_of(session, rare(people, {home}), countries.LOOKED_AT)
    says_consent = bool(source.consent_column)
    counts = await entries.settle(session, campaign_id, says_consent=says_consent)
    return replace(
        source,
        rows=counts.rows,
        usable=counts.usable,
        invalid=counts.rows - counts.usable - counts.duplicate - counts.unclear,
        unclear=counts.unclear,
        duplicate=counts.duplicate,
        countries=people,
        surprising=countries.surprising(people, home, few),
    )


async def editable(session: AsyncSession, campaign_id: UUID) -> Any:
    """The draft whose file may be worked on now; nobody else does until the transaction ends."""
    row = await rows.get(session, campaign_id)
    if row is None:
        raise unknown()
    require(CampaignStatus(row.status), CampaignAction.EDIT)
    if not await entries.try_lock(session, campaign_id):
        raise Conflict("campaign_file_busy", "A file of this campaign is being read. Wait for it.")
    return row


def _check_choice(phone_column: str, default_region: str, columns: list[str]) -> None:
    if phone_column not in columns:
        message = "Choose the column that holds the phone number."
        raise Invalid("campaign_file_column", message, {"phone_column": message})
    _check_region(default_region)


def _check_region(default_region: str) -> None:
    if default_region and not phones.is_region(default_region):
        message = "Choose a country from the list."
        raise Invalid("import_region", message, {"default_region": message})


def _check_reading(wanted: Reading) -> None:
    _check_region(wanted.default_region)
    if wanted.encoding and wanted.encoding not in {code for code, _ in ENCODINGS}:
        raise Invalid("import_encoding", "Choose an encoding from the list.")
    if wanted.delimiter and wanted.delimiter not in {mark for mark, _ in DELIMITERS}:
        raise Invalid("import_delimiter", "Choose a separator from the list.")
