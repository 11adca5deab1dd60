"""Somebody on the team takes a conversation over from automations, and gives it back."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.journal.automations import ConversationGivenBack, ConversationTaken
from services import journal
from services.conversations import browse
from store import conversations
from store.automations import arrivals, waiting


async def take(session: AsyncSession, actor: Actor, conversation_id: UUID) -> bool:
    """Let automations leave a conversation alone; returns whether they did not already.

    Raises NotFound, and Conflict for a group's.
    """
    thread = await browse.with_person(session, conversation_id)
    return await _take(session, actor, thread.id, thread.contact_id)


async def give_back(session: AsyncSession, actor: Actor, conversation_id: UUID) -> bool:
    """Let automations go on where they were; returns whether somebody had taken it. Raises as ``take``."""
    thread = await browse.with_person(session, conversation_id)
    if not await arrivals.give_back(session, thread.id):
        return False
    fact = ConversationGivenBack(conversation_id=thread.id, contact_id=thread.contact_id)
    await journal.note(session, actor, fact)
    return True


async def by_reply(session: AsyncSession, actor: Actor, channel_id: UUID, contact_id: UUID) -> None:
    """Somebody answers a contact in person: the conversation is theirs, if an automation is at work in it."""
    if actor.user_id is None or actor.is_program:
        return
    if not await waiting.is_active(session, contact_id, channel_id):
        return
    conversation_id = await conversations.id_of(session, channel_id, contact_id)
    if conversation_id is not None:
        await _take(session, actor, conversation_id, contact_id)


async def _take(
    session: AsyncSession, actor: Actor, conversation_id: UUID, contact_id: UUID
) -> bool:
    if not await arrivals.take(session, conversation_id, actor.user_id):
        return False
    fact = ConversationTaken(conversation_id=conversation_id, contact_id=contact_id)
    await journal.note(session, actor, fact)
    return True
