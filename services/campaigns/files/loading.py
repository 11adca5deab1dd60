"""Loads a campaign's file into entries: by a worker or, for a small file, while the person waits."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM, Actor
from domain.campaigns import CampaignAction, CampaignStatus, CampaignType, require
from domain.countries import rare
from domain.entries import FAILED, PENDING, ROW_LIMIT, FileSource, PendingFile, remapped
from domain.errors import Conflict, DomainError, Invalid
from domain.imports import ImportOptions
from domain.journal.campaigns import CampaignFileGiven, CampaignFileRead
from domain.live import Event, Room
from domain.sentences import Sentence
from services import journal
from services.campaigns import find
from services.campaigns.drafts.example import suggested
from services.campaigns.drafts.write import enlist, touch
from services.campaigns.files.entry_rows import ROW_PROBLEMS, EntryReader
from services.imports import tables
from services.imports.reading import Record, open_records
from services.numbering import countries
from store import live
from store.campaigns import entries, rows
from store.campaigns.rows import CampaignRow

CHUNK = 2000
TELL_EVERY_S = 0.5
Progress = Callable[[int, int], Awaitable[None]]
"""Called from time to time with bytes read and total bytes."""


async def silent(_done: int, _total: int) -> None:
    """Reports no progress."""


class Replaced(Exception):
    """Another file was uploaded in the meantime: what was read is obsolete."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows ready for COPY, the file position where they end, and whether there are more."""

    rows: bytes
    done: int
    last: bool


async def read_pending(
    sessions: async_sessionmaker[AsyncSession],
    campaign_id: UUID,
    *,
    data_dir: Path,
    beat: Callable[[int, int], None],
) -> None:
    """Read the file waiting for a campaign, and any that replaces it in the meantime.

    TimeoutError means that another worker is still reading: try again.
    """
    while True:
        async with sessions() as session:
            row = await rows.get(session, campaign_id)
            pending = PendingFile.of(row.source) if row is not None else None
        if pending is None:
            return
        try:
            await _read(sessions, campaign_id, pending, data_dir, beat)
        except Replaced:
            pass
        except DomainError as error:
            if error.code == "campaign_file_busy":
                raise TimeoutError(error.code) from error
            await _fail(sessions, campaign_id, pending, error.sentence)
        if pending.path:
            tables.remove(data_dir / pending.path)


async def _read(
    sessions: async_sessionmaker[AsyncSession],
    campaign_id: UUID,
    pending: PendingFile,
    data_dir: Path,
    beat: Callable[[int, int], None],
) -> None:
    async def tell(done: int, total: int) -> None:
        beat(done, total)
        async with sessions.begin() as beside:
            await rows.set_file_progress(beside, campaign_id, pending.id, done, total)
            room = Room.CAMPAIGN.of(campaign_id)
            await live.tick(beside, room, Event.FILE_PROGRESS, done=done, total=total)

    user_id = UUID(pending.user_id) if pending.user_id else None
    async with sessions.begin() as session:
        await hold(session, campaign_id)
        reader = EntryReader(pending.source)
        if pending.path:
            path = data_dir / pending.path
            if not path.is_file():
                raise tables.file_gone()
            options = _options(pending)
            await load(session, path, options, reader, tell)
        else:
            await reread(session, campaign_id, pending.source, reader)
        actor = Actor(pending.user_label or "system", user_id)
        await finish(session, campaign_id, actor, pending.source, reader, pending.id)
        await journal.note(session, SYSTEM, CampaignFileRead(campaign_id=campaign_id))


def _options(pending: PendingFile) -> ImportOptions:
    source = pending.source
    return ImportOptions(
        encoding=source.encoding,
        delimiter=source.delimiter,
        has_header=source.has_header,
        headers=source.columns,
        size=pending.size,
        header_line=source.header_line,
        sheet=source.sheet,
        sheets=source.sheets,
    )


async def _fail(
    sessions: async_sessionmaker[AsyncSession],
    campaign_id: UUID,
    pending: PendingFile,
    reason: Sentence,
) -> None:
    async with sessions.begin() as session:
        row = await rows.locked(session, campaign_id)
        if row is None or _pending_id(row) != pending.id:
            return
        kept = {name: value for name, value in row.source.items() if name != PENDING}
        row.source = kept | {FAILED: reason.packed()}
        await journal.note(session, SYSTEM, CampaignFileRead(campaign_id=campaign_id))


def _pending_id(row: CampaignRow) -> str:
    return str((row.source.get(PENDING) or {}).get("id", ""))


def busy() -> Conflict:
    """What concurrent callers are told."""
    return Conflict("campaign_file_busy")


async def lock(session: AsyncSession, campaign_id: UUID) -> None:
    """Lock a campaign's file until the transaction ends; raises Conflict if it is locked already."""
    if not await entries.try_lock(session, campaign_id):
        raise busy()


