"""Deletions that can still be undone: recorded, hidden, and locked while they are decided."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CursorResult,
    Interval,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from domain.actors import Actor
from domain.ids import new_id
from store import statistics
from store.journal import Place
from store.tables.contacts import ContactRow
from store.tables.leaving import DeletionRow, LeavingRow

Thing = Literal["contact_id", "group_id", "field_key", "campaign_id"]


@dataclass(frozen=True, slots=True)
class Deletion:
    """What somebody is deleting: one group, field or campaign, or else ``contacts`` people."""

    id: UUID
    actor: Actor
    group_id: UUID | None
    field_key: str | None
    campaign_id: UUID | None
    contact_id: UUID | None
    contacts: int
    begun: bool

    @property
    def of_contacts(self) -> bool:
        """Whether it concerns contacts, which are listed separately."""
        return self.group_id is None and self.field_key is None and self.campaign_id is None

    @property
    def thing(self) -> tuple[str, str] | None:
        """The kind and id of what is deleted; None for a selection of contacts."""
        named = {
            "contact": self.contact_id, "group": self.group_id, "field": self.field_key,
            "campaign": self.campaign_id,
        }  # fmt: skip
        return next(((kind, str(key)) for kind, key in named.items() if key is not None), None)


def staying(key: str, thing: Thing = "contact_id") -> str:
    """SQL: whether the thing with this key is not being deleted.

    Nothing is looked up while no deletion is pending. Otherwise one by one, by pk_leaving or uq_deletions_*, never as a
    join: with hundreds of thousands of people, joins got bad plans.
    """
    table = "leaving" if thing == "contact_id" else "deletions"
    return (
        "(NOT EXISTS (SELECT FROM deletions)"
        f" OR NOT EXISTS (SELECT FROM {table} gone WHERE gone.{thing} = {key}))"
    )


def stays(own: InstrumentedAttribute[Any], thing: Thing = "contact_id") -> ColumnElement[bool]:
    """``staying`` for a column of a statement."""
    key = f"{own.class_.__tablename__}.{own.key}"
    return literal_column(staying(key, thing), Boolean)


async def note(session: AsyncSession, actor: Actor, after: timedelta, **thing: object) -> UUID:
    """Record the deletion of a group, field or campaign; returns the deletion's id."""
    deletion_id = new_id()
    await _add(session, deletion_id, actor, after, **thing)
    return deletion_id


async def note_contacts(
    session: AsyncSession,
    actor: Actor,
    wanted: ColumnElement[bool],
    after: timedelta,
    *,
    contact_id: UUID | None,
) -> tuple[UUID, int]:
    """Record the deletion of contacts that meet a condition; returns its id and how many there are.

    The time to undo starts when this ends, however many there are: all of them are deleted, or none.
    """
    deletion_id = new_id()
    # All are found before the first is written, so that the growing table is not searched for each.
    found = select(func.array_agg(ContactRow.id).label("ids")).where(wanted).subquery()
    source = select(func.unnest(found.c.ids), literal(deletion_id))
    noting = upsert(LeavingRow).from_select(["contact_id", "deletion_id"], source)
    done = await session.execute(
        noting.on_conflict_do_nothing(),  # a colleague is deleting the same people
        execution_options={"synchronize_session": False, "preserve_rowcount": True},
    )
    assert isinstance(done, CursorResult)
    number = done.rowcount
    await statistics.refresh(session, number, "leaving")
    await _add(session, deletion_id, actor, after, contact_id=contact_id, contacts=number)
    return deletion_id, number


async def _add(
    session: AsyncSession, deletion_id: UUID, actor: Actor, after: timedelta, **values: object
) -> None:
    due_at = func.clock_timestamp() + literal(after, Interval)
    by = {"actor": actor.label, "user_id": actor.user_id, "ip": actor.ip}
    await session.execute(insert(DeletionRow).values(id=deletion_id, due_at=due_at, **by, **values))


async def is_leaving(session: AsyncSession, contact_id: UUID) -> bool:
    """Whether this contact is being deleted (pk_leaving)."""
    query = select(exists().where(LeavingRow.contact_id == contact_id))
    return bool(await session.scalar(query))


