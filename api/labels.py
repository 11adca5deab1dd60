"""Labels, and the conversations they are on."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from domain.permissions import Permission
from services.conversations import labels
from services.conversations.labels import NAME_LIMIT

router = APIRouter(prefix="/api/labels", tags=["conversations"], route_class=IdempotentRoute)
on_conversations = APIRouter(
    prefix="/api/conversations/{conversation_id}/labels", tags=["conversations"]
)

Reader = Annotated[Principal, requires(Permission.CONVERSATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.CONVERSATIONS_WRITE)]


class LabelIn(Strict):
    """A label's name, and its colour: gray, red, orange, yellow, green, teal, blue, purple, pink or none."""

    name: str = Field(max_length=NAME_LIMIT)
    color: str = Field(default="", max_length=20)


class LabelChangeIn(Strict):
    """What to change; what is left out stays."""

    name: str | None = Field(default=None, max_length=NAME_LIMIT)
    color: str | None = Field(default=None, max_length=20)


class LabelOut(BaseModel):
    """A label."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    color: str
    created_at: datetime


class CountedLabelOut(LabelOut):
    """A label and its number of conversations."""

    conversations: int


@router.get("")
async def list_labels(_principal: Reader, session: ReadSessionDep) -> list[CountedLabelOut]:
    """All labels by name."""
    return [CountedLabelOut.model_validate(label) for label in await labels.every(session)]


@router.post("", status_code=201)
async def create_label(body: LabelIn, principal: Writer, session: SessionDep) -> CountedLabelOut:
    """Create a label."""
    made = await labels.create(session, principal.actor, body.name, body.color)
    return CountedLabelOut.model_validate(made)


@router.put("/{label_id}")
async def change_label(
    label_id: UUID, body: LabelChangeIn, principal: Writer, session: SessionDep
) -> CountedLabelOut:
    """Change a label's name or colour."""
    changed = await labels.change(
        session, principal.actor, label_id, name=body.name, color=body.color
    )
    return CountedLabelOut.model_validate(changed)


@router.delete("/{label_id}", status_code=204)
async def delete_label(label_id: UUID, principal: Writer, session: SessionDep) -> None:
    """Delete a label and take it off every conversation."""
    await labels.delete(session, principal.actor, label_id)


@on_conversations.get("")
async def conversation_labels(
    conversation_id: UUID, _principal: Reader, session: ReadSessionDep
) -> list[LabelOut]:
    """The labels on a conversation, by name."""
    found = await labels.of_conversation(session, conversation_id)
    return [LabelOut.model_validate(label) for label in found]


@on_conversations.put("/{label_id}")
async def add_label(
    conversation_id: UUID, label_id: UUID, principal: Writer, session: SessionDep
) -> list[LabelOut]:
    """Put a label on a conversation; answers with those it has now."""
    found = await labels.put_on(session, principal.actor, conversation_id, label_id)
    return [LabelOut.model_validate(label) for label in found]


@on_conversations.delete("/{label_id}")
async def remove_label(
    conversation_id: UUID, label_id: UUID, principal: Writer, session: SessionDep
) -> list[LabelOut]:
    """Take a label off a conversation; answers with those it has left."""
    found = await labels.take_off(session, principal.actor, conversation_id, label_id)
    return [LabelOut.model_validate(label) for label in found]
