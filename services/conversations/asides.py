"""What stands between the messages of a thread: notes, who took it over, and the runs that began and ended in it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.conversations import ConversationRecord
from domain.idempotency import Answer
from domain.ids import first_id
from services import idempotency
from services.conversations import notes as team_notes
from store import asides, notes
from store.asides import Place, Taken, ThreadEvent
from store.notes import Note

MOST = 200
"""The most notes, and the most events, in a stretch of a thread: the newest."""

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Aside:
    """A note, or something that happened."""

    at: datetime
    note: Note | None = None
    event: ThreadEvent | None = None


def made_at(message_id: UUID) -> datetime:
    """The millisecond in which an id was made."""
    return datetime.fromtimestamp((message_id.int >> 80) / 1000, UTC)


async def between(
    session: AsyncSession,
    conversation: ConversationRecord,
    since: UUID | None = None,
    until: UUID | None = None,
) -> list[Aside]:
    """The asides from one message on and before another, oldest first; None: from the beginning, or to the end."""
    first = made_at(since) if since else FIRST
    last = made_at(until) if until else LAST
    written = await notes.between(
        session, conversation.id, first_id(first), first_id(last), limit=MOST
    )
    found = [Aside(one.created_at, note=one) for one in written]
    if conversation.group_id is None:
        place = Place(conversation.id, conversation.channel_id, conversation.contact_id)
        happened = await asides.events(session, place, first, last, MOST)
        found += [Aside(one.at, event=one) for one in happened]
    return sorted(found, key=lambda one: one.at)


async def write_note(
    session: AsyncSession,
    actor: Actor,
    conversation_id: UUID,
    text: str,
    client_id: str,
) -> Note:
    """Write a note; the same client id again returns the first one."""
    assert actor.user_id is not None, "a person writes it"
    key, digest = f"note:{client_id}", sha256(f"{conversation_id}\n{text}".encode()).digest()
    await idempotency.hold(session, actor.user_id, key)
    known = await idempotency.find(session, actor.user_id, key, digest)
    if known is not None:
        return await team_notes.get(session, UUID(known.body))
    made = await team_notes.write(session, actor, conversation_id, text)
    await idempotency.keep(session, actor.user_id, key, Answer(digest, 200, str(made.id)))
    return made


async def taken(session: AsyncSession, conversation_id: UUID) -> Taken | None:
    """Who has taken a conversation over from automations; None while nobody has."""
    return await asides.taken(session, conversation_id)
