"""Conversations: windows, the inbox's lists, and what the team does with one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import ContactFilter
from domain.conversations import (
    QUIET_KINDS,
    ConversationCounts,
    ConversationFilter,
    ConversationRecord,
    ConversationStatus,
)
from domain.ids import new_id
from domain.targets import SOON, Lateness
from store import contacts, leaving, searches
from store.tables.channels import ChannelRow
from store.tables.contacts import ContactRow
from store.tables.messages import ConversationRow, MessageRow
from store.tables.users import UserRow
from store.together import given, together


def _shown(cut: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The page's rows with their previewed messages: a short walk of ix_messages_contact_id_id per row.

    Later campaign messages are not previewed; a row that does not name its preview, from an older release, shows the
    newest other message.
    """
    page = cut.subquery("page")
    author = ContactRow.__table__.alias("author")
    unnamed = and_(page.c.last_message_id.is_(None), MessageRow.campaign_id.is_(None))
    newest = (
        select(
            MessageRow.direction.label("last_direction"),
            MessageRow.state.label("last_state"),
            func.coalesce(
                func.nullif(author.c.name, ""),
                func.nullif(MessageRow.author_name, ""),
                author.c.phone,
            ).label("last_author"),
        )
        .outerjoin(author, author.c.id == MessageRow.author_id)
        .where(MessageRow.contact_id == page.c.contact_id)
        .where(MessageRow.channel_id == page.c.channel_id)
        .where(or_(MessageRow.id == page.c.last_message_id, unnamed))
        .order_by(MessageRow.id.desc())
        .limit(1)
        .lateral("newest")
    )
    shown = [column for column in page.c if column.key != "last_message_id"]
    return (
        select(*shown, newest)
        .outerjoin_from(page, newest, true())
        .order_by(page.c.last_message_at.desc(), page.c.id.desc())
    )


_CUT = (
    select(
        ConversationRow.id,
        ConversationRow.channel_id,
        ChannelRow.name.label("channel_name"),
        func.coalesce(ConversationRow.contact_id, ConversationRow.id).label("contact_id"),
        ConversationRow.group_id,
        func.coalesce(ContactRow.name, ConversationRow.group_name).label("contact_name"),
        ContactRow.phone.label("contact_phone"),
        ConversationRow.status,
        ConversationRow.assignee_id,
        UserRow.name.label("assignee_name"),
        ConversationRow.unread,
        ConversationRow.preview,
        ConversationRow.last_message_at,
        ConversationRow.last_message_id,
        ConversationRow.window_opened_at,
        ConversationRow.window_expires_at,
        ConversationRow.created_at,
        ConversationRow.older_gone,
        ConversationRow.waiting_since,
        ConversationRow.reply_due_at,
        ConversationRow.resolve_due_at,
    )
    .outerjoin(ContactRow, ContactRow.id == ConversationRow.contact_id)
    .join(ChannelRow, ChannelRow.id == ConversationRow.channel_id)
    .outerjoin(UserRow, UserRow.id == ConversationRow.assignee_id)
    .where(leaving.stays(ConversationRow.contact_id))
)


def _conditions(wanted: ConversationFilter) -> list[ColumnElement[bool]]:
    mine = wanted.assignee_id and not wanted.unassigned
    exact: list[tuple[Any, ColumnElement[bool]]] = [
        (wanted.status, ConversationRow.status == wanted.status),
        (wanted.unassigned, ConversationRow.assignee_id.is_(None)),
        (mine, ConversationRow.assignee_id == wanted.assignee_id),
        (wanted.unread, ConversationRow.unread > 0),
        (wanted.channel_id, ConversationRow.channel_id == wanted.channel_id),
        (wanted.contact_id, ConversationRow.contact_id == wanted.contact_id),
        (wanted.due, _due_within(SOON if wanted.due is Lateness.SOON else timedelta())),
        (wanted.search, _found(wanted.search)),
    ]
    return [condition for value, condition in exact if value]


def _due_within(ahead: timedelta) -> ColumnElement[bool]:
    """As ``domain.targets.lateness``: late, or due soon."""
    first = func.least(ConversationRow.reply_due_at, ConversationRow.resolve_due_at)
    return first <= func.clock_timestamp() + ahead


def _found(search: str) -> ColumnElement[bool]:
    named = ConversationRow.group_name != ""
    of_group = searches.holds(ConversationRow.group_name, search) & named
    return or_(contacts.matching(ContactFilter(search=search)), of_group)


