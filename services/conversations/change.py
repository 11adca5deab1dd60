"""What the team does with a conversation: assign, snooze, resolve, read, start."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Contact
from domain.conversations import ConversationRecord, ConversationStatus
from domain.journal import conversations as facts
from domain.targets import Said
from domain.unset import UNSET, Unset
from services import clock, journal
from services.channels import account
from services.contacts import consent, search
from services.conversations.browse import one
from services.users import require_active
from store import conversations, due


async def update(
    session: AsyncSession,
    actor: Actor,
    conversation_id: UUID,
    *,
    assignee_id: UUID | Unset | None = UNSET,
    status: ConversationStatus | Unset = UNSET,
) -> ConversationRecord:
    """Change what is said, in one go; what is UNSET stays, and an assignee of None is nobody."""
    if assignee_id is not UNSET:
        await assign(session, actor, conversation_id, assignee_id)
    if status is not UNSET:
        await set_status(session, actor, conversation_id, status)
    return await one(session, conversation_id)


async def assign(
    session: AsyncSession, actor: Actor, conversation_id: UUID, assignee_id: UUID | None
) -> ConversationRecord:
    """Assign a conversation to a teammate, or unassign it."""
    before = await one(session, conversation_id)
    if before.assignee_id == assignee_id:
        return before
    if assignee_id is not None:
        await require_active(session, assignee_id, "assignee_id")
    await conversations.change(session, before.id, assignee_id=assignee_id)
    assigned = facts.ConversationAssigned(
        conversation_id=before.id, contact_id=before.contact_id,
        before={"assignee_id": before.assignee_id}, after={"assignee_id": assignee_id},
    )  # fmt: skip
    await journal.note(session, actor, assigned)
    return await one(session, before.id)


async def set_status(
    session: AsyncSession, actor: Actor, conversation_id: UUID, status: ConversationStatus
) -> ConversationRecord:
    """Resolve, snooze or reopen a conversation."""
    before = await one(session, conversation_id)
    if before.status == status:
        return before
    await conversations.set_status(session, before.id, status)
    await _move_clocks(session, before, status)
    changed = facts.ConversationStatusChanged(
        conversation_id=before.id, contact_id=before.contact_id,
        before={"status": before.status}, after={"status": status},
    )  # fmt: skip
    await journal.note(session, actor, changed)
    return await one(session, before.id)


async def _move_clocks(
    session: AsyncSession, before: ConversationRecord, status: ConversationStatus
) -> None:
    """A round ends when it is resolved, and another begins when it is opened again."""
    if status is ConversationStatus.RESOLVED:
        await due.move(session, [(before.id, Said.RESOLVED, None)])
    elif before.status == ConversationStatus.RESOLVED:
        await due.move(session, [(before.id, Said.REOPENED, clock.now())])


async def stop_marketing(
    session: AsyncSession, actor: Actor, conversation_id: UUID
) -> tuple[ConversationRecord, Contact]:
    """Stop marketing to a conversation's person; replies may still be sent."""
    conversation = await one(session, conversation_id)
    contact = await consent.stop(session, actor, conversation.contact_id)
    return conversation, contact


async def undo_marketing(session: AsyncSession, actor: Actor, conversation_id: UUID) -> None:
    """Undo what was just recorded about marketing to a conversation's person."""
    conversation = await one(session, conversation_id)
    await consent.take_back(session, actor, conversation.contact_id)


async def mark_read(
    session: AsyncSession, actor: Actor, conversation_id: UUID, up_to: UUID | None = None
) -> None:
    """Mark everything up to a message as read; later messages stay unread."""
    if await conversations.mark_read(session, conversation_id, up_to):
        await journal.note(session, actor, facts.ConversationRead(conversation_id=conversation_id))


async def start(
    session: AsyncSession, actor: Actor, *, channel_id: UUID, contact_id: UUID
) -> ConversationRecord:
    """The conversation with a contact on a number; a new one is assigned to the person who starts it."""
    await account.require(session, channel_id)
    contact_id = (await search.get(session, contact_id)).id
    is_new = await conversations.ensure(session, channel_id, contact_id, actor.user_id)
    conversation_id = await conversations.id_of(session, channel_id, contact_id)
    assert conversation_id is not None, "made in this transaction"
    if is_new:
        started = facts.ConversationStarted(conversation_id=conversation_id, contact_id=contact_id)
        await journal.note(session, actor, started)
    return await one(session, conversation_id)
