"""What somebody deleted and may still take back: noted, left out of lists, found when it is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Interval,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from store.tables.contacts import ContactRow
from store.tables.leaving import LeavingRow


@dataclass(frozen=True, slots=True)
class Leaving:
    """One thing that is due: exactly one of its ids is there."""

    id: int
    contact_id: UUID | None
    group_id: UUID | None
    field_key: str | None
    campaign_id: UUID | None


def stays(
    thing: InstrumentedAttribute[Any], own: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    """Whether the row with this key is not about to go (uq_leaving_*); ``thing`` is a column of ours."""
    return ~exists().where(thing == own)


def _due(after: timedelta) -> ColumnElement[Any]:
    return func.clock_timestamp() + cast(literal(after), Interval)


async def add_contacts(
    session: AsyncSession,
    wanted: ColumnElement[bool],
    deletion_id: UUID,
    user_id: UUID | None,
    after: timedelta,
) -> int:
    """Note the contacts that a condition holds for; how many were not noted yet."""
    source = select(ContactRow.id, literal(deletion_id), literal(user_id), _due(after)).where(
        wanted, stays(LeavingRow.contact_id, ContactRow.id)
    )
    columns = ["contact_id", "deletion_id", "user_id", "due_at"]
    done: Any = await session.execute(
        insert(LeavingRow).from_select(columns, source),
        execution_options={"synchronize_session": False, "preserve_rowcount": True},
    )
    return int(done.rowcount)


async def add(
    session: AsyncSession,
    deletion_id: UUID,
    user_id: UUID | None,
    after: timedelta,
    **thing: object,
) -> None:
    """Note one group, field or campaign."""
    values = {"deletion_id": deletion_id, "user_id": user_id, "due_at": _due(after), **thing}
    await session.execute(insert(LeavingRow).values(**values))


async def take_back(session: AsyncSession, deletion_id: UUID) -> int:
    """Let everything of one deletion stay (ix_leaving_deletion_id); how many were still there."""
    gone = delete(LeavingRow).where(LeavingRow.deletion_id == deletion_id).returning(LeavingRow.id)
    return len((await session.execute(gone)).all())


async def is_leaving(session: AsyncSession, **thing: object) -> bool:
    """Whether this group, field, contact or campaign is about to go (uq_leaving_*)."""
    query = select(LeavingRow.id).filter_by(**thing).limit(1)
    return await session.scalar(query) is not None


# Uses ix_leaving_due_at. What is being taken back at this moment is passed over.
_DUE = text("""
SELECT id, contact_id, group_id, field_key, campaign_id FROM leaving
WHERE due_at <= clock_timestamp() ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
""")

_LATER = text(
    "UPDATE leaving SET due_at = clock_timestamp() + :after WHERE id = ANY(CAST(:ids AS bigint[]))"
).bindparams(bindparam("after", type_=Interval))


async def due(session: AsyncSession, limit: int) -> list[Leaving]:
    """What nobody took back in time, held until the transaction ends."""
    rows = await session.execute(_DUE, {"limit": limit})
    return [Leaving(**row._mapping) for row in rows]


async def postpone(session: AsyncSession, ids: Sequence[int], after: timedelta) -> None:
    """Try again later what cannot go now."""
    await session.execute(_LATER, {"ids": list(ids), "after": after})


async def drop(session: AsyncSession, ids: Sequence[int]) -> None:
    """Forget what stays after all."""
    await session.execute(delete(LeavingRow).where(LeavingRow.id.in_(ids)))
