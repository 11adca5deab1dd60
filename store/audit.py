"""The audit log: the journal's entries for writes by people and programs, newest first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, lt
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.audit import AuditEntry, AuditFilter
from domain.journal.rules import Life
from store.tables.automations import AutomationRow, LabelRow
from store.tables.campaigns import CampaignRow
from store.tables.channels import ChannelRow
from store.tables.contacts import ContactRow, GroupRow, ImportRow, MovedRow
from store.tables.journal import JournalRow
from store.tables.messages import ConversationRow
from store.tables.templates import TemplateRow
from store.tables.users import ApiTokenRow, UserRow


# Uses pk_journal of each month from its end, ix_journal_kept_entity for a single thing.
async def page(session: AsyncSession, wanted: AuditFilter) -> list[AuditEntry]:
    """Matching entries, newest first, older or newer than an id."""
    forwards = wanted.after_id is not None
    query = (
        select(JournalRow, UserRow.name)
        .outerjoin(UserRow, UserRow.id == JournalRow.user_id)
        .where(JournalRow.life == Life.KEPT, JournalRow.audited)
        .order_by(JournalRow.id if forwards else JournalRow.id.desc())
        .limit(wanted.limit)
    )
    conditions = (
        (JournalRow.user_id, eq, wanted.user_id),
        (JournalRow.entity, eq, wanted.entity),
        (JournalRow.entity_id, eq, wanted.entity_id),
        (JournalRow.kind, eq, wanted.action),
        (JournalRow.at, ge, wanted.since),
        (JournalRow.at, lt, wanted.until),
        (JournalRow.id, lt, wanted.before_id),
        (JournalRow.id, gt, wanted.after_id),
    )
    query = query.where(*(compare(column, value) for column, compare, value in conditions if value))
    if wanted.entities:
        query = query.where(JournalRow.entity.in_(wanted.entities))
    found = [_as_entry(row, name) for row, name in await session.execute(query)]
    return found[::-1] if forwards else found


_NAMES = {
    "automation": (AutomationRow.id, AutomationRow.name, None),
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
    "label": (LabelRow.id, LabelRow.name, None),
    "template": (TemplateRow.id, TemplateRow.name, TemplateRow.deleted_at),
    "token": (ApiTokenRow.id, ApiTokenRow.name, None),
    "user": (UserRow.id, UserRow.name, None),
}
_ALIKE = {"campaign_file": "campaign", "campaign_recipients": "campaign"}


NAMED = frozenset({*_NAMES, *_ALIKE})


async def names(session: AsyncSession, wanted: Mapping[str, Collection[UUID]]) -> dict[UUID, str]:
    """Names of things that still exist, by kind and id (primary keys; one query per kind)."""
    found: dict[UUID, str] = {}
    for entity, ids in wanted.items():
        key, name, gone = _NAMES[_ALIKE.get(entity, entity)]
        query = select(key, name).where(key.in_(ids))
        query = query if gone is None else query.where(gone.is_(None))
        found |= {id_: name or "" for id_, name in await session.execute(query)}
    return found


async def moved(session: AsyncSession, contact_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of merged contacts, by the id they had before (primary keys)."""
    query = select(MovedRow.old_id, _NAMES["contact"][1]).join(
        ContactRow, ContactRow.id == MovedRow.new_id
    )
    found = await session.execute(query.where(MovedRow.old_id.in_(contact_ids)))
    return {id_: name or "" for id_, name in found}


# Uses ix_journal_kept_entity.
_GROUP_NAMES = text("""
SELECT id, entity_id AS group_id, before ->> 'name' AS name, kind = 'group.deleted' AS deleted FROM journal_kept
WHERE entity = 'group' AND entity_id = ANY(CAST(:ids AS text[])) AND kind IN ('group.renamed', 'group.deleted')
    AND before ->> 'name' IS NOT NULL
ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class FormerName:
    """What a group was called until an entry of the journal, which renamed or deleted it."""

    id: int
    group_id: str
    name: str
    deleted: bool


async def group_names(session: AsyncSession, group_ids: Collection[UUID]) -> list[FormerName]:
    """The former names of groups, oldest first."""
    found = await session.execute(_GROUP_NAMES, {"ids": [str(one) for one in group_ids]})
    return [FormerName(**row._mapping) for row in found]


async def token_names(session: AsyncSession, prefixes: Collection[str]) -> dict[str, str]:
    """Names of tokens by prefix (one pass over the few tokens there are)."""
    query = select(ApiTokenRow.prefix, ApiTokenRow.name).where(ApiTokenRow.prefix.in_(prefixes))
    return {row.prefix: row.name for row in await session.execute(query)}


def _as_entry(row: JournalRow, name: str | None) -> AuditEntry:
    return AuditEntry(
        row.id,
        row.at,
        row.user_id,
        name or "",
        row.actor,
        row.kind,
        row.entity,
        row.entity_id,
        row.before,
        row.data,
        row.ip,
    )
