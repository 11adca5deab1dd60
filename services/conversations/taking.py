"""Take a conversation over from automations, and give it back; as the edges show it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from services.automations import takeover
from services.conversations.browse import one
from store.automations import taken
from store.automations.taken import Taken


async def state(session: AsyncSession, conversation_id: UUID) -> Taken:
    """Since when somebody has it, and who; raises NotFound."""
    return await taken.of(session, (await one(session, conversation_id)).id)


async def take(session: AsyncSession, actor: Actor, conversation_id: UUID) -> Taken:
    """Automations leave it alone until it is given back; raises Conflict for a group's."""
    conversation = await one(session, conversation_id)
    await takeover.take(session, actor, conversation.id)
    return await taken.of(session, conversation.id)


async def give_back(session: AsyncSession, actor: Actor, conversation_id: UUID) -> Taken:
    """Automations go on where they were; raises Conflict for a group's."""
    conversation = await one(session, conversation_id)
    await takeover.give_back(session, actor, conversation.id)
    return await taken.of(session, conversation.id)