async def get(session: AsyncSession, deletion_id: UUID) -> Deletion | None:
    """A deletion that can still be undone, locked until the transaction ends."""
    row = await session.scalar(
        select(DeletionRow)
        .where(DeletionRow.id == deletion_id, ~DeletionRow.begun)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return None if row is None else _deletion(row)


async def claim(session: AsyncSession, **thing: object) -> Actor | None:
    """Forget the pending deletion of a group, field or campaign; returns who asked for it.

    None when it is not being deleted, or somebody has just undone that.
    """
    gone = delete(DeletionRow).filter_by(**thing).returning(
        DeletionRow.actor, DeletionRow.user_id, DeletionRow.ip
    )  # fmt: skip
    row = (await session.execute(gone)).one_or_none()
    return None if row is None else Actor(row.actor, row.user_id, row.ip)


async def count(session: AsyncSession, deletion_id: UUID) -> int:
    """How many contacts of a deletion are still there (ix_leaving_deletion_id)."""
    query = select(func.count()).where(LeavingRow.deletion_id == deletion_id)
    return int(await session.scalar(query) or 0)


_DUE = text("SELECT id FROM deletions WHERE due_at <= clock_timestamp() ORDER BY due_at, id")


async def due(session: AsyncSession) -> list[UUID]:
    """Deletions that nobody undid in time; there are few."""
    return list((await session.scalars(_DUE)).all())


async def take(session: AsyncSession, deletion_id: UUID) -> Deletion | None:
    """A deletion that is due, locked until the transaction ends; None when it is locked or gone."""
    # Waits only briefly for locks: it is tried again in a moment.
    await session.execute(text("SELECT set_config('lock_timeout', '2s', true)"))
    row = await session.scalar(
        select(DeletionRow)
        .where(DeletionRow.id == deletion_id, DeletionRow.due_at <= func.clock_timestamp())
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return None if row is None else _deletion(row)


def _deletion(row: DeletionRow) -> Deletion:
    return Deletion(
        row.id, Actor(row.actor, row.user_id, row.ip), row.group_id, row.field_key,
        row.campaign_id, row.contact_id, row.contacts, row.begun,
    )  # fmt: skip


async def begin(session: AsyncSession, deletion_id: UUID) -> None:
    """Mark it as begun: it can no longer be undone."""
    await session.execute(
        update(DeletionRow).where(DeletionRow.id == deletion_id).values(begun=True)
    )


# Uses ix_leaving_deletion_id. Contacts being changed are skipped until the next look.
_PORTION = text("""
SELECT c.id FROM leaving l JOIN contacts c ON c.id = l.contact_id
WHERE l.deletion_id = :id AND l.contact_id <> ALL(CAST(:without AS uuid[]))
LIMIT :limit FOR UPDATE OF c SKIP LOCKED
""")


async def portion(
    session: AsyncSession, deletion_id: UUID, limit: int, without: Collection[UUID]
) -> list[UUID]:
    """Some contacts of a deletion, locked until the transaction ends."""
    parameters = {"id": deletion_id, "limit": limit, "without": list(without)}
    return list((await session.scalars(_PORTION, parameters)).all())


_LATER = text("UPDATE deletions SET due_at = clock_timestamp() + :after WHERE id = :id").bindparams(
    bindparam("after", type_=Interval)
)


async def postpone(session: AsyncSession, deletion_id: UUID, after: timedelta) -> None:
    """Retry later what cannot be deleted now."""
    await session.execute(_LATER, {"id": deletion_id, "after": after})


# Uses ix_leaving_deletion_id.
_STAYING = text("""
INSERT INTO journal_contacts (contact_id, entry_id, at)
SELECT contact_id, :entry_id, :at FROM leaving WHERE deletion_id = :id
""")


async def list_staying(session: AsyncSession, deletion_id: UUID, place: Place) -> None:
    """List the contacts that an undone deletion leaves under its entry in the journal."""
    await session.execute(_STAYING, {"id": deletion_id, "entry_id": place.id, "at": place.at})


# Uses ix_leaving_deletion_id and ix_webhook_events_waiting: deliveries that waited for it are read at once.
_FORGET = text("""
WITH staying AS (DELETE FROM leaving WHERE deletion_id = :id),
awaited AS (UPDATE webhook_events SET wait_until = NULL WHERE state = 'waiting' AND wait_until IS NOT NULL)
DELETE FROM deletions WHERE id = :id
""")


async def forget(session: AsyncSession, deletion_id: UUID) -> None:
    """Remove a decided deletion: what it names was kept or deleted."""
    await session.execute(_FORGET, {"id": deletion_id})
