"""What each pane of the inbox shows: list, thread, composer and contact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
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
from domain.live import Room
from domain.permissions import Permission
from services import users
from services.automations import report
from services.automations.report import RunFilter
from services.contacts import consent, fields, search, timeline
from services.conversations import asides, browse, labels
from services.conversations.asides import Aside
from services.messages import read
from services.messages.read import Thread
from services.messages.views import MessageView
from web.automations import run_words
from web.inbox.query import MOST_SHOWN, InboxQuery
from web.rendering import render_fragment

ACTIVITY_SHOWN = 5
RUNS_SHOWN = 5

GROUPED_S = 300
"""Messages by one author within five minutes are grouped: only the first has a tail."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message in a thread, or a note or event between them; ``day`` starts a new day, ``first`` a group by its author."""

    message: MessageView | None
    day: datetime | None
    first: bool
    aside: Aside | None = None


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
        "row_labels": await labels.of_conversations(session, [row.id for row in page.items]),
    }


async def thread_pane(
    session: AsyncSession, principal: Principal, conversation: ConversationRecord
) -> dict[str, Any]:
    """A conversation's newest messages, header and composer."""
    thread = await read.thread(session, conversation.channel_id, conversation.contact_id)
    return {
        **await head(session, principal, conversation),
        **await messages(session, principal, conversation, thread),
        **composer(principal, conversation, await contact_of(session, conversation)),
        **await automation(session, principal, conversation),
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
        "labels": (await labels.of_conversations(session, [conversation.id]))[conversation.id],
        "every_label": await labels.every(session),
    }


async def automation(
    session: AsyncSession, principal: Principal, conversation: ConversationRecord
) -> dict[str, Any]:
    """The automations at work in a conversation, and who took it over from them."""
    sees = principal.may(Permission.AUTOMATIONS_READ)
    runs = await report.conversation_runs(session, conversation.id) if sees else []
    own = "" if conversation.group_id else f" {Room.CONTACT.of(conversation.contact_id)}"
    moving = "".join(f" {Room.RUN.of(run.id)}" for run in runs)
    return {
        "conversation": conversation,
        "runs": runs,
        "rooms": f"{Room.CONVERSATION.of(conversation.id)}{own}{moving}",
        "taken": await asides.taken(session, conversation.id),
        "may_change": principal.may(Permission.CONVERSATIONS_WRITE),
        "words": run_words,
    }


async def messages(
    session: AsyncSession,
    principal: Principal,
    conversation: ConversationRecord,
    thread: Thread,
    *,
    before: UUID | None = None,
    whole: bool = False,
) -> dict[str, Any]:
    """The messages between header and composer, with what stands between them.

    ``whole``: it is known that nothing lies before the first one.
    """
    oldest = thread.messages[0].id if thread.messages else None
    since = oldest if thread.more and not whole else None
    beside = await asides.between(session, conversation, since, before)
    seen = next((m.id for m in reversed(thread.messages) if m.direction == "in"), None)
    return {
        "conversation": conversation,
        "lines": lines(principal, thread.messages, beside),
        "me": principal.user_id,
        "may_change": principal.may(Permission.CONVERSATIONS_WRITE),
        "any_note": principal.may(Permission.AUTOMATIONS_RUN),
        "words": run_words,
        "more": thread.more,
        "oldest": oldest,
        "whole": since is None,
        "seen": seen if conversation.unread else None,
    }


def composer(
    principal: Principal,
    conversation: ConversationRecord,
    contact: Contact | None,
    *,
    mode: str = "",
) -> dict[str, Any]:
    """The composer, or why there is none; ``mode`` is "note" or "reply" when somebody chose what to write."""
    return {
        "note": mode == "note" and principal.may(Permission.CONVERSATIONS_WRITE),
        "focus": mode == "reply",
        "may_note": principal.may(Permission.CONVERSATIONS_WRITE),
        "conversation": conversation,
        "contact": contact,
        "window_open": conversation.takes_text(now()),
        "may_send": principal.may(Permission.MESSAGES_SEND),
        "now": now(),
    }


async def contact_pane(
    session: AsyncSession, principal: Principal, contact: Contact | None
) -> dict[str, Any]:
    """What we know about the person, the campaigns they got, and the automations they were in."""
    if contact is None:
        return {"contact": None, "custom_fields": [], "campaigns": [], "activity": None}
    sees = principal.may(Permission.AUTOMATIONS_READ)
    wanted = RunFilter(contact_id=contact.id)
    return {
        "contact_runs": (await report.runs(session, wanted, limit=RUNS_SHOWN)).items
        if sees
        else [],
        "words": run_words,
        "contact": contact,
        "history": (await consent.history(session, contact.id))[:5],
        "custom_fields": await fields.filled(session, contact),
        "campaigns": await read.campaigns_of(session, contact.id),
        "activity": await timeline.noted(session, contact.id, ACTIVITY_SHOWN),
    }


async def panel(
    request: Request,
    session: AsyncSession,
    principal: Principal,
    query: InboxQuery,
    conversation: ConversationRecord,
    contact: Contact | None,
) -> Response:
    """The right pane."""
    context: dict[str, Any] = {"conversation": conversation, "query": query}
    context |= await contact_pane(session, principal, contact)
    return render_fragment(request, "inbox/_panel.html", context)


def lines(
    principal: Principal, found: list[MessageView], beside: Sequence[Aside] = ()
) -> list[Line]:
    """Messages and what stands between them, with day separators, in the viewer's zone."""
    zone = ZoneInfo(principal.timezone)
    shown: list[Line] = []
    previous: MessageView | None = None
    yesterday: date | None = None
    both: list[Iterable[MessageView | Aside]] = [found, beside]
    for one in merge(*both, key=_at):
        today = _at(one).astimezone(zone).date()
        day, yesterday = _at(one) if today != yesterday else None, today
        if isinstance(one, Aside):
            shown.append(Line(None, day, True, one))
            previous = None
        else:
            first = bool(day) or previous is None or not _hangs_together(previous, one)
            shown.append(Line(one, day, first))
            previous = one
    return shown


def _at(one: MessageView | Aside) -> datetime:
    return one.at if isinstance(one, Aside) else one.created_at


def _hangs_together(previous: MessageView, message: MessageView) -> bool:
    if _author(previous) != _author(message):
        return False
    return (message.created_at - previous.created_at).total_seconds() < GROUPED_S


def _author(message: MessageView) -> tuple[object, ...]:
    return (
        message.direction, message.origin, message.sender_id, message.campaign_id,
        message.author_id or message.author_name,
    )  # fmt: skip
