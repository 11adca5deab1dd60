"""What the team does around a conversation: notes, labels, and taking it over from automations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.deps import SessionDep
from api.security import Principal, requires
from domain.errors import Invalid
from domain.permissions import Permission
from services.automations import takeover
from services.conversations import asides, browse, labels, notes
from services.conversations.asides import Aside
from web.automations import run_words
from web.inbox import panes
from web.inbox.query import QueryDep
from web.rendering import render_fragment

router = APIRouter(prefix="/inbox", include_in_schema=False)

Writer = Annotated[Principal, requires(Permission.CONVERSATIONS_WRITE)]


@router.post("/{conversation_id:uuid}/notes")
async def write_note(
    request: Request,
    conversation_id: UUID,
    principal: Writer,
    session: SessionDep,
    text: Annotated[str, Form(max_length=20_000)] = "",
    client_id: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Write a note to the team; repeating a client id returns the same one."""
    if not client_id:
        raise Invalid("client_id_missing")
    note = await asides.write_note(session, principal.actor, conversation_id, text, client_id)
    context = {
        "line": panes.Line(None, None, True, Aside(note.created_at, note=note)),
        "me": principal.user_id,
        "may_change": True,
        "any_note": False,
        "words": run_words,
    }
    return render_fragment(request, "inbox/_aside.html", context)


@router.post("/notes/{note_id:uuid}/delete")
async def delete_note(note_id: UUID, principal: Writer, session: SessionDep) -> Response:
    """Delete one's own note; who may stop automations may delete anybody's."""
    any_author = principal.may(Permission.AUTOMATIONS_RUN)
    await notes.delete(session, principal.actor, note_id, any_author=any_author)
    return Response("")


@router.post("/{conversation_id:uuid}/take")
async def take(
    request: Request, conversation_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Let automations leave the conversation alone."""
    await takeover.take(session, principal.actor, conversation_id)
    return await _automation(request, session, principal, conversation_id)


@router.post("/{conversation_id:uuid}/give-back")
async def give_back(
    request: Request, conversation_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Let automations go on where they were."""
    await takeover.give_back(session, principal.actor, conversation_id)
    return await _automation(request, session, principal, conversation_id)


async def _automation(
    request: Request, session: SessionDep, principal: Principal, conversation_id: UUID
) -> Response:
    conversation = await browse.one(session, conversation_id)
    context = await panes.automation(session, principal, conversation)
    return render_fragment(request, "inbox/_automation.html", context)


@router.post("/{conversation_id:uuid}/labels/{label_id:uuid}")
async def set_label(
    request: Request,
    conversation_id: UUID,
    label_id: UUID,
    principal: Writer,
    session: SessionDep,
    query: QueryDep,
    on: Annotated[bool, Form()] = True,
) -> Response:
    """Put a label on the conversation, or take it off."""
    change = labels.put_on if on else labels.take_off
    await change(session, principal.actor, conversation_id, label_id)
    conversation = await browse.one(session, conversation_id)
    context = await panes.head(session, principal, conversation)
    return render_fragment(request, "inbox/_head.html", {**context, "query": query})
