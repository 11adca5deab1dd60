"""What a person does in the inbox: reply, retry, read, assign, resolve, start a chat."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.contacts import ContactFilter, SortOrder
from domain.conversations import ConversationStatus
from domain.errors import Invalid
from domain.permissions import Permission
from services.channels import show
from services.contacts import search
from services.conversations import browse, change
from services.messages import read, send
from services.messages.content import TextContent
from services.messages.send import Letter
from services.messages.send_again import send_again
from web.i18n import gettext as _
from web.inbox import panes
from web.inbox.query import InboxQuery, QueryDep
from web.rendering import redirect, render_fragment, toast

router = APIRouter(prefix="/inbox", include_in_schema=False)

Writer = Annotated[Principal, requires(Permission.CONVERSATIONS_WRITE)]
Sender = Annotated[Principal, requires(Permission.MESSAGES_SEND)]
FOUND = 8


@router.post("/{conversation_id:uuid}/messages")
async def reply(
    request: Request,
    conversation_id: UUID,
    principal: Sender,
    session: SessionDep,
    text: Annotated[str, Form(max_length=20_000)] = "",
    client_id: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Send a reply; repeating a client id returns the same bubble."""
    if not client_id:
        raise Invalid("client_id_missing")
    letter = Letter(TextContent(text), client_id)
    message = await send.answer(session, principal.actor, conversation_id, letter)
    line = panes.lines(principal, [message])[0]
    return render_fragment(request, "inbox/_message.html", {"line": line})


@router.post("/messages/{message_id:uuid}/retry")
async def retry_message(
    request: Request, message_id: UUID, principal: Sender, session: SessionDep
) -> Response:
    """Send a failed message again; returns the old bubble and the new one."""
    again = await send_again(session, principal.actor, message_id)
    old = await read.one(session, message_id)
    return render_fragment(
        request, "inbox/_messages.html", {"lines": panes.lines(principal, [old, again])}
    )


@router.post("/{conversation_id:uuid}/read", status_code=204)
async def mark_read(
    conversation_id: UUID,
    principal: Writer,
    session: SessionDep,
    up_to: Annotated[UUID | None, Form()] = None,
) -> None:
    """Mark what is on the screen as read."""
    await change.mark_read(session, principal.actor, conversation_id, up_to)


@router.post("/{conversation_id:uuid}/assign")
async def assign(
    request: Request,
    conversation_id: UUID,
    principal: Writer,
    session: SessionDep,
    query: QueryDep,
    assignee: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Assign the conversation to a person, or unassign it."""
    changed = await change.assign(session, principal.actor, conversation_id, assignee)
    return await _head(request, session, principal, query, changed.id)


@router.post("/{conversation_id:uuid}/status")
async def set_status(
    request: Request,
    conversation_id: UUID,
    principal: Writer,
    session: SessionDep,
    query: QueryDep,
    status: Annotated[ConversationStatus, Form()],
) -> Response:
    """Resolve, snooze or reopen; one click undoes it."""
    before = await browse.one(session, conversation_id)
    await change.set_status(session, principal.actor, conversation_id, status)
    response = await _head(request, session, principal, query, conversation_id)
    if before.status == status:
        return response
    said = {
        ConversationStatus.RESOLVED: _("Conversation resolved"),
        ConversationStatus.PENDING: _("Conversation set aside"),
        ConversationStatus.OPEN: _("Conversation reopened"),
    }
    undo = f"/inbox/{conversation_id}/status/{before.status}"
    return toast(response, said[status], undo=undo)


@router.post("/{conversation_id:uuid}/status/{status}", status_code=204)
async def restore_status(
    conversation_id: UUID, status: ConversationStatus, principal: Writer, session: SessionDep
) -> None:
    """Undo a status change, from the toast."""
    await change.set_status(session, principal.actor, conversation_id, status)


async def _head(
    request: Request,
    session: SessionDep,
    principal: Principal,
    query: InboxQuery,
    conversation_id: UUID,
) -> Response:
    conversation = await browse.one(session, conversation_id)
    context = await panes.head(session, principal, conversation)
    return render_fragment(request, "inbox/_head.html", {**context, "query": query})


@router.post("/{conversation_id:uuid}/marketing/stop")
async def stop_marketing(
    request: Request,
    conversation_id: UUID,
    principal: Writer,
    session: SessionDep,
    query: QueryDep,
) -> Response:
    """Stop marketing to this person; replies may still be sent. One click undoes it."""
    conversation, contact = await change.stop_marketing(session, principal.actor, conversation_id)
    response = await panes.panel(request, session, principal, query, conversation, contact)
    undo = f"/inbox/{conversation_id}/marketing/undo"
    return toast(response, _("No more marketing to this person"), undo=undo)


@router.post("/{conversation_id:uuid}/marketing/undo", status_code=204)
async def undo_marketing(conversation_id: UUID, principal: Writer, session: SessionDep) -> None:
    """Undo what was just recorded, from the toast."""
    await change.undo_marketing(session, principal.actor, conversation_id)


@router.get("/new")
async def new_chat(
    request: Request, _principal: Sender, session: ReadSessionDep, q: str = "", part: str = ""
) -> Response:
    """Who to message: a search over contacts."""
    found = await search.page(session, ContactFilter(search=q), sort=SortOrder.NEWEST, limit=FOUND)
    numbers = await show.numbers(session)
    context = {"contacts": found.items, "channels": numbers, "q": q}
    template = "inbox/_new_chat_found.html" if part == "found" else "inbox/_new_chat.html"
    return render_fragment(request, template, context)


@router.post("/new")
async def start_chat(
    request: Request,
    principal: Sender,
    session: SessionDep,
    contact_id: Annotated[UUID, Form()],
    channel_id: Annotated[UUID, Form()],
) -> Response:
    """Open the conversation with a contact, new or not."""
    conversation = await change.start(
        session, principal.actor, channel_id=channel_id, contact_id=contact_id
    )
    return redirect(request, f"/inbox/{conversation.id}")
