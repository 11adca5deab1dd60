"""Labels, and the conversations they are on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from store.tables.automations import ConversationLabelRow, LabelRow


@dataclass(frozen=True, slots=True)
class Label:
    """A label, and on how many conversations it is."""

    id: UUID
    name: str
    color: str
    created_at: datetime
    conversations: int = 0


_COLUMNS = (LabelRow.id, LabelRow.name, LabelRow.color, LabelRow.created_at)


async def every(session: AsyncSession) -> list[Label]:
    """All labels by name, with their conversations (ix_conversation_labels_label_id, in one pass)."""
    used = (
        select(ConversationLabelRow.label_id, func.count().label("conversations"))
        .group_by(ConversationLabelRow.label_id)
        .subquery()
    )
    rows = await session.execute(
        select(*_COLUMNS, func.coalesce(used.c.conversations, 0).label("conversations"))
        .outerjoin(used, used.c.label_id == LabelRow.id)
        .order_by(func.lower(LabelRow.name), LabelRow.id)
    )
    return [Label(**row._mapping) for row in rows]


async def get(session: AsyncSession, label_id: UUID) -> Label | None:
    """One label (primary key) with its conversations (ix_conversation_labels_label_id)."""
    used = select(func.count()).where(ConversationLabelRow.label_id == label_id).scalar_subquery()
    rows = await session.execute(
        select(*_COLUMNS, used.label("conversations")).where(LabelRow.id == label_id)
    )
    found = rows.one_or_none()
    return Label(**found._mapping) if found else None


async def find(session: AsyncSession, name: str) -> Label | None:
    """The label with this name, in any case; a small table, read in full."""
    rows = await session.execute(
        select(*_COLUMNS).where(func.lower(LabelRow.name) == func.lower(name))
    )
    found = rows.first()
    return Label(**found._mapping) if found else None


async def create(session: AsyncSession, name: str, color: str) -> UUID | None:
    """A new label; None when somebody else just made one of this name (uq_labels_name)."""
    added = insert(LabelRow).values(id=new_id(), name=name, color=color).on_conflict_do_nothing()
    made: UUID | None = await session.scalar(added.returning(LabelRow.id))
    return made


async def change(session: AsyncSession, label_id: UUID, **values: Any) -> None:
    """Set columns (primary key)."""
    await session.execute(update(LabelRow).where(LabelRow.id == label_id).values(**values))


async def remove(session: AsyncSession, label_id: UUID) -> None:
    """Delete a label, and take it off every conversation (primary key, ix_conversation_labels_label_id)."""
    await session.execute(delete(LabelRow).where(LabelRow.id == label_id))


async def of_conversations(
    session: AsyncSession, conversation_ids: Sequence[UUID]
) -> dict[UUID, list[Label]]:
    """The labels of each conversation, by name (primary key of conversation_labels)."""
    rows = await session.execute(
        select(ConversationLabelRow.conversation_id, *_COLUMNS)
        .join(LabelRow, LabelRow.id == ConversationLabelRow.label_id)
        .where(ConversationLabelRow.conversation_id.in_(conversation_ids))
        .order_by(func.lower(LabelRow.name), LabelRow.id)
    )
    found: dict[UUID, list[Label]] = {one: [] for one in conversation_ids}
    for row in rows:
        found[row.conversation_id].append(Label(row.id, row.name, row.color, row.created_at))
    return found


async def put_on(session: AsyncSession, conversation_id: UUID, label_id: UUID) -> bool:
    """Put a label on a conversation (primary key); False when it was there."""
    added = insert(ConversationLabelRow).values(conversation_id=conversation_id, label_id=label_id)
    made = await session.execute(
        added.on_conflict_do_nothing().returning(ConversationLabelRow.label_id)
    )
    return made.first() is not None


async def take_off(session: AsyncSession, conversation_id: UUID, label_id: UUID) -> bool:
    """Take a label off a conversation (primary key); False when it was not there."""
    gone = await session.execute(
        delete(ConversationLabelRow)
        .where(
            ConversationLabelRow.conversation_id == conversation_id,
            ConversationLabelRow.label_id == label_id,
        )
        .returning(ConversationLabelRow.label_id)
    )
    return gone.first() is not None
