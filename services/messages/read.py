"""Read messages: a thread, a list, a single one; and mark an inbound one as read."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.actors import Actor
from domain.errors import Conflict, Invalid, NotFound
from domain.messages import Direction, MessageFilter
from services.conversations import browse, change
from services.messages.views import MessageView, view
from store import messages
from store.messages import CampaignReceived, MessageRecord

PAGE_LIMIT = 200
THREAD_PAGE = 50
SINCE_LIMIT = 500
"""The most messages one refresh of an open thread gets; a page left open longer needs a reload."""


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages in reading order; ``more`` when older ones exist."""

    messages: list[MessageView]
    more: bool


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One page of a list and the cursor of the next."""

    items: list[MessageView]
    next_cursor: str | None


async def thread(
    session: AsyncSession,
    channel_id: UUID,
    contact_id: UUID,
    *,
    before: UUID | None = None,
    since: UUID | None = None,
    limit: int = THREAD_PAGE,
) -> Thread:
    """The newest messages of a thread, those before one, or those from one on."""
    wanted = SINCE_LIMIT if since is not None else limit
    found = await messages.thread(
        session, channel_id, contact_id, before=before, since=since, limit=wanted + 1
    )
    more = len(found) > wanted
    return Thread([view(record) for record in reversed(found[:wanted])], more or since is not None)


async def within(
    session: AsyncSession, wanted: MessageFilter, conversation_id: UUID
) -> MessageFilter:
    """The same, for one conversation only; raises Invalid if it is with a different contact."""
    thread = await browse.one(session, conversation_id)
    if wanted.contact_id not in (None, thread.contact_id):
        raise Invalid("contact_mismatch")
    return replace(wanted, channel_id=thread.channel_id, contact_id=thread.contact_id)


async def page(
    session: AsyncSession, wanted: MessageFilter, *, cursor: str | None, limit: int = 50
) -> MessagePage:
    """One page; the cursor is opaque to callers."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid("limit_range.messages", field="limit", page_limit=PAGE_LIMIT)
    by_seq = wanted.campaign_id is not None
    before, after_seq = _position(cursor, by_seq=by_seq)
    found = await messages.page(
        session, wanted, before=before, after_seq=after_seq, limit=limit + 1
    )
    shown = found[:limit]
    following = None
    if len(found) > limit:
        following = str(shown[-1].seq if by_seq else shown[-1].id)
    return MessagePage([view(record) for record in shown], following)


def _position(cursor: str | None, *, by_seq: bool) -> tuple[UUID | None, int | None]:
    if cursor is None:
        return None, None
    try:
        return (None, int(cursor)) if by_seq else (UUID(cursor), None)
    except ValueError:
        raise cursors.wrong() from None


async def one(session: AsyncSession, message_id: UUID) -> MessageView:
    """One message; raises NotFound."""
    return view(await require(session, message_id))


async def require(session: AsyncSession, message_id: UUID) -> MessageRecord:
    """The stored message; raises NotFound."""
    record = await messages.get(session, message_id)
    if record is None:
        raise NotFound("message_not_found")
    return record


async def mark_read(session: AsyncSession, actor: Actor, message_id: UUID) -> MessageView:
    """Mark an inbound message, and everything before it, as read by the team."""
    record = await require(session, message_id)
    if record.direction != Direction.INBOUND:
        raise Conflict("not_inbound")
    await messages.mark_read(session, message_id)
    if record.conversation_id is not None:
        await change.mark_read(session, actor, record.conversation_id, message_id)
    return await one(session, message_id)


async def campaigns_of(session: AsyncSession, contact_id: UUID) -> list[CampaignReceived]:
    """The last campaigns a contact was in, newest first."""
    return await messages.campaigns_of(session, contact_id, limit=5)


async def latest_of(session: AsyncSession, contact_id: UUID, limit: int = 20) -> list[MessageView]:
    """The newest messages of a contact on all numbers, newest first."""
    wanted = MessageFilter(contact_id=contact_id)
    found = await messages.page(session, wanted, before=None, after_seq=None, limit=limit)
    return [view(record) for record in found]
