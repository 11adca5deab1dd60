"""What each pane of the inbox shows: list, thread, composer and contact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.clock import now
from api.security import Principal
from domain.contacts import Contact
from domain.conversations import ConversationRecord
from domain.permissions import Permission
from services import users
from services.contacts import consent, fields, search, timeline
from services.conversations import browse
from services.messages import read
from services.messages.read import Thread
from services.messages.views import MessageView
from web.inbox.query import MOST_SHOWN, InboxQuery
from web.rendering import render_fragment

ACTIVITY_SHOWN = 5

GROUPED_S = 300
"""Messages by one author within five minutes are grouped: only the first has a tail."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message in a thread; ``day`` starts a new day, ``first`` starts a group by its author."""

    message: MessageView
    day: datetime | None
    first: bool


async def list_pane(
    session: AsyncSession, principal: Principal, query: InboxQuery, selected: UUID | None
) -> dict[str, Any]:
    """Rows and counters of the list, in two statements."""
    wanted = query.conditions(principal.user_id)
    page = await browse.page(session, wanted, cursor=query.after or None, limit=query.shown)
    sums = await browse.counts(session, principal.user_id, wanted)
    return {
        "rows": page.items,
        "next_cursor": page.next_cursor,
        "can_grow": query.shown < MOST_SHOWN,
        "counts": sums,
        "query": query,
        "selected": selected,
        "own": f"/inbox/{selected}" if selected else "/inbox",
        "now": now(),
    }


async def thread_pane(
    session: AsyncSession, principal: Principal, conversation: ConversationRecord
) -> dict[str, Any]:
    """A conversation's newest messages, header and composer."""
    thread = await read.thread(session, conversation.channel_id, conversation.contact_id)
    return {
        **await head(session, principal, conversation),
        **messages(principal, conversation, thread),
        **composer(principal, conversation, await contact_of(session, conversation)),
    }


async def contact_of(session: AsyncSession, conversation: ConversationRecord) -> Contact | None:
    """The other person; None in a group."""
    if conversation.group_id is not None:
        return None
    return await search.get(session, conversation.contact_id)


async def head(
    session: AsyncSession, principal: Principal, conversation: ConversationRecord
) -> dict[str, Any]:
    """The header of a thread: person, window, assignee, status."""
    return {
        "conversation": conversation,
        "team": await users.active(session),
        "me": principal.user_id,
        "now": now(),
        "may_change": principal.may(Permission.CONVERSATIONS_WRITE),
    }


def messages(
    principal: Principal, conversation: ConversationRecord, thread: Thread
) -> dict[str, Any]:
    """The messages between header and composer."""
    seen = next((m.id for m in reversed(thread.messages) if m.direction == "in"), None)
    return {
        "conversation": conversation,
        "lines": lines(principal, thread.messages),
        "more": thread.more,
        "oldest": thread.messages[0].id if thread.messages else None,
        "seen": seen if conversation.unread else None,
    }


def composer(
    principal: Principal, conversation: ConversationRecord, contact: Contact | None
) -> dict[str, Any]:
    """The composer, or why there is none."""
    return {
        "conversation": conversation,
        "contact": contact,
        "window_open": conversation.takes_text(now()),
        "may_send": principal.may(Permission.MESSAGES_SEND),
        "now": now(),
    }


async def contact_pane(session: AsyncSession, contact: Contact | None) -> dict[str, Any]:
    """What we know about the person, and the campaigns they got."""
    if contact is None:
        return {"contact": None, "custom_fields": [], "campaigns": [], "activity": None}
    return {
        "contact": contact,
        "history": (await consent.history(session, contact.id))[:5],
        "custom_fields": await fields.filled(session, contact),
        "campaigns": await read.campaigns_of(session, contact.id),
        "activity": await timeline.noted(session, contact.id, ACTIVITY_SHOWN),
    }


async def panel(
    request: Request,
    session: AsyncSession,
    query: InboxQuery,
    conversation: ConversationRecord,
    contact: Contact | None,
) -> Response:
    """The right pane."""
    context: dict[str, Any] = {"conversation": conversation, "query": query}
    context |= await contact_pane(session, contact)
    return render_fragment(request, "inbox/_panel.html", context)


def lines(principal: Principal, found: list[MessageView]) -> list[Line]:
    """Messages with day separators, in the viewer's zone."""
    zone = ZoneInfo(principal.timezone)
    shown = []
    previous: MessageView | None = None
    for message in found:
        today = message.created_at.astimezone(zone).date()
        new_day = previous is None or previous.created_at.astimezone(zone).date() != today
        first = new_day or previous is None or not _hangs_together(previous, message)
        shown.append(Line(message, message.created_at if new_day else None, first))
        previous = message
    return shown


def _hangs_together(previous: MessageView, message: MessageView) -> bool:
    if _author(previous) != _author(message):
        return False
    return (message.created_at - previous.created_at).total_seconds() < GROUPED_S


def _author(message: MessageView) -> tuple[object, ...]:
    return (
        message.direction, message.origin, message.sender_id, message.campaign_id,
        message.author_id or message.author_name,
    )  # fmt: skip