async def hold(session: AsyncSession, campaign_id: UUID) -> None:
    """Lock a campaign's file until the transaction ends, with empty staging tables."""
    await lock(session, campaign_id)
    await entries.begin(session)


async def load(
    session: AsyncSession,
    path: Path,
    options: ImportOptions,
    reader: EntryReader,
    progress: Progress,
) -> None:
    """COPY every row of the file into the staging table."""
    path, options = await tables.readable(path, options)
    told = time.monotonic()

    async def stage(chunk: _Chunk) -> None:
        nonlocal told
        if chunk.rows:
            await entries.stage(session, chunk.rows)
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            await progress(chunk.done, options.size)

    opened = open_records(
        path,
        options.encoding,
        options.delimiter,
        first_line=options.header_line,
        width=len(options.headers),
    )
    with opened as (lines, position):
        if options.has_header:
            next(lines, None)
        await _ahead(lambda: _next_chunk(reader, lines, position), stage)


async def _ahead(read: Callable[[], _Chunk], write: Callable[[_Chunk], Awaitable[None]]) -> None:
    """A thread reads the next chunk while the database stores this one."""
    coming = asyncio.create_task(asyncio.to_thread(read))
    try:
        while not (chunk := await coming).last:
            coming = asyncio.create_task(asyncio.to_thread(read))
            await write(chunk)
    finally:
        await asyncio.wait([coming])  # the file must not be closed under the thread


def _next_chunk(
    reader: EntryReader, lines: Iterator[Record], position: Callable[[], int]
) -> _Chunk:
    before = reader.taken
    found = [entry for record in islice(lines, CHUNK) if (entry := reader.read(record))]
    if reader.taken > ROW_LIMIT:
        raise Invalid("campaign_file_rows", row_limit=ROW_LIMIT)
    return _Chunk(entries.encode(found), position(), last=reader.taken == before)


async def reread(
    session: AsyncSession, campaign_id: UUID, source: FileSource, reader: EntryReader
) -> None:
    """Stage the stored entries with the numbers of the column and country now chosen."""
    columns = source.phone_column, source.consent_column, source.country_column
    found = entries.texts(session, campaign_id, columns, ROW_PROBLEMS, CHUNK)
    async for part in found:
        encoded = await asyncio.to_thread(_encode_phones, reader, part)
        await entries.stage(session, encoded, whole=False)
    await entries.restage(session, campaign_id)


def _encode_phones(reader: EntryReader, part: Any) -> bytes:
    found = [
        reader.person(line.row, line.given or "", {}, line.answer or "", line.country or "")
        for line in part
    ]
    return entries.encode(found, whole=False)


async def finish(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    source: FileSource,
    reader: EntryReader,
    pending_id: str = "",
) -> FileSource:
    """Replace the entries with the staged rows and store the result on the draft.

    Raises Replaced if another file is waiting by now.
    """
    source = await _settled(session, campaign_id, source, reader)
    row = await find.locked(session, campaign_id)
    require(CampaignStatus(row.status), CampaignAction.EDIT)  # it may be launched by now
    if pending_id and _pending_id(row) != pending_id:
        raise Replaced
    if not pending_id:  # the type may have changed while a worker was reading
        row.type = CampaignType.CSV
    await enlist(session, row, actor)
    row.source = source.to_json()
    if row.template_id:
        guessed = await suggested(session, row.template_id, source.columns)
        row.variables = remapped(row.variables, guessed, source.columns)
    touch(row)
    after = {"file_name": source.file_name, "rows": source.rows, "phone": source.phone_column}
    given = CampaignFileGiven(campaign_id=campaign_id, after=after)
    await journal.note(session, actor, given)
    await session.flush()
    return source


async def _settled(
    session: AsyncSession, campaign_id: UUID, source: FileSource, reader: EntryReader
) -> FileSource:
    """Decide doubtful numbers, store the entries, count; dropped rows count as invalid."""
    decisions = reader.numbers.decisions()
    if decisions:
        await entries.decide(session, json.dumps([asdict(decision) for decision in decisions]))
    people = await entries.countries(session)
    home = source.default_region
    few = await entries.rows_of(session, rare(people, {home}), countries.LOOKED_AT)
    says_consent = bool(source.consent_column)
    counts = await entries.settle(session, campaign_id, says_consent=says_consent)
    total = counts.rows + reader.dropped
    return replace(
        source,
        rows=total,
        usable=counts.usable,
        invalid=total - counts.usable - counts.duplicate - counts.unclear,
        unclear=counts.unclear,
        duplicate=counts.duplicate,
        countries=people,
        surprising=countries.surprising(people, home, few),
        unclear_consents=sorted(reader.unclear_consents),
    )
