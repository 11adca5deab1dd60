"""Read conversations: the inbox list, its counts, one conversation."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.conversations import ConversationCounts, ConversationFilter, ConversationRecord
from domain.errors import Conflict, Invalid, NotFound
from domain.live import thread_of
from store import conversations, merging

PAGE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of a list and the cursor of the next."""

    items: list[ConversationRecord]
    next_cursor: str | None


async def page(
    session: AsyncSession, wanted: ConversationFilter, *, cursor: str | None, limit: int
) -> ConversationPage:
    """Conversations by newest message; ``cursor`` is opaque to callers."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid("limit_range.conversations", field="limit", page_limit=PAGE_LIMIT)
    found = await conversations.page(session, wanted, after=_position(cursor), limit=limit + 1)
    shown = found[:limit]
    return ConversationPage(shown, cursor_of(shown[-1]) if len(found) > limit else None)


def cursor_of(record: ConversationRecord) -> str:
    """The position of a conversation in the list."""
    return f"{record.last_message_at.isoformat()}~{record.id}"


def _position(cursor: str | None) -> tuple[datetime, UUID] | None:
    if not cursor:
        return None
    at, _, conversation_id = cursor.partition("~")
    try:
        position = datetime.fromisoformat(at), UUID(conversation_id)
        if position[0].tzinfo is None:
            raise ValueError(at)
    except ValueError:
        raise cursors.wrong() from None
    return position


async def counts(
    session: AsyncSession, user_id: UUID, wanted: ConversationFilter
) -> ConversationCounts:
    """Counts for the tabs: the conversations in ``wanted`` by assignee, ignoring its own assignee."""
    return await conversations.counts(session, user_id, wanted)


async def one(session: AsyncSession, conversation_id: UUID) -> ConversationRecord:
    """One conversation, also by the id of one merged into it; raises NotFound."""
    record = await conversations.get(session, conversation_id)
    if record is None and (moved := await merging.moved_to(session, conversation_id)):
        record = await conversations.get(session, moved)
    if record is None:
        raise NotFound("conversation_not_found")
    return record


async def with_person(session: AsyncSession, conversation_id: UUID) -> ConversationRecord:
    """A conversation that can be written in; raises Conflict for groups, which cannot get messages."""
    record = await one(session, conversation_id)
    if record.group_id is not None:
        raise Conflict("group_read_only")
    return record


async def thread(session: AsyncSession, conversation_id: UUID) -> str:
    """The conversation's room for statuses, ``live.thread_of``; empty if there is none."""
    try:
        found = await one(session, conversation_id)
    except NotFound:
        return ""
    return thread_of(found.channel_id, found.contact_id)
