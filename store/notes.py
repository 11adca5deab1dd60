"""Notes of the team in conversations, by people and by automations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from store.tables.automations import NoteRow


@dataclass(frozen=True, slots=True)
class Note:
    """A note; ``run_id`` when an automation wrote it, whose name is then known while the run is."""

    id: UUID
    conversation_id: UUID
    author_id: UUID | None
    author_name: str | None
    run_id: UUID | None
    automation_id: UUID | None
    automation_name: str | None
    text: str
    created_at: datetime


_SHOWN = """
SELECT n.id, n.conversation_id, n.author_id, u.name AS author_name, n.run_id, a.id AS automation_id,
    a.name AS automation_name, n.text, n.created_at
FROM ({notes}) n
LEFT JOIN users u ON u.id = n.author_id
LEFT JOIN automation_runs r ON r.id = n.run_id
LEFT JOIN automations a ON a.id = r.automation_id
ORDER BY n.id DESC
"""  # joins by primary keys

# ix_notes_conversation_id_id
_PAGE = text(
    _SHOWN.format(
        notes="SELECT * FROM notes WHERE conversation_id = :conversation_id AND id < :before ORDER BY id DESC LIMIT :limit"
    )
)
_BETWEEN = text(
    _SHOWN.format(
        notes="SELECT * FROM notes WHERE conversation_id = :conversation_id AND id >= :since AND id < :until ORDER BY id DESC LIMIT :limit"
    )
)
_ONE = text(_SHOWN.format(notes="SELECT * FROM notes WHERE id = :id"))  # by primary key


async def page(
    session: AsyncSession, conversation_id: UUID, *, before: UUID, limit: int
) -> list[Note]:
    """Notes of a conversation older than an id, newest first."""
    parameters = {"conversation_id": conversation_id, "before": before, "limit": limit}
    return [Note(**row._mapping) for row in await session.execute(_PAGE, parameters)]


async def between(
    session: AsyncSession, conversation_id: UUID, since: UUID, until: UUID, *, limit: int
) -> list[Note]:
    """The newest notes of a conversation from one id on and before another, newest first."""
    parameters = {
        "conversation_id": conversation_id,
        "since": since,
        "until": until,
        "limit": limit,
    }
    return [Note(**row._mapping) for row in await session.execute(_BETWEEN, parameters)]


async def get(session: AsyncSession, note_id: UUID) -> Note | None:
    """One note."""
    found = (await session.execute(_ONE, {"id": note_id})).one_or_none()
    return Note(**found._mapping) if found else None


async def add(
    session: AsyncSession,
    conversation_id: UUID,
    text: str,
    *,
    author_id: UUID | None = None,
    run_id: UUID | None = None,
    step: int | None = None,
) -> UUID | None:
    """A new note; None when this step of a run wrote one already (uq_notes_run_id_step)."""
    added = insert(NoteRow).values(
        id=new_id(), conversation_id=conversation_id, author_id=author_id, run_id=run_id, step=step,
        text=text,
    )  # fmt: skip
    made: UUID | None = await session.scalar(added.on_conflict_do_nothing().returning(NoteRow.id))
    return made


async def remove(session: AsyncSession, note_id: UUID) -> None:
    """Delete one (primary key)."""
    await session.execute(delete(NoteRow).where(NoteRow.id == note_id))
