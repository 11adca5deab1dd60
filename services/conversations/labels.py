"""Labels: make, change, delete, and put them on conversations."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import typed
from domain.conversations import ConversationRecord
from domain.errors import Conflict, Invalid, NotFound
from domain.journal import automations as facts
from domain.targets import Said
from services import journal
from services.conversations.browse import one
from store import due, labels
from store.labels import Label

NAME_LIMIT = 40
MOST = 500

COLORS = (
    "gray",
    "red",
    "orange",
    "yellow",
    "green",
    "teal",
    "blue",
    "purple",
    "pink",
)
"""What a label may be painted in; "" is no colour of its own."""


async def every(session: AsyncSession) -> list[Label]:
    """All labels by name, with their number of conversations."""
    return await labels.every(session)


async def get(session: AsyncSession, label_id: UUID) -> Label:
    """One label; raises NotFound."""
    found = await labels.get(session, label_id)
    if found is None:
        raise NotFound("label_unknown")
    return found


async def create(session: AsyncSession, actor: Actor, name: str, color: str = "") -> Label:
    """A new label; raises Conflict when its name is taken."""
    wanted = await _free_name(session, name, None)
    if len(await labels.every(session)) >= MOST:
        raise Conflict("labels_limit", most=MOST)
    label_id = await labels.create(session, wanted, _color(color))
    if label_id is None:
        raise Conflict("label_exists", field="name", name=wanted)
    after = {"name": wanted, "color": color}
    await journal.note(session, actor, facts.LabelCreated(label_id=label_id, after=after))
    return await get(session, label_id)


async def change(
    session: AsyncSession,
    actor: Actor,
    label_id: UUID,
    *,
    name: str | None = None,
    color: str | None = None,
) -> Label:
    """Another name, another colour, or both; None stays."""
    before = await get(session, label_id)
    wanted = {
        "name": before.name if name is None else await _free_name(session, name, label_id),
        "color": before.color if color is None else _color(color),
    }
    held = {"name": before.name, "color": before.color}
    if wanted == held:
        return before
    await labels.change(session, label_id, **wanted)
    changed = facts.LabelChanged(label_id=label_id, before=held, after=wanted)
    await journal.note(session, actor, changed)
    return await get(session, label_id)


async def delete(session: AsyncSession, actor: Actor, label_id: UUID) -> None:
    """Delete a label, and take it off every conversation."""
    gone = await get(session, label_id)
    aimed = any(one.label_id == label_id for one in await due.targets(session))
    await labels.remove(session, label_id)
    if aimed:
        await due.again(session)
    before = {"name": gone.name, "conversations": gone.conversations}
    await journal.note(session, actor, facts.LabelDeleted(label_id=label_id, before=before))


async def of_conversation(session: AsyncSession, conversation_id: UUID) -> list[Label]:
    """The labels on a conversation, by name; raises NotFound."""
    conversation = await one(session, conversation_id)
    return (await labels.of_conversations(session, [conversation.id]))[conversation.id]


async def of_conversations(
    session: AsyncSession, conversation_ids: Sequence[UUID]
) -> dict[UUID, list[Label]]:
    """The labels on each of these conversations."""
    return await labels.of_conversations(session, conversation_ids)


async def put_on(
    session: AsyncSession, actor: Actor, conversation_id: UUID, label_id: UUID
) -> list[Label]:
    """Put a label on a conversation; nothing happens where it is already. Returns those it has now."""
    conversation, label = await one(session, conversation_id), await get(session, label_id)
    if await labels.put_on(session, conversation.id, label_id):
        await due.move(session, [(conversation.id, Said.NOTHING, None)])
        await _note(session, actor, facts.LabelAdded, conversation, label)
    return await of_conversation(session, conversation.id)


async def take_off(
    session: AsyncSession, actor: Actor, conversation_id: UUID, label_id: UUID
) -> list[Label]:
    """Take a label off a conversation; returns those it has left."""
    conversation, label = await one(session, conversation_id), await get(session, label_id)
    if await labels.take_off(session, conversation.id, label_id):
        await due.move(session, [(conversation.id, Said.NOTHING, None)])
        await _note(session, actor, facts.LabelRemoved, conversation, label)
    return await of_conversation(session, conversation.id)


async def _note(
    session: AsyncSession,
    actor: Actor,
    what: type[facts.LabelAdded] | type[facts.LabelRemoved],
    conversation: ConversationRecord,
    label: Label,
) -> None:
    """Note it of the person the conversation is with; in a group that is nobody."""
    fact = what(
        conversation_id=conversation.id,
        contact_id=None if conversation.group_id else conversation.contact_id,
        label_id=label.id,
        label=label.name,
    )
    await journal.note(session, actor, fact)


async def _free_name(session: AsyncSession, name: str, own: UUID | None) -> str:
    wanted = typed(name, NAME_LIMIT, "name")
    if not wanted:
        raise Invalid("label_name", field="name", most=NAME_LIMIT)
    other = await labels.find(session, wanted)
    if other is not None and other.id != own:
        raise Conflict("label_exists", field="name", name=other.name)
    return wanted


def _color(color: str) -> str:
    if color and color not in COLORS:
        raise Invalid("label_color", field="color", colors=COLORS)
    return color
