"""A message and its recipient: a reply in a conversation, or one to a contact or number."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.messages import Origin
from services.conversations import browse
from services.messages.address import Address, resolve
from services.messages.compose import compose
from services.messages.content import Content
from services.messages.views import MessageView


@dataclass(frozen=True, slots=True)
class Letter:
    """What to send; a repeated ``client_id`` is the same message, ``reply_to`` is the one it quotes."""

    content: Content
    client_id: str | None = None
    origin: Origin = Origin.INBOX
    reply_to: UUID | None = None


async def answer(
    session: AsyncSession, actor: Actor, conversation_id: UUID, letter: Letter
) -> MessageView:
    """Store a message to a conversation's person; raises Conflict in a group. Commit, then send it."""
    thread = await browse.with_person(session, conversation_id)
    return await _keep(session, actor, thread.channel_id, thread.contact_id, letter)


async def write_to(
    session: AsyncSession, actor: Actor, address: Address, letter: Letter
) -> MessageView:
    """Store a message to an address; an unknown number becomes a contact. Commit, then send it."""
    channel_id, contact_id = await resolve(session, actor, address)
    return await _keep(session, actor, channel_id, contact_id, letter)


async def _keep(
    session: AsyncSession, actor: Actor, channel_id: UUID, contact_id: UUID, letter: Letter
) -> MessageView:
    return await compose(
        session,
        actor,
        channel_id=channel_id,
        contact_id=contact_id,
        content=letter.content,
        client_id=letter.client_id,
        origin=letter.origin,
        reply_to=letter.reply_to,
    )
