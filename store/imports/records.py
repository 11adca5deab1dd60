"""Imports as rows: what they read, their stage, what they did."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import ImportStatus
from domain.imports import Import, ImportCounts, ImportOptions
from store.tables.contacts import ImportRow
from store.tables.users import UserRow

_WORKING = (ImportStatus.RUNNING, ImportStatus.CHECKING)
_WAITING = (ImportStatus.UPLOADED, ImportStatus.PREVIEWED, ImportStatus.FAILED)


def _import(row: Row[ImportRow, str | None]) -> Import:
    record, user_name = row
    return Import(
        id=record.id,
        file_name=record.file_name,
        file_path=record.file_path,
        status=ImportStatus(record.status),
        options=ImportOptions.from_json(record.options),
        mapping=list(record.mapping.get("columns", [])),
        counts=ImportCounts.from_json(record.counts),
        error=record.error,
        created_at=record.created_at,
        finished_at=record.finished_at,
        user_name=user_name or "",
        user_id=record.user_id,
    )


def _imports() -> Select[ImportRow, str | None]:
    return select(ImportRow, UserRow.name).outerjoin(UserRow, UserRow.id == ImportRow.user_id)


async def get(session: AsyncSession, import_id: UUID, *, lock: bool = False) -> Import | None:
    """One import; with ``lock``, nobody else can change it until the transaction ends.

    The lock allows foreign key checks: a running import holds its key all the time.
    """
    statement = _imports().where(ImportRow.id == import_id)
    if lock:
        statement = statement.with_for_update(of=ImportRow, key_share=True)
    # A session that has already seen the row must read it again.
    result = await session.execute(statement, execution_options={"populate_existing": True})
    row = result.one_or_none()
    return _import(row) if row is not None else None


async def page(session: AsyncSession, *, before: UUID | None, limit: int) -> list[Import]:
    """Imports, newest first, by the primary key (ids sort by time)."""
    statement = _imports().order_by(ImportRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(ImportRow.id < before)
    return [_import(row) for row in await session.execute(statement)]


async def create(session: AsyncSession, record: Import) -> None:
    """Store a new import."""
    await session.execute(
        insert(ImportRow).values(
            id=record.id,
            user_id=record.user_id,
            file_name=record.file_name,
            file_path=record.file_path,
            status=record.status,
            options=record.options.to_json(),
            mapping={"columns": record.mapping},
        )
    )


async def set_plan(
    session: AsyncSession, import_id: UUID, options: ImportOptions, mapping: Sequence[str]
) -> None:
    """Store how to read the file; an earlier dry run no longer counts."""
    await session.execute(
        update(ImportRow)
        .where(ImportRow.id == import_id)
        .values(
            options=options.to_json(),
            mapping={"columns": list(mapping)},
            status=ImportStatus.UPLOADED,
            counts={},
            error=None,
        )
    )


async def set_outcome(
    session: AsyncSession,
    import_id: UUID,
    status: ImportStatus,
    counts: ImportCounts | None,
    *,
    error: str | None = None,
    finished_at: datetime | None = None,
) -> None:
    """Store the import's stage; counts of None stay as they are."""
    values: dict[str, Any] = {"status": status, "error": error, "finished_at": finished_at}
    if counts is not None:
        values["counts"] = asdict(counts)
    await session.execute(update(ImportRow).where(ImportRow.id == import_id).values(**values))


async def set_checked(session: AsyncSession, record: Import, counts: ImportCounts) -> None:
    """Store a dry run's counts, unless the plan has changed since."""
    await session.execute(
        update(ImportRow)
        .where(
            ImportRow.id == record.id,
            ImportRow.status == record.status,
            ImportRow.options == record.options.to_json(),
            ImportRow.mapping == {"columns": record.mapping},
        )
        .values(status=ImportStatus.PREVIEWED, counts=asdict(counts), error=None)
    )


async def set_progress(session: AsyncSession, import_id: UUID, done: int, total: int) -> None:
    """Store the progress of a running import or check."""
    await session.execute(
        update(ImportRow)
        .where(ImportRow.id == import_id, ImportRow.status.in_(_WORKING))
        .values(counts=asdict(ImportCounts(done=done, total=total)))
    )


async def try_lock(session: AsyncSession, import_id: UUID) -> bool:
    """Lock this import until the transaction ends; False when another worker has it."""
    key = import_id.int & 0x7FFF_FFFF_FFFF_FFFF
    statement = text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool((await session.execute(statement, {"key": key})).scalar_one())


async def working(session: AsyncSession) -> list[tuple[UUID, ImportStatus]]:
    """Imports for a worker to run or check; there are few (ix_imports_working)."""
    query = select(ImportRow.id, ImportRow.status).where(ImportRow.status.in_(_WORKING))
    return [(row.id, ImportStatus(row.status)) for row in await session.execute(query)]


async def abandoned(session: AsyncSession, before: datetime, limit: int) -> list[Import]:
    """Imports from before a time that nobody started and whose file is still kept."""
    statement = (
        _imports()
        .where(
            ImportRow.status.in_(_WAITING),
            ImportRow.created_at < before,
            ImportRow.file_path != "",
        )
        .order_by(ImportRow.id)
        .limit(limit)
    )
    return [_import(row) for row in await session.execute(statement)]


async def forget_files(session: AsyncSession, ids: Sequence[UUID], reason: str) -> None:
    """Mark imports as having lost their file."""
    await session.execute(
        update(ImportRow)
        .where(ImportRow.id.in_(ids))
        .values(file_path="", status=ImportStatus.FAILED, error=reason, finished_at=func.now())
    )


async def paths_in_use(session: AsyncSession) -> set[str]:
    """Files of imports that may still be started or are in progress; queried once an hour."""
    query = select(ImportRow.file_path).where(
        ImportRow.status != ImportStatus.COMPLETED, ImportRow.file_path != ""
    )
    return set((await session.scalars(query)).all())
