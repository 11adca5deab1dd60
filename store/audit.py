"""The audit log: append and read back, newest first."""

from collections.abc import Collection, Mapping
from datetime import datetime
from operator import eq, ge, gt, lt
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.audit import AuditEntry, AuditFilter
from store.tables.campaigns import CampaignRow
from store.tables.channels import ChannelRow
from store.tables.contacts import ContactRow, GroupRow, ImportRow, MovedRow
from store.tables.messages import ConversationRow
from store.tables.templates import TemplateRow
from store.tables.users import ApiTokenRow, AuditRow, UserRow


async def add(session: AsyncSession, **values: object) -> None:
    """Append one entry."""
    await session.execute(insert(AuditRow).values(**values))


async def page(session: AsyncSession, wanted: AuditFilter) -> list[AuditEntry]:
    """Entries that match, newest first, next to an id: older than one, or newer (primary key)."""
    forwards = wanted.after_id is not None
    query = (
        select(AuditRow, UserRow.name)
        .outerjoin(UserRow, UserRow.id == AuditRow.user_id)
        .order_by(AuditRow.id if forwards else AuditRow.id.desc())
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
        (AuditRow.id, gt, wanted.after_id),
    )
    query = query.where(*(compare(column, value) for column, compare, value in conditions if value))
    if wanted.entities:
        query = query.where(AuditRow.entity.in_(wanted.entities))
    found = [_as_entry(row, name) for row, name in await session.execute(query)]
    return found[::-1] if forwards else found


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
    "conversation": (
        ConversationRow.id,
        select(
            func.coalesce(
                func.nullif(func.max(ContactRow.name), ""),
                func.max(ContactRow.phone),
                ConversationRow.group_name,
            )
        )
        .where(ContactRow.id == ConversationRow.contact_id)
        .correlate(ConversationRow)
        .scalar_subquery(),
        None,
    ),
    "group": (GroupRow.id, GroupRow.name, None),
    "import": (ImportRow.id, ImportRow.file_name, None),
    "template": (TemplateRow.id, TemplateRow.name, TemplateRow.deleted_at),
    "token": (ApiTokenRow.id, ApiTokenRow.name, None),
    "user": (UserRow.id, UserRow.name, None),
}
_ALIKE = {"campaign_file": "campaign", "campaign_recipients": "campaign"}


NAMED = frozenset({*_NAMES, *_ALIKE})


async def names(session: AsyncSession, wanted: Mapping[str, Collection[UUID]]) -> dict[UUID, str]:
    """Names of the things there still are, by kind and id (primary keys; one question a kind)."""
    found: dict[UUID, str] = {}
    for entity, ids in wanted.items():
        key, name, gone = _NAMES[_ALIKE.get(entity, entity)]
        query = select(key, name).where(key.in_(ids))
        query = query if gone is None else query.where(gone.is_(None))
        found |= {row[0]: row[1] or "" for row in await session.execute(query)}
    return found


async def moved(session: AsyncSession, contact_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of contacts by an id they had before they went up in another (primary keys)."""
    query = select(MovedRow.old_id, _NAMES["contact"][1]).join(
        ContactRow, ContactRow.id == MovedRow.new_id
    )
    found = await session.execute(query.where(MovedRow.old_id.in_(contact_ids)))
    return {row[0]: row[1] or "" for row in found}


async def token_names(session: AsyncSession, prefixes: Collection[str]) -> dict[str, str]:
    """Names of tokens by what they begin with (one pass over the few tokens there are)."""
    query = select(ApiTokenRow.prefix, ApiTokenRow.name).where(ApiTokenRow.prefix.in_(prefixes))
    return {row.prefix: row.name for row in await session.execute(query)}


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
