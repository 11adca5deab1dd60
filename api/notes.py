"""Notes of the team in conversations, and taking a conversation over from automations."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.automations.runs import RunOut
from api.automations.who import Sight
from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from domain.permissions import Permission, Role
from services.automations import report
from services.conversations import notes, taking
from services.conversations.notes import TEXT_LIMIT

router = APIRouter(tags=["conversations"], route_class=IdempotentRoute)

Reader = Annotated[Principal, requires(Permission.CONVERSATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.CONVERSATIONS_WRITE)]

OVERSEERS = frozenset({Role.ADMIN, Role.MANAGER})
"""Who may delete notes of others."""


class NoteIn(Strict):
    """A note's text."""

    text: str = Field(max_length=TEXT_LIMIT)


class NamedOut(BaseModel):
    """Somebody or something by name."""

    id: UUID
    name: str


class NoteOut(BaseModel):
    """A note: by somebody on the team, or by an automation's run."""

    id: UUID
    conversation_id: UUID
    author: NamedOut | None
    run_id: UUID | None
    automation: NamedOut | None
    text: str
    created_at: datetime

    @classmethod
    def of(cls, note: notes.Note) -> Self:
        """A note as programs see it."""
        return cls(
            id=note.id, conversation_id=note.conversation_id,
            author=_named(note.author_id, note.author_name), run_id=note.run_id,
            automation=_named(note.automation_id, note.automation_name), text=note.text,
            created_at=note.created_at,
        )  # fmt: skip


class NotePageOut(BaseModel):
    """One page; ask for more with ``next_cursor`` until it is null."""

    items: list[NoteOut]
    next_cursor: str | None


class TakenOut(BaseModel):
    """Since when somebody has the conversation instead of automations, and who; null when nobody has."""

    taken_at: datetime | None
    taken_by: str | None


def _named(thing: UUID | None, name: str | None) -> NamedOut | None:
    return NamedOut(id=thing, name=name) if thing is not None and name is not None else None


@router.get("/api/conversations/{conversation_id}/notes")
async def list_notes(
    conversation_id: UUID,
    _principal: Reader,
    session: ReadSessionDep,
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> NotePageOut:
    """A conversation's notes, newest first; customers never see them."""
    found = await notes.page(session, conversation_id, cursor=cursor, limit=limit)
    return NotePageOut(
        items=[NoteOut.of(note) for note in found.items], next_cursor=found.next_cursor
    )


@router.post("/api/conversations/{conversation_id}/notes", status_code=201)
async def write_note(
    conversation_id: UUID, body: NoteIn, principal: Writer, session: SessionDep
) -> NoteOut:
    """Write a note for the team."""
    return NoteOut.of(await notes.write(session, principal.actor, conversation_id, body.text))


@router.delete("/api/notes/{note_id}", status_code=204)
async def delete_note(note_id: UUID, principal: Writer, session: SessionDep) -> None:
    """Delete one's own note; administrators and managers, anybody's."""
    overseer = principal.role in OVERSEERS
    await notes.delete(session, principal.actor, note_id, any_author=overseer)


@router.get("/api/conversations/{conversation_id}/automations")
async def conversation_automations(
    conversation_id: UUID, principal: Reader, session: ReadSessionDep
) -> list[RunOut]:
    """The runs that are active in a conversation, newest first."""
    found = await report.conversation_runs(session, conversation_id)
    sight = Sight.of(principal)
    return [RunOut.of(line, sight) for line in found]


@router.post("/api/conversations/{conversation_id}/take")
async def take_conversation(
    conversation_id: UUID, principal: Writer, session: SessionDep
) -> TakenOut:
    """Take it over: automations leave it alone until it is given back."""
    taken = await taking.take(session, principal.actor, conversation_id)
    return TakenOut(taken_at=taken.taken_at, taken_by=taken.taken_by)


@router.post("/api/conversations/{conversation_id}/give-back")
async def give_conversation_back(
    conversation_id: UUID, principal: Writer, session: SessionDep
) -> TakenOut:
    """Give it back: automations go on where they were."""
    taken = await taking.give_back(session, principal.actor, conversation_id)
    return TakenOut(taken_at=taken.taken_at, taken_by=taken.taken_by)
