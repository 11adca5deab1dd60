"""The file of a CSV campaign: accept it, choose its columns, list the problems of its rows."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignAction, CampaignStatus, CampaignType, require
from domain.contacts import clean_text
from domain.entries import FAILED, PENDING, FileSource, PendingFile, unique_names
from domain.errors import Conflict, Invalid
from domain.ids import new_id
from domain.imports import ImportOptions, Target
from domain.journal.campaigns import CampaignFileUploaded
from domain.mappings import detect_mapping
from domain.numbering import Written
from domain.sentences import Say
from services import clock, journal, phones
from services.campaigns import find
from services.campaigns.drafts.write import enlist
from services.campaigns.files import loading
from services.campaigns.files.entry_rows import EntryReader, lines_csv
from services.campaigns.files.loading import Progress, silent
from services.imports import tables
from services.imports.dialects import DELIMITERS
from services.imports.encodings import is_encoding
from services.imports.moments import exact
from services.imports.upload import save
from store.campaigns import entries
from store.campaigns.entries import EntryProblem
from store.campaigns.rows import CampaignRow

PAGE = 1000
FOLDER = "campaigns"
AT_ONCE = 2000
"""The most rows of a stored file that are re-read while the person waits; a worker does more."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the sender wants a file read; whatever is empty is detected.

    With ``any_sheet``, the sheet comes from the previous file: a workbook without that sheet is read as if none was
    named.
    """

    phone_column: str = ""
    default_region: str = ""
    encoding: str = ""
    delimiter: str = ""
    has_header: bool | None = None
    header_line: int = 0
    sheet: str = ""
    written: Written = Written.UNSAID
    any_sheet: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """An arriving file, where to store it while it is read, and how large it may be."""

    name: str
    stream: BinaryIO
    data_dir: Path
    max_bytes: int
    progress: Progress = silent


async def submit(
    session: AsyncSession, campaign_id: UUID, actor: Actor, upload: Upload, wanted: Reading
) -> PendingFile:
    """Store a file for a worker to read into a draft; commit, then start it.

    Raises Invalid if it is not a table; its columns are known immediately.
    """
    path, source, options = await _received(upload, wanted)
    try:
        row = await _draft(session, campaign_id, lock=True)
        pending = PendingFile(
            id=str(new_id()),
            path=f"{FOLDER}/{path.name}",
            source=source,
            size=options.size,
            user_id=str(actor.user_id) if actor.user_id else None,
            user_label=actor.label,
        )
        await enlist(session, row, actor)
        await _wait(session, actor, row, pending)
        row.type = CampaignType.CSV
        await session.flush()
    except BaseException:
        tables.remove(path)
        raise
    return pending


async def take(
    session: AsyncSession, campaign_id: UUID, actor: Actor, upload: Upload, wanted: Reading
) -> FileSource:
    """Read a file into a draft's entries, replacing an earlier one; raises Invalid if that fails."""
    path, source, options = await _received(upload, wanted)
    try:
        await _draft(session, campaign_id)
        await loading.hold(session, campaign_id)
        reader = EntryReader(source)
        await loading.load(session, path, options, reader, upload.progress)
        await upload.progress(1, 1)
    finally:
        tables.remove(path)
    return await loading.finish(session, campaign_id, actor, source, reader)


async def choose(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    phone_column: str,
    default_region: str,
    written: Written = Written.UNSAID,
) -> FileSource | PendingFile:
    """Take the numbers from another column, or read those without + differently.

    A large file is left to a worker: commit, then start it.
    """
    row = await _draft(session, campaign_id)
    pending = PendingFile.of(row.source)
    if pending and pending.path:  # its columns become the choices once it is read
        raise loading.busy()
    source = FileSource.from_json(row.source)
    if source is None:
        raise Conflict("campaign_no_file")
    _check_choice(phone_column, default_region, source.columns)
    source = replace(
        source, phone_column=phone_column, default_region=default_region, written=written
    )
    if source.rows > AT_ONCE:
        row = await _draft(session, campaign_id, lock=True)
        user_id = str(actor.user_id) if actor.user_id else None
        pending = PendingFile(str(new_id()), "", source, 0, user_id, actor.label)
        await _wait(session, actor, row, pending)
        await session.flush()
        return pending
    await loading.hold(session, campaign_id)
    reader = EntryReader(source)
    await loading.reread(session, campaign_id, source, reader)
    return await loading.finish(session, campaign_id, actor, source, reader)


