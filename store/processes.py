"""Queries about running processes; a handful of rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.processes import ProcessRow

# A small table, read in full.
_FORGET_OLD = text("DELETE FROM processes WHERE seen_at < clock_timestamp() - interval '1 day'")


async def beat(session: AsyncSession, id_: UUID, **columns: Any) -> None:
    """Report that a process is alive, and drop those silent for a day."""
    statement = insert(ProcessRow).values(id=id_, **columns)
    changes = {name: statement.excluded[name] for name in columns}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[ProcessRow.id], set_=changes | {"seen_at": func.clock_timestamp()}
        )
    )
    await session.execute(_FORGET_OLD)


async def every(session: AsyncSession) -> list[ProcessRow]:
    """All processes seen within a day, oldest first."""
    return list((await session.scalars(select(ProcessRow).order_by(ProcessRow.started_at))).all())


async def forget(session: AsyncSession, id_: UUID) -> None:
    """Remove a process that shuts down cleanly."""
    await session.execute(delete(ProcessRow).where(ProcessRow.id == id_))
