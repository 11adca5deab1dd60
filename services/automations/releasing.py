"""Messages that were kept for a run, and are for whatever else they may concern."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.journal.conversations import MessageReleased
from services import journal
from store.automations import inbox


async def release(
    session: AsyncSession, actor: Actor, run_id: UUID, channel_id: UUID, contact_id: UUID
) -> None:
    """Let what was kept for a run's next question be routed again."""
    kept = await inbox.release(session, run_id, channel_id, contact_id)
    released = (
        MessageReleased(
            message_id=message_id, conversation_id=conversation_id, contact_id=contact_id
        )
        for message_id, conversation_id in kept
    )
    await journal.note(session, actor, *released)
