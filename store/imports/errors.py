"""Rows of a file that could not become contacts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from domain.imports import RowError
from domain.sentences import unpacked
from store.tables.contacts import ImportErrorRow


async def page(
    session: AsyncSession, import_id: UUID, *, after: tuple[int, int] = (0, 0), limit: int = 1000
) -> list[tuple[int, RowError]]:
    """Row errors with their ids, in file order (ix_import_errors_import_id_line)."""
    rows = await session.scalars(
        select(ImportErrorRow)
        .where(
            ImportErrorRow.import_id == import_id,
            tuple_(ImportErrorRow.line, ImportErrorRow.id) > tuple_(*after),
        )
        .order_by(ImportErrorRow.line, ImportErrorRow.id)
        .limit(limit)
    )
    return [
        (
            row.id,
            RowError(row.line, row.column, row.code, unpacked(row.message), row.raw, row.imported),
        )
        for row in rows
    ]


async def summary(session: AsyncSession, import_id: UUID) -> list[tuple[str, str, int]]:
    """Code, an example of its message, and how many rows, most frequent first."""
    rows = await session.execute(
        select(ImportErrorRow.code, func.min(ImportErrorRow.message), func.count())
        .where(ImportErrorRow.import_id == import_id)
        .group_by(ImportErrorRow.code)
        .order_by(func.count().desc())
    )
    return [(code, message, number) for code, message, number in rows]


_PURGE = text("""
DELETE FROM import_errors WHERE id IN (
    SELECT e.id FROM import_errors e JOIN imports i ON i.id = e.import_id
    WHERE i.created_at < :before LIMIT :limit)
""")


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete up to a limit of row errors from imports older than a time; returns how many."""
    result = await session.execute(_PURGE, {"before": before, "limit": limit})
    assert isinstance(result, CursorResult)
    return result.rowcount
