"""Run an import, or count what it would do: read, check, COPY, merge, in one transaction.

A process that dies leaves nothing behind, and running a finished import again changes nothing. The dry run takes the
same path up to the merge, which it only counts.
"""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.contacts import ImportStatus
from domain.countries import rare
from domain.errors import Conflict, NotFound
from domain.ids import new_id
from domain.imports import Import, ImportCounts, Target, check_mapping
from domain.journal.people import ImportCheckAsked, ImportEnded, ImportStarted
from domain.live import Event, Room
from domain.sentences import Sentence, unpacked
from services import clock, journal
from services.contacts import fields as contact_fields
from services.contacts import groups as contact_groups
from services.imports import grouping, tables
from services.imports.rows import Plan, RowReader, plan
from services.imports.stage import Progress, Tally, stage
from services.numbering import countries
from services.numbering.files import FileNumbers
from store import fields, groups, live, statistics
from store.imports import consents, people, records, staging
from store.imports import countries as people_of

UNDER_WAY = frozenset({ImportStatus.RUNNING, ImportStatus.COMPLETED})


def _silent(_done: int, _total: int) -> None:
    """Report no progress."""


async def _layout(session: AsyncSession, record: Import) -> Plan:
    known = await fields.every(session)
    keys = frozenset(field.key for field in known)
    check_mapping(record.mapping, len(record.options.headers), keys)
    return plan(record.mapping, record.options, known)


async def _count(
    session: AsyncSession, record: Import, layout: Plan, path: Path, progress: Progress
) -> ImportCounts:
    """Stage everything and note duplicates: the part both runs share."""
    readable, options = await tables.readable(path, record.options)
    reader = RowReader(layout)
    tally = await stage(session, record, layout, reader, readable, options, progress)
    header = next(c.header for c in layout.columns if c.target == Target.PHONE)
    unclear = await _settle(session, record.id, header, reader.numbers, tally)
    hopeless = reader.numbers.unclear
    await people.recognise(session)
    duplicate, noted = await staging.note_duplicates(session, record.id, header, tally.room)
    tally.withdraw(noted)
    tally.add("duplicate", Sentence("row_duplicate.further"), duplicate)
    if layout.says_consent:
        await consents.take_strictest(session)
    said = await consents.count(session)
    found = await people_of.count(session)
    home = record.options.default_region
    few = await people_of.rows_of(
        session, rare(found, {home}), countries.LOOKED_AT, record.options.headers
    )
    return ImportCounts(
        rows=tally.rows,
        duplicate=duplicate,
        invalid=tally.invalid - hopeless,
        unclear=unclear + hopeless,
        partial=tally.partial,
        agreed=said.agreed,
        opted_out=said.opted_out,
        left_alone=said.left_alone,
        consent_unclear=said.unclear,
        reasons=tally.reasons(),
        done=options.size,
        total=options.size,
        countries=found,
        surprising=countries.surprising(found, home, few),
    )


async def _settle(
    session: AsyncSession, import_id: UUID, header: str, numbers: FileNumbers, tally: Tally
) -> int:
    """Decide the doubtful numbers; returns how many stay unclear."""
    decisions = [
        staging.Settled(found.doubt.value, found.region, found.written.value, found.reason.packed())
        for found in numbers.decisions()
    ]
    if not decisions:
        return 0
    unclear, example, noted = await staging.settle_doubts(
        session, import_id, header, decisions, tally.room
    )
    tally.withdraw(noted)
    tally.kept += min(unclear, tally.room)
    # The two numbers of one person are not anybody else's.
    why = unpacked(example) if unclear == 1 and example else Sentence("phone_unclear")
    tally.add("phone_unclear", why, unclear)
    return unclear


async def _take(session: AsyncSession, import_id: UUID, data_dir: Path) -> tuple[Import, Path]:
    if not await records.try_lock(session, import_id):
        raise Conflict("import_busy")
    record = await records.get(session, import_id)
    if record is None:
        raise NotFound("import_not_found")
    return record, data_dir / record.file_path


def _require_file(path: Path) -> None:
    if not path.is_file():  # a folder if no path is stored
        raise tables.file_gone()


async def check(
    session: AsyncSession, import_id: UUID, *, data_dir: Path, progress: Progress = _silent
) -> ImportCounts:
    """The dry run: what ``run`` would do now, with its row errors; contacts stay as they are.

    If the columns changed in the meantime, the result is obsolete and not stored.
    """
    record, path = await _take(session, import_id, data_dir)
    if record.status in UNDER_WAY:
        return record.counts
    _require_file(path)
    layout = await _layout(session, record)
    counts = await _count(session, record, layout, path, progress)
    policy, now = record.options.policy, clock.now()
    new, updated, unchanged = await staging.count_merge(session, policy, now)
    group_ids = list(record.options.group_ids)
    if record.options.new_group:
        known = await groups.find(session, record.options.new_group)
        group_ids.append(known.id if known else new_id())
    grouped = await staging.add_to_groups(session, group_ids, dry_run=True)
    counts = replace(
        counts, new=new, updated=updated, unchanged=unchanged, grouped=grouped, dry_run=True
    )
    await records.set_checked(session, record, counts)
    await journal.note(session, SYSTEM, ImportEnded(import_id=import_id))
    return counts


