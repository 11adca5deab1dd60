"""Working hours: calendars, and whose they are; few rows, read in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from store.tables.calendars import CalendarRow, CalendarSpanRow
from store.tables.channels import ChannelRow
from store.tables.users import UserRow
from store.together import together


@dataclass(frozen=True, slots=True)
class Stored:
    """A calendar as it is stored, with the numbers and people who have it."""

    id: UUID
    name: str
    zone: str
    week: Mapping[str, list[str]]
    special: Sequence[Mapping[str, Any]]
    is_default: bool
    created_at: datetime
    channel_ids: tuple[UUID, ...]
    user_ids: tuple[UUID, ...]


# Small tables, read in full.
_STORED = """
SELECT c.id, c.name, c.zone, c.week, c.special, c.is_default, c.created_at,
    ARRAY(SELECT n.id FROM channels n WHERE n.calendar_id = c.id AND n.deleted_at IS NULL ORDER BY n.id) AS channel_ids,
    ARRAY(SELECT u.id FROM users u WHERE u.calendar_id = c.id ORDER BY u.id) AS user_ids
FROM calendars c
"""
_EVERY = text(f"{_STORED} ORDER BY NOT c.is_default, lower(c.name), c.id")
_ONE = text(f"{_STORED} WHERE c.id = :id")


async def every(session: AsyncSession) -> list[Stored]:
    """All of them, the default one first, then by name."""
    return await together(session, _every, None)


async def _every(session: AsyncSession, asked: Sequence[None]) -> list[list[Stored]]:
    found = [_stored(row._mapping) for row in await session.execute(_EVERY)]
    return [found for _ in asked]


async def get(session: AsyncSession, calendar_id: UUID) -> Stored | None:
    """One of them (primary key)."""
    row = (await session.execute(_ONE, {"id": calendar_id})).one_or_none()
    return None if row is None else _stored(row._mapping)


def _stored(row: Mapping[Any, Any]) -> Stored:
    held = {name: tuple(row[name]) for name in ("channel_ids", "user_ids")}
    return Stored(**{**row, **held})


async def named(session: AsyncSession, name: str) -> UUID | None:
    """The calendar of this name, in any case; a small table, read in full."""
    query = select(CalendarRow.id).where(func.lower(CalendarRow.name) == func.lower(name))
    found: UUID | None = await session.scalar(query.limit(1))
    return found


async def create(session: AsyncSession, **values: Any) -> UUID | None:
    """A new one; None when somebody else just made one of this name (uq_calendars_name)."""
    added = insert(CalendarRow).values(id=new_id(), **values)
    made: UUID | None = await session.scalar(
        added.on_conflict_do_nothing(index_elements=["name"]).returning(CalendarRow.id)
    )
    return made


async def change(session: AsyncSession, calendar_id: UUID, **values: Any) -> None:
    """Set columns (primary key)."""
    await session.execute(update(CalendarRow).where(CalendarRow.id == calendar_id).values(**values))


async def no_default(session: AsyncSession) -> None:
    """Let none be the default (uq_calendars_is_default)."""
    await session.execute(
        update(CalendarRow).where(CalendarRow.is_default).values(is_default=False)
    )


async def remove(session: AsyncSession, calendar_id: UUID) -> None:
    """Delete one; whoever had it has none (primary key)."""
    await session.execute(delete(CalendarRow).where(CalendarRow.id == calendar_id))


async def give(
    session: AsyncSession, calendar_id: UUID, channel_ids: Sequence[UUID], user_ids: Sequence[UUID]
) -> None:
    """Let exactly these numbers and people have it; small tables, read in full."""
    for row, ids in ((ChannelRow, channel_ids), (UserRow, user_ids)):
        had, has = row.calendar_id == calendar_id, row.id.in_(ids)
        await session.execute(update(row).where(had, ~has).values(calendar_id=None))
        await session.execute(
            update(row)
            .where(has, row.calendar_id.is_distinct_from(calendar_id))
            .values(calendar_id=calendar_id)
        )


async def spans(session: AsyncSession, calendar_id: UUID) -> list[tuple[datetime, datetime]]:
    """The openings that are kept ready, in order (primary key)."""
    rows = await session.execute(
        select(CalendarSpanRow.opens_at, CalendarSpanRow.closes_at)
        .where(CalendarSpanRow.calendar_id == calendar_id)
        .order_by(CalendarSpanRow.opens_at)
    )
    return [(row.opens_at, row.closes_at) for row in rows]


_SPANS = text("""
INSERT INTO calendar_spans (calendar_id, opens_at, closes_at, worked)
SELECT :id, o.opens_at, o.closes_at, (coalesce(sum(extract(epoch FROM o.closes_at - o.opens_at)) OVER (
    ORDER BY o.opens_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::bigint
FROM unnest(CAST(:opens AS timestamptz[]), CAST(:closes AS timestamptz[])) AS o(opens_at, closes_at)
""")


async def set_spans(
    session: AsyncSession, calendar_id: UUID, openings: Sequence[tuple[datetime, datetime]]
) -> None:
    """Put these openings, in order, in place of the earlier ones (primary key)."""
    await session.execute(delete(CalendarSpanRow).where(CalendarSpanRow.calendar_id == calendar_id))
    parameters = {
        "id": calendar_id,
        "opens": [opens for opens, _ in openings],
        "closes": [closes for _, closes in openings],
    }
    await session.execute(_SPANS, parameters)
