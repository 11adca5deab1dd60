"""The inbox page and its parts that refresh themselves."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import ReadSessionDep
from api.security import Principal, requires
from domain.conversations import ConversationFilter, ConversationStatus
from domain.permissions import Permission
from services.channels import show
from services.conversations import browse
from services.messages import read
from web.inbox import panes
from web.inbox.query import QueryDep
from web.rendering import is_htmx, render, render_fragment

router = APIRouter(prefix="/inbox", include_in_schema=False)

OPEN = ConversationFilter(status=ConversationStatus.OPEN)

Reader = Annotated[Principal, requires(Permission.CONVERSATIONS_READ)]


@router.get("")
async def inbox(
    request: Request, principal: Reader, session: ReadSessionDep, query: QueryDep
) -> Response:
    """The list, with no conversation chosen."""
    context = await panes.list_pane(session, principal, query, None)
    return _page(request, {**context, "conversation": None, "screen": "list"})


@router.get("/list")
async def list_rows(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    query: QueryDep,
    selected: UUID | None = None,
) -> Response:
    """The rows, refreshed after a change."""
    context = await panes.list_pane(session, principal, query, selected)
    return render_fragment(request, "inbox/_refreshed.html", context)


@router.get("/unread")
async def unread(request: Request, principal: Reader, session: ReadSessionDep) -> Response:
    """How many open conversations have unread messages, for the navigation."""
    waiting = await browse.counts(session, principal.user_id, OPEN)
    context = {"unread": waiting.unread, "messages": waiting.messages}
    return render_fragment(request, "inbox/_unread.html", context)


@router.get("/{conversation_id:uuid}")
async def conversation_page(
    request: Request,
    conversation_id: UUID,
    principal: Reader,
    session: ReadSessionDep,
    query: QueryDep,
    panel: Literal["", "contact"] = "",
) -> Response:
    """The inbox with a conversation open; on a phone, ``panel=contact`` shows the person."""
    conversation = await browse.one(session, conversation_id)
    context = {
        **await panes.list_pane(session, principal, query, conversation_id),
        **await panes.thread_pane(session, principal, conversation),
    }
    context |= await panes.contact_pane(session, principal, context["contact"])
    return _page(request, {**context, "screen": "panel" if panel else "thread"})


def _page(request: Request, context: dict[str, object]) -> Response:
    if is_htmx(request):
        return render_fragment(request, "inbox/_inbox.html", context)
    return render(request, "inbox/page.html", context)


@router.get("/{conversation_id:uuid}/messages")
async def messages(
    request: Request,
    conversation_id: UUID,
    principal: Reader,
    session: ReadSessionDep,
    before: UUID | None = None,
    since: UUID | None = None,
    whole: bool = False,
) -> Response:
    """Older messages, or the ones shown, refreshed with new ones; ``whole`` when those begin with the thread's first."""
    conversation = await browse.one(session, conversation_id)
    thread = await read.thread(
        session, conversation.channel_id, conversation.contact_id, before=before, since=since
    )
    template = "inbox/_older.html" if before else "inbox/_latest.html"
    context = await panes.messages(
        session, principal, conversation, thread, before=before, whole=whole
    )
    return render_fragment(request, template, context)


@router.get("/{conversation_id:uuid}/automation")
async def automation(
    request: Request, conversation_id: UUID, principal: Reader, session: ReadSessionDep
) -> Response:
    """Which automation is at work in the conversation and at which step, or who took it over."""
    conversation = await browse.one(session, conversation_id)
    context = await panes.automation(session, principal, conversation)
    return render_fragment(request, "inbox/_automation.html", context)


@router.get("/{conversation_id:uuid}/head")
async def head(
    request: Request,
    conversation_id: UUID,
    principal: Reader,
    session: ReadSessionDep,
    query: QueryDep,
) -> Response:
    """The header of the thread, refreshed."""
    conversation = await browse.one(session, conversation_id)
    context = await panes.head(session, principal, conversation)
    return render_fragment(request, "inbox/_head.html", {**context, "query": query})


@router.get("/{conversation_id:uuid}/panel")
async def panel(
    request: Request,
    conversation_id: UUID,
    principal: Reader,
    session: ReadSessionDep,
    query: QueryDep,
) -> Response:
    """The customer's details, refreshed: their consent may change while somebody is reading."""
    conversation = await browse.one(session, conversation_id)
    contact = await panes.contact_of(session, conversation)
    return await panes.panel(request, session, principal, query, conversation, contact)


@router.get("/{conversation_id:uuid}/composer")
async def composer(
    request: Request,
    conversation_id: UUID,
    principal: Reader,
    session: ReadSessionDep,
    shown: Literal["", "open", "closed"] = "",
    mode: Literal["", "reply", "note"] = "",
) -> Response:
    """The composer, refreshed; nothing if the kind ``shown`` has not changed. ``mode``: somebody wants to write."""
    conversation = await browse.one(session, conversation_id)
    contact = await panes.contact_of(session, conversation)
    context = panes.composer(principal, conversation, contact, mode=mode)
    if shown == ("open" if context["window_open"] else "closed"):
        return Response(status_code=204)  # keeps what somebody is typing
    return render_fragment(request, "inbox/_composer.html", context)


@router.get("/{conversation_id:uuid}/window")
async def window(
    request: Request, conversation_id: UUID, principal: Reader, session: ReadSessionDep
) -> Response:
    """The rest of the free-reply window; once closed, the composer that says so."""
    conversation = await browse.one(session, conversation_id)
    context = panes.composer(principal, conversation, await panes.contact_of(session, conversation))
    if context["window_open"]:
        return render_fragment(request, "inbox/_window.html", context)
    swap = {"HX-Retarget": f"#composer-{conversation_id}", "HX-Reswap": "outerHTML"}
    return render_fragment(request, "inbox/_composer.html", context, headers=swap)


@router.get("/contacts/{contact_id:uuid}/messages")
async def contact_messages(
    request: Request, contact_id: UUID, principal: Reader, session: ReadSessionDep
) -> Response:
    """A contact's last messages, for the contact's page."""
    found = await read.latest_of(session, contact_id)
    threads = await browse.page(
        session, ConversationFilter(contact_id=contact_id), cursor=None, limit=20
    )
    context = {
        "contact_id": contact_id,
        "lines": panes.lines(principal, found[::-1]),
        "conversations": threads.items,
        "channels": await show.numbers(session),
    }
    return render_fragment(request, "inbox/_contact_messages.html", context)