async def _wait(
    session: AsyncSession, actor: Actor, row: CampaignRow, pending: PendingFile
) -> None:
    kept = {name: value for name, value in row.source.items() if name != FAILED}
    row.source = kept | {PENDING: pending.to_json()}
    row.updated_at = clock.now()
    await journal.note(session, actor, CampaignFileUploaded(campaign_id=row.id))


async def first_problems(
    session: AsyncSession, campaign_id: UUID, limit: int
) -> list[EntryProblem]:
    """The first rows that cannot get a message."""
    return await entries.problems(session, campaign_id, limit=limit)


async def problems_csv(session: AsyncSession, campaign_id: UUID, say: Say) -> AsyncIterator[str]:
    """CSV lines: the rows that cannot get a message, unchanged, with line and reason appended."""
    row = await find.row(session, campaign_id)
    source = FileSource.from_json(row.source) or FileSource()
    yield lines_csv(source, None, say)
    after = 0
    while page := await entries.problems(session, campaign_id, after=after, limit=PAGE):
        after = page[-1].row
        yield lines_csv(source, page, say)


async def _received(upload: Upload, wanted: Reading) -> tuple[Path, FileSource, ImportOptions]:
    """The stored file with its columns; no transaction is open while it is read."""
    _check_reading(wanted)
    folder = upload.data_dir / FOLDER
    path = await asyncio.to_thread(save, upload.stream, folder, str(new_id()), upload.max_bytes)
    try:
        return path, *await _recognised(path, upload.name, wanted)
    except BaseException:
        tables.remove(path)
        raise


async def _recognised(path: Path, name: str, wanted: Reading) -> tuple[FileSource, ImportOptions]:
    """The columns and how to read the file: as the sender said, or else as detected."""
    options = await asyncio.to_thread(tables.detect, path)
    options = replace(
        options,
        encoding=wanted.encoding or options.encoding,
        delimiter=wanted.delimiter or options.delimiter,
        has_header=options.has_header if wanted.has_header is None else wanted.has_header,
        header_line=wanted.header_line,
        sheet=wanted.sheet,
    )
    seen = await _glanced(path, options, wanted)
    columns = unique_names(seen.options.headers)
    cells = [[*map(exact, record.cells)] for record in seen.rows]
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
        surname_column="" if Target.NAME in guessed else guessed.get(Target.LAST_NAME, ""),
        consent_column=guessed.get(Target.CONSENT, ""),
        default_region=wanted.default_region,
        written=wanted.written,
        encoding=seen.options.encoding,
        delimiter=seen.options.delimiter,
        has_header=seen.options.has_header,
        header_line=seen.options.header_line,
        sheet=seen.options.sheet,
        sheets=seen.options.sheets,
        hidden_rows=seen.options.hidden_rows,
        hidden_columns=seen.options.hidden_columns,
    )
    return source, seen.options


async def _glanced(path: Path, options: ImportOptions, wanted: Reading) -> tables.Glance:
    guess = wanted.has_header is None
    try:
        return await tables.glanced(path, options, guess_header=guess)
    except Invalid as problem:
        if problem.code != "import_sheet" or not wanted.any_sheet:
            raise
        return await tables.glanced(path, replace(options, sheet=""), guess_header=guess)


async def editable(session: AsyncSession, campaign_id: UUID) -> CampaignRow:
    """The draft with its file locked until the transaction ends."""
    await loading.lock(session, campaign_id)
    row = await _draft(session, campaign_id, lock=True)
    if PendingFile.of(row.source):
        raise loading.busy()
    return row


async def _draft(session: AsyncSession, campaign_id: UUID, *, lock: bool = False) -> CampaignRow:
    row = await (find.locked if lock else find.row)(session, campaign_id)
    require(CampaignStatus(row.status), CampaignAction.EDIT)
    return row


def _check_choice(phone_column: str, default_region: str, columns: list[str]) -> None:
    if phone_column not in columns:
        raise Invalid("campaign_file_column", field="phone_column")
    _check_region(default_region)


def _check_region(default_region: str) -> None:
    if default_region and not phones.is_region(default_region):
        raise Invalid("import_region", field="default_region")


def _check_reading(wanted: Reading) -> None:
    _check_region(wanted.default_region)
    if wanted.encoding and not is_encoding(wanted.encoding):
        raise Invalid("import_encoding")
    if wanted.delimiter and wanted.delimiter not in {mark for mark, _ in DELIMITERS}:
        raise Invalid("import_delimiter")
