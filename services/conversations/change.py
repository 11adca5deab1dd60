"""What the team does with a conversation: assign, set aside, resolve, read, start."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Contact
from domain.conversations import ConversationRecord, ConversationStatus
from services import audit
from services.channels import account
from services.contacts import consent, search
from services.conversations.browse import one
from services.users import require_active
from store import conversations, live


async def assign(
    session: AsyncSession, actor: Actor, conversation_id: UUID, assignee_id: UUID | None
) -> ConversationRecord:
    """Give a conversation to a person of the team, or to nobody."""
    before = await one(session, conversation_id)
    if before.assignee_id == assignee_id:
        return before
    if assignee_id is not None:
        await require_active(session, assignee_id, "assignee_id")
    await conversations.change(session, before.id, assignee_id=assignee_id)
    await _note(session, actor, before, "assign", "assignee_id", before.assignee_id, assignee_id)
    return await one(session, before.id)


async def set_status(
    session: AsyncSession, actor: Actor, conversation_id: UUID, status: ConversationStatus
) -> ConversationRecord:
    """Resolve a conversation, set it aside, or open it again."""
    before = await one(session, conversation_id)
    if before.status == status:
        return before
    await conversations.set_status(session, before.id, status)
    await _note(session, actor, before, "status", "status", before.status, status)
    return await one(session, before.id)


async def stop_marketing(
    session: AsyncSession, actor: Actor, conversation_id: UUID
) -> tuple[ConversationRecord, Contact]:
    """No more marketing to the person of a conversation; answers still go."""
    conversation = await one(session, conversation_id)
    contact = await consent.stop(session, actor, conversation.contact_id)
    await _show(session, conversation_id)
    return conversation, contact


async def undo_marketing(session: AsyncSession, actor: Actor, conversation_id: UUID) -> None:
    """Take back what was just said about marketing to the person of a conversation."""
    conversation = await one(session, conversation_id)
    await consent.take_back(session, actor, conversation.contact_id)
    await _show(session, conversation_id)


async def mark_read(
    session: AsyncSession, conversation_id: UUID, up_to: UUID | None = None
) -> None:
    """Count everything up to a message as read; a message that came meanwhile stays unread."""
    if await conversations.mark_read(session, conversation_id, up_to):
        thread = str(conversation_id)
        await live.notify(session, "inbox", "conversation_update", conversation_id=thread)


async def start(
    session: AsyncSession, actor: Actor, *, channel_id: UUID, contact_id: UUID
) -> ConversationRecord:
    """The conversation with a contact on a number; a new one belongs to whoever starts it."""
    await account.require(session, channel_id)
    contact_id = (await search.get(session, contact_id)).id
    await conversations.ensure(session, channel_id, contact_id, actor.user_id)
    conversation_id = await conversations.id_of(session, channel_id, contact_id)
    assert conversation_id is not None, "made in this transaction"
    await live.notify(session, "inbox", "conversation_update", conversation_id=str(conversation_id))
    return await one(session, conversation_id)


async def _note(
    session: AsyncSession,
    actor: Actor,
    conversation: ConversationRecord,
    action: str,
    name: str,
    before: object,
    after: object,
) -> None:
    await audit.record(
        session,
        actor,
        f"conversation.{action}",
        "conversation",
        conversation.id,
        {name: before},
        {name: after},
    )
    thread = str(conversation.id)
    for room in (f"conversation:{thread}", "inbox"):
        await live.notify(session, room, "conversation_update", conversation_id=thread)


async def _show(session: AsyncSession, conversation_id: UUID) -> None:
    """What whoever looks at a thread sees of its person has changed."""
    thread = str(conversation_id)
    await live.notify(
        session, f"conversation:{thread}", "conversation_update", conversation_id=thread
    )
