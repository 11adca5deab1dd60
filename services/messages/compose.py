"""Compose one outbound message: checked early, stored once, sent by the caller after commit."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.conversations import ConversationStatus
from domain.errors import Conflict, DomainError, Invalid, NotFound
from domain.ids import new_id
from domain.journal.conversations import MessageQueued, MessageSaid
from domain.messages import MessageState, Origin
from domain.refusals import Refusal
from domain.targets import Said
from services import clock, journal
from services.automations import takeover
from services.messages import keeping
from services.messages.content import (
    Content,
    MediaContent,
    PreparedContent,
    TemplateContent,
    prepare,
)
from services.messages.views import MessageView, view
from store import channels, conversations, due, media, messages, refusals
from store.gate import LEAVING
from store.messages import Known, MessageRecord, NewMessage

CLIENT_ID_LIMIT = 100


async def compose(
    session: AsyncSession,
    actor: Actor,
    *,
    channel_id: UUID,
    contact_id: UUID,
    content: Content,
    client_id: str | None,
    origin: Origin,
    reply_to: UUID | None = None,
) -> MessageView:
    """Store a message to send; a repeated ``client_id`` returns the first one and writes nothing.

    ``reply_to`` is our id of the message it quotes. Raises Invalid or Conflict when WhatsApp or
    our own gate would refuse it now (``window_closed``, ``opted_out``, ``contact_blocked``, …).
    """
    _check_client_id(client_id)
    known = await messages.known(session, client_id) if client_id else None
    if known is None:
        known = await queue(
            session, actor, channel_id=channel_id, contact_id=contact_id, content=content,
            client_id=client_id, origin=origin, reply_to=reply_to,
        )  # fmt: skip
    if (known.channel_id, known.contact_id) != (channel_id, contact_id):
        raise Conflict("client_id_taken.other")
    return view(await _stored(session, known.id))


async def queue(
    session: AsyncSession,
    actor: Actor,
    *,
    channel_id: UUID,
    contact_id: UUID,
    content: Content,
    client_id: str | None,
    origin: Origin,
    reply_to: UUID | None = None,
) -> Known:
    """Store a message to send that was not asked for before, or find the one that somebody else just stored."""
    message = await _prepared(
        session, actor, channel_id, contact_id, content, client_id, origin, reply_to
    )
    if await messages.add(session, message):
        await _keep_file(session, message, content)
        kind = MessageSaid if _is_of_run(message) else MessageQueued
        queued = kind(
            conversation_id=await _touch(session, message),
            contact_id=contact_id,
            message_id=message.id,
        )
        await journal.note(session, actor, queued)
        if origin == Origin.INBOX:
            await due.move(session, [(queued.conversation_id, Said.TEAM, clock.now())])
            await takeover.by_reply(session, actor, channel_id, contact_id)
        return Known(message.id, channel_id, contact_id, MessageState.QUEUED, None)
    # The same request won in between; its row is committed, so we see it now.
    first = await messages.known(session, client_id or "")
    if first is None:
        raise Conflict("client_id_taken")
    return first


async def _prepared(
    session: AsyncSession,
    actor: Actor,
    channel_id: UUID,
    contact_id: UUID,
    content: Content,
    client_id: str | None,
    origin: Origin,
    reply_to: UUID | None,
) -> NewMessage:
    """The message as it will be stored, after every check."""
    account = await channels.account(session, channel_id)
    if account is None:
        raise NotFound("channel_not_found")
    prepared = await prepare(session, content, account)
    await _check_gate(session, channel_id, contact_id, prepared)
    return NewMessage(
        id=new_id(),
        channel_id=channel_id,
        contact_id=contact_id,
        origin=origin,
        kind=prepared.kind,
        body=prepared.body,
        payload=prepared.payload,
        client_id=client_id,
        sender_id=actor.user_id,
        reply_to=await _quoted_wamid(session, channel_id, contact_id, reply_to),
    )


async def _keep_file(session: AsyncSession, message: NewMessage, content: Content) -> None:
    """Keep the file it carries: ours is here already, another one has to be fetched."""
    if isinstance(content, MediaContent | TemplateContent) and content.own is not None:
        await media.hold(session, message.id, content.own.kept)
    else:
        await keeping.expect(session, [(message.id, message.kind, message.payload)])


def _is_of_run(message: NewMessage) -> bool:
    """Whether the run of an automation sends it itself, in order."""
    own = (message.client_id or "").startswith(messages.OF_RUN)
    return message.origin == Origin.AUTOMATION and own


def _check_client_id(client_id: str | None) -> None:
    if client_id is None:
        return
    if not 1 <= len(client_id) <= CLIENT_ID_LIMIT or not client_id.isprintable():
        raise Invalid("client_id_invalid", client_id_limit=CLIENT_ID_LIMIT)


async def _check_gate(
    session: AsyncSession, channel_id: UUID, contact_id: UUID, prepared: PreparedContent
) -> None:
    """Ask the same gate that decides again when the message is sent."""
    reason = await refusals.message(
        session, channel_id, contact_id,
        free_form=prepared.kind != "template", template_id=prepared.template_id,
    )  # fmt: skip
    if reason is not None:
        raise _refused(reason)


def _refused(reason: str) -> DomainError:
    if reason in (Refusal.CONTACT_DELETED, LEAVING):
        return NotFound("contact_not_found")
    return Conflict(reason)


async def _quoted_wamid(
    session: AsyncSession, channel_id: UUID, contact_id: UUID, reply_to: UUID | None
) -> str | None:
    if reply_to is None:
        return None
    quoted = await messages.get(session, reply_to)
    if quoted is None or (quoted.channel_id, quoted.contact_id) != (channel_id, contact_id):
        raise Invalid("reply_to_unknown")
    return quoted.wamid


async def _touch(session: AsyncSession, message: NewMessage) -> UUID:
    """A person who starts a chat is assigned to it; what programs send becomes work only when answered."""
    by_person = message.origin == Origin.INBOX
    return await conversations.touch(
        session,
        message.channel_id,
        message.contact_id,
        message_id=message.id,
        preview=message.body or f"[{message.kind}]",
        status=ConversationStatus.OPEN if by_person else ConversationStatus.RESOLVED,
        assignee_id=message.sender_id if by_person else None,
    )


async def _stored(session: AsyncSession, message_id: UUID) -> MessageRecord:
    record = await messages.get(session, message_id)
    assert record is not None, "inserted in this transaction"
    return record
