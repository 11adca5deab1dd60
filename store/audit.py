"""The audit log: append and read back, newest first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import eq, ge, lt
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.campaigns import CampaignRow
from store.tables.channels import ChannelRow
from store.tables.contacts import ContactRow, GroupRow, ImportRow
from store.tables.templates import TemplateRow
from store.tables.users import AuditRow, UserRow


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log, with the person's name when it was a person."""

    id: int
    at: datetime
    user_id: UUID | None
    user_name: str
    actor: str
    action: str
    entity: str
    entity_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    ip: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What of the log to show; empty means everything."""

    user_id: UUID | None = None
    entity: str = ""
    entity_id: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    limit: int = field(default=50)


async def add(session: AsyncSession, **values: object) -> None:
    """Append one entry."""
    await session.execute(insert(AuditRow).values(**values))


async def page(session: AsyncSession, wanted: AuditFilter) -> list[AuditEntry]:
    """Entries that match, newest first, older than ``before_id`` (primary key, backwards)."""
    query = (
        select(AuditRow, UserRow.name)
        .outerjoin(UserRow, UserRow.id == AuditRow.user_id)
        .order_by(AuditRow.id.desc())
        .limit(wanted.limit)
    )
    conditions = (
        (AuditRow.user_id, eq, wanted.user_id),
        (AuditRow.entity, eq, wanted.entity),
        (AuditRow.entity_id, eq, wanted.entity_id),
        (AuditRow.action, eq, wanted.action),
        (AuditRow.at, ge, wanted.since),
        (AuditRow.at, lt, wanted.until),
        (AuditRow.id, lt, wanted.before_id),
    )
    query = query.where(*(compare(column, value) for column, compare, value in conditions if value))
    return [_as_entry(row, name) for row, name in await session.execute(query)]


# Uses ix_audit_log_at.
_PURGE = text("""
DELETE FROM audit_log WHERE id IN (
    SELECT id FROM audit_log WHERE at < :before ORDER BY at LIMIT :limit) RETURNING id
""")


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete lines older than a time, at most so many; how many."""
    return len((await session.execute(_PURGE, {"before": before, "limit": limit})).all())


_NAMES = {
    "campaign": (CampaignRow.id, CampaignRow.name, None),
    "channel": (ChannelRow.id, ChannelRow.name, ChannelRow.deleted_at),
    "contact": (
        ContactRow.id,
        func.coalesce(func.nullif(ContactRow.name, ""), ContactRow.phone),
        None,
    ),
    "group": (GroupRow.id, GroupRow.name, None),
    "import": (ImportRow.id, ImportRow.file_name, None),
    "template": (TemplateRow.id, TemplateRow.name, TemplateRow.deleted_at),
}


NAMED = frozenset(_NAMES)


async def names(session: AsyncSession, wanted: Mapping[str, Collection[UUID]]) -> dict[UUID, str]:
    """Names of the things there still are, by kind and id (primary keys; one question a kind)."""
    found: dict[UUID, str] = {}
    for entity, ids in wanted.items():
        key, name, gone = _NAMES[entity]
        query = select(key, name).where(key.in_(ids))
        query = query if gone is None else query.where(gone.is_(None))
        found |= {row[0]: row[1] or "" for row in await session.execute(query)}
    return found


async def entities(session: AsyncSession) -> list[str]:
    """The kinds of things in the log, for the filter (ix_audit_log_entity, one probe per kind)."""
    found: list[str] = []
    query = select(AuditRow.entity).order_by(AuditRow.entity).limit(1)
    kind = await session.scalar(query)
    while kind is not None:
        found.append(kind)
        kind = await session.scalar(query.where(AuditRow.entity > kind))
    return found


def _as_entry(row: AuditRow, name: str | None) -> AuditEntry:
    return AuditEntry(
        row.id,
        row.at,
        row.user_id,
        name or "",
        row.actor,
        row.action,
        row.entity,
        row.entity_id,
        row.before,
        row.after,
        row.ip,
    )