async def page(
    session: AsyncSession,
    wanted: ConversationFilter,
    *,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[ConversationRecord]:
    """Conversations by their last message, newest first (ix_conversations_last_message_at_id)."""
    key = (ConversationRow.last_message_at, ConversationRow.id)
    cut = _CUT.where(*_conditions(wanted)).order_by(*(column.desc() for column in key)).limit(limit)
    if after is not None:
        cut = cut.where(tuple_(*key) < after)
    return [ConversationRecord(**row._mapping) for row in await session.execute(_shown(cut))]


async def get(session: AsyncSession, conversation_id: UUID) -> ConversationRecord | None:
    """One conversation (primary key), unless its person is being deleted."""
    cut = _CUT.where(ConversationRow.id == conversation_id)
    row = (await session.execute(_shown(cut))).one_or_none()
    return ConversationRecord(**row._mapping) if row else None


async def id_of(session: AsyncSession, channel_id: UUID, contact_id: UUID) -> UUID | None:
    """The conversation of a person on a number (uq_conversations_channel_id_contact_id)."""
    found: UUID | None = await session.scalar(
        select(ConversationRow.id).where(
            ConversationRow.channel_id == channel_id, ConversationRow.contact_id == contact_id
        )
    )
    return found


# Uses uq_conversations_channel_id_contact_id.
_TOUCH = text("""
INSERT INTO conversations (id, channel_id, contact_id, status, assignee_id, preview, last_message_at,
    last_message_id, resolved_at)
SELECT t.id, t.channel_id, t.contact_id, t.status, t.assignee_id, left(t.preview, 200), clock_timestamp(), t.message_id,
    CASE WHEN t.status = 'resolved' THEN clock_timestamp() END
FROM json_to_recordset(CAST(:touched AS json)) AS t(
    id uuid, channel_id uuid, contact_id uuid, status text, assignee_id uuid, preview text, message_id uuid)
LEFT JOIN conversations known ON known.channel_id = t.channel_id AND known.contact_id = t.contact_id
ORDER BY known.id NULLS LAST, t.channel_id, t.contact_id
ON CONFLICT (channel_id, contact_id) DO UPDATE SET
    preview = excluded.preview,
    last_message_id = excluded.last_message_id,
    last_message_at = greatest(conversations.last_message_at, excluded.last_message_at)
RETURNING id, channel_id, contact_id
""")

_ENSURE = text("""
INSERT INTO conversations (id, channel_id, contact_id, assignee_id)
VALUES (:id, :channel_id, :contact_id, :assignee_id)
ON CONFLICT (channel_id, contact_id) DO NOTHING RETURNING id
""")

_QUIET = ", ".join(f"'{kind}'" for kind in sorted(QUIET_KINDS))
# Primary key; what is still unread after a message through ix_messages_contact_id_id.
_MARK_READ = text(f"""
UPDATE conversations c SET unread = CASE WHEN CAST(:up_to AS uuid) IS NULL THEN 0 ELSE (
    SELECT count(*) FROM messages m WHERE m.contact_id = coalesce(c.contact_id, c.id)
        AND m.channel_id = c.channel_id AND m.direction = 'in' AND m.id > :up_to
        AND m.kind NOT IN ({_QUIET})) END
WHERE c.id = :id AND c.unread > 0 RETURNING c.id
""")


async def counts(
    session: AsyncSession, user_id: UUID, wanted: ConversationFilter
) -> ConversationCounts:
    """Counts for the inbox tabs, in one pass over the conversations, with the conditions of ``page``."""
    everybody = replace(wanted, assignee_id=None, unassigned=False, due=None)
    sums = select(
        func.count().filter(ConversationRow.assignee_id == user_id).label("mine"),
        func.count().filter(ConversationRow.assignee_id.is_(None)).label("unassigned"),
        func.count().label("everyone"),
        func.count().filter(ConversationRow.unread > 0).label("unread"),
        func.coalesce(func.sum(ConversationRow.unread), 0).label("messages"),
        func.count().filter(_due_within(SOON)).label("due"),
    ).outerjoin_from(ConversationRow, ContactRow, ContactRow.id == ConversationRow.contact_id)
    stays = leaving.stays(ConversationRow.contact_id)
    found = await session.execute(sums.where(stays, *_conditions(everybody)))
    return ConversationCounts(**found.one()._mapping)


async def touch(
    session: AsyncSession,
    channel_id: UUID,
    contact_id: UUID,
    *,
    message_id: UUID,
    preview: str,
    status: str,
    assignee_id: UUID | None,
) -> UUID:
    """Record an outbound message; a missing conversation is created with this status and assignee."""
    touched = {
        "id": new_id(), "channel_id": channel_id, "contact_id": contact_id, "preview": preview,
        "status": status, "assignee_id": assignee_id, "message_id": message_id,
    }  # fmt: skip
    return await together(session, _touch, touched)


async def _touch(session: AsyncSession, touched: Sequence[dict[str, Any]]) -> list[UUID]:
    last = {(one["channel_id"], one["contact_id"]): one for one in touched}
    rows = await session.execute(_TOUCH, {"touched": given(list(last.values()))})
    ids = {(row.channel_id, row.contact_id): row.id for row in rows}
    return [ids[one["channel_id"], one["contact_id"]] for one in touched]


async def ensure(
    session: AsyncSession, channel_id: UUID, contact_id: UUID, assignee_id: UUID | None
) -> bool:
    """Create the conversation of a person on a number if missing; returns whether it was."""
    ids = {"id": new_id(), "channel_id": channel_id, "contact_id": contact_id}
    made = await session.execute(_ENSURE, {**ids, "assignee_id": assignee_id})
    return made.first() is not None


async def set_status(
    session: AsyncSession, conversation_id: UUID, status: ConversationStatus
) -> None:
    """Set the status; messages written before it was resolved do not reopen it."""
    at = func.clock_timestamp() if status is ConversationStatus.RESOLVED else None
    await change(session, conversation_id, status=status, resolved_at=at)


async def change(session: AsyncSession, conversation_id: UUID, **values: Any) -> None:
    """Set columns of one conversation (primary key)."""
    await session.execute(
        update(ConversationRow).where(ConversationRow.id == conversation_id).values(**values)
    )


async def mark_read(session: AsyncSession, conversation_id: UUID, up_to: UUID | None) -> bool:
    """Count the messages after ``up_to`` (None: nothing) as unread; False if nothing was unread."""
    marked = await session.execute(_MARK_READ, {"id": conversation_id, "up_to": up_to})
    return marked.first() is not None
