"""Notes for the team in a conversation; customers never see them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.actors import Actor
from domain.errors import Forbidden, Invalid, NotFound
from domain.journal.automations import NoteWritten
from services import journal
from services.conversations.browse import one
from store import notes
from store.notes import Note

__all__ = ["TEXT_LIMIT", "Note", "NotePage"]

TEXT_LIMIT = 4096
NEWEST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class NotePage:
    """One page of notes and the cursor of the next."""

    items: list[Note]
    next_cursor: str | None


async def page(
    session: AsyncSession, conversation_id: UUID, *, cursor: str = "", limit: int = 50
) -> NotePage:
    """A conversation's notes, newest first; raises NotFound."""
    conversation = await one(session, conversation_id)
    before = cursors.position(cursor) or NEWEST
    found = await notes.page(session, conversation.id, before=before, limit=limit + 1)
    shown = found[:limit]
    more = cursors.encode((str(shown[-1].id),)) if len(found) > limit else None
    return NotePage(shown, more)


async def write(
    session: AsyncSession,
    actor: Actor,
    conversation_id: UUID,
    text: str,
    run_id: UUID | None = None,
    step: int | None = None,
) -> Note:
    """Write a note in a conversation; ``run_id`` and ``step`` name the step of a run that writes it."""
    conversation = await one(session, conversation_id)
    kept = text.replace("\x00", "").strip()
    if not kept:
        raise Invalid("note_empty", field="text")
    if len(kept) > TEXT_LIMIT:
        raise Invalid("value_long", field="text", most=TEXT_LIMIT)
    note_id = await notes.add(
        session, conversation.id, kept, author_id=actor.user_id, run_id=run_id, step=step
    )
    assert note_id is not None, "a step writes its note in the transaction that ends it"
    contact_id = None if conversation.group_id else conversation.contact_id
    written = NoteWritten(conversation_id=conversation.id, contact_id=contact_id, note_id=note_id)
    await journal.note(session, actor, written)
    return await get(session, note_id)


async def get(session: AsyncSession, note_id: UUID) -> Note:
    """One note; raises NotFound."""
    found = await notes.get(session, note_id)
    if found is None:
        raise NotFound("note_unknown")
    return found


async def delete(
    session: AsyncSession, actor: Actor, note_id: UUID, *, any_author: bool = False
) -> None:
    """Delete a note: one's own, or anybody's if one may."""
    note = await get(session, note_id)
    if not any_author and (note.author_id is None or note.author_id != actor.user_id):
        raise Forbidden("note_of_another")
    await notes.remove(session, note_id)