async def request_check(session: AsyncSession, import_id: UUID, actor: Actor = SYSTEM) -> Import:
    """Mark an import for checking, so that a worker takes it; idempotent."""
    record = await records.get(session, import_id, lock=True)
    if record is None:
        raise NotFound("import_not_found")
    if record.status in UNDER_WAY | {ImportStatus.CHECKING}:
        return record
    await _layout(session, record)
    counts = ImportCounts(total=record.options.size)
    await records.set_outcome(session, import_id, ImportStatus.CHECKING, counts)
    await journal.note(session, actor, ImportCheckAsked(import_id=import_id))
    return replace(record, status=ImportStatus.CHECKING, counts=counts, error=None)


async def start(session: AsyncSession, import_id: UUID, actor: Actor = SYSTEM) -> Import:
    """Mark an import as running, so that a worker takes it; idempotent, and noted once."""
    record = await records.get(session, import_id)
    if record is not None and record.status not in UNDER_WAY:
        record = await records.get(session, import_id, lock=True)
    if record is None:
        raise NotFound("import_not_found")
    if record.status in UNDER_WAY:
        return record
    await _layout(session, record)
    counts = ImportCounts(total=record.options.size)
    await records.set_outcome(session, import_id, ImportStatus.RUNNING, counts)
    after = {"file_name": record.file_name, "mapping": record.mapping}
    await journal.note(session, actor, ImportStarted(import_id=import_id, after=after))
    return replace(record, status=ImportStatus.RUNNING, counts=counts, error=None)


async def run(
    session: AsyncSession, import_id: UUID, *, data_dir: Path, progress: Progress = _silent
) -> ImportCounts:
    """Write a file's contacts, all of them or none, by the caller's commit or rollback.

    ``progress`` gets bytes read and total bytes, on the event loop, between chunks. The file is removed after the
    commit.
    """
    record, path = await _take(session, import_id, data_dir)
    if record.status is ImportStatus.COMPLETED:
        return record.counts
    _require_file(path)
    layout = await _layout(session, record)
    for field in layout.new_fields:
        await contact_fields.ensure(session, field)
    counts = await _count(session, record, layout, path, progress)
    policy, now = record.options.policy, clock.now()
    await staging.free(session)
    new, updated, unchanged = await staging.merge(session, policy, now)
    if layout.says_consent:
        await consents.note(session, import_id, record.user_id, now)
    group_ids = list(record.options.group_ids)
    if record.options.new_group:
        group_ids.append((await contact_groups.ensure(session, record.options.new_group)).id)
    grouped = await grouping.add(session, await groups.existing(session, group_ids))
    await statistics.refresh(session, new + grouped, "contacts", "group_members")
    counts = replace(counts, new=new, updated=updated, unchanged=unchanged, grouped=grouped)
    await records.set_outcome(
        session, import_id, ImportStatus.COMPLETED, counts, finished_at=clock.now()
    )
    await journal.note(session, SYSTEM, ImportEnded(import_id=import_id))
    _remove_after_commit(session, path)
    return counts


async def fail(session: AsyncSession, import_id: UUID, reason: Sentence) -> None:
    """Mark an import or a check as failed, with the reason for the person who started it."""
    record = await records.get(session, import_id, lock=True)
    if record is None or record.status is ImportStatus.COMPLETED:
        return
    checking = record.status is ImportStatus.CHECKING
    status = ImportStatus.UPLOADED if checking else ImportStatus.FAILED
    now = None if checking else clock.now()
    counts = ImportCounts() if checking else None
    await records.set_outcome(
        session, import_id, status, counts, error=reason.packed(), finished_at=now
    )
    await journal.note(session, SYSTEM, ImportEnded(import_id=import_id))


async def record_progress(session: AsyncSession, import_id: UUID, done: int, total: int) -> None:
    """Store the progress of a running import; call it in a separate transaction."""
    await records.set_progress(session, import_id, done, total)
    await live.tick(session, Room.IMPORT.of(import_id), Event.IMPORT_UPDATE)


def _remove_after_commit(session: AsyncSession, path: Path) -> None:
    """Delete the file as soon as it is imported, and never before that is certain."""

    def remove(_session: object) -> None:
        tables.remove(path)

    event.listen(session.sync_session, "after_commit", remove, once=True)
