"""Choose a template for a conversation, fill it in, preview it, send it."""

from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep, discard
from api.errors import status_of
from api.security import Principal, requires
from domain import template_rendering
from domain.contacts import Contact
from domain.conversations import ConversationRecord
from domain.errors import DomainError
from domain.permissions import Permission
from domain.templates import TemplateFilter
from services.channels import account
from services.contacts import fields, search
from services.conversations import browse
from services.messages import send as messages
from services.messages.content import TemplateContent
from services.messages.prefill import prefill
from services.messages.send import Letter
from services.templates import search as templates
from services.templates import show
from services.templates.show import ShownTemplate
from web.i18n import gettext as _
from web.rendering import render_fragment, toast
from web.wording import error_words, field_words

router = APIRouter(prefix="/inbox/{conversation_id:uuid}/templates", include_in_schema=False)

Sender = Annotated[Principal, requires(Permission.MESSAGES_SEND)]
VALUE = "value."
"""The prefix of form fields for variables, followed by the slot key."""


@router.get("")
async def picker(
    request: Request,
    conversation_id: UUID,
    _principal: Sender,
    session: ReadSessionDep,
    q: str = "",
    part: Literal["", "options"] = "",
) -> Response:
    """The templates of the number's account, with reasons for those that cannot be sent."""
    conversation = await browse.with_person(session, conversation_id)
    channel = await account.require(session, conversation.channel_id)
    wanted = TemplateFilter(search=q.strip()[:200], waba_id=channel.waba_id)
    shelf = await templates.shelf(session, wanted)
    context = {"conversation": conversation, "options": shelf.templates, "q": q}
    template = "inbox/_template_options.html" if part == "options" else "inbox/_templates.html"
    return render_fragment(request, template, context)


@router.get("/{template_id:uuid}")
async def fill(
    request: Request,
    conversation_id: UUID,
    template_id: UUID,
    _principal: Sender,
    session: ReadSessionDep,
) -> Response:
    """The template with its variables filled from the contact, to edit and send."""
    conversation, contact, shown = await _parts(session, conversation_id, template_id)
    kinds = {field.key: field.type.value for field in await fields.every(session)}
    values = prefill(shown.slots, contact, kinds)
    return _form(request, conversation, contact, shown, values, client_id=str(uuid4()))


@router.post("/{template_id:uuid}/preview")
async def preview(
    request: Request,
    conversation_id: UUID,
    template_id: UUID,
    _principal: Sender,
    session: ReadSessionDep,
) -> Response:
    """The template with the values typed so far."""
    conversation, contact, shown = await _parts(session, conversation_id, template_id)
    values = _values(await request.form(), shown)
    context = _context(conversation, contact, shown, values)
    return render_fragment(request, "inbox/_template_preview.html", context)


@router.post("/{template_id:uuid}")
async def send(
    request: Request,
    conversation_id: UUID,
    template_id: UUID,
    principal: Sender,
    session: SessionDep,
) -> Response:
    """Send it, or show the form again with errors."""
    conversation, contact, shown = await _parts(session, conversation_id, template_id)
    form = await request.form()
    values, client_id = _values(form, shown), str(form.get("client_id") or "")
    try:
        letter = Letter(TemplateContent(template_id=template_id, values=values), client_id)
        await messages.answer(session, principal.actor, conversation_id, letter)
    except DomainError as error:
        discard(request)
        return _form(
            request, conversation, contact, shown, values, client_id=client_id, error=error
        )
    return toast(Response(""), _("Template on its way"))


async def _parts(
    session: AsyncSession, conversation_id: UUID, template_id: UUID
) -> tuple[ConversationRecord, Contact, ShownTemplate]:
    conversation = await browse.with_person(session, conversation_id)
    contact = await search.get(session, conversation.contact_id)
    return conversation, contact, show.show(await show.require(session, template_id))


def _values(form: FormData, shown: ShownTemplate) -> dict[str, str]:
    return {slot.key: str(form.get(VALUE + slot.key) or "")[:2000] for slot in shown.slots}


def _context(
    conversation: ConversationRecord,
    contact: Contact,
    shown: ShownTemplate,
    values: dict[str, str],
) -> dict[str, Any]:
    in_order = [values[slot.key] for slot in shown.slots]
    rendered = template_rendering.render(show.as_mapping(shown.row), in_order).as_dict()
    return {
        "conversation": conversation,
        "contact": contact,
        "shown": shown,
        "values": values,
        "preview": rendered,
    }


def _form(
    request: Request,
    conversation: ConversationRecord,
    contact: Contact,
    shown: ShownTemplate,
    values: dict[str, str],
    *,
    client_id: str,
    error: DomainError | None = None,
) -> Response:
    wrong = field_words(error)
    context = _context(conversation, contact, shown, values) | {
        "client_id": client_id,
        "problem": error_words(error) if error and not wrong else "",
        "field_errors": wrong,
    }
    status = status_of(error) if error else 200
    return render_fragment(request, "inbox/_template_form.html", context, status)
