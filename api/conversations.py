"""Conversations: list, read, assign, resolve, mark as read."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from api.strict import Strict
from api.websocket import Socket, on
from domain.conversations import ConversationFilter, ConversationRecord, ConversationStatus
from domain.errors import Invalid
from domain.ids import parse_id
from domain.live import FromPage
from domain.permissions import Permission
from domain.targets import Lateness
from services.conversations import browse, change

router = APIRouter(prefix="/api/conversations", tags=["conversations"])

Reader = Annotated[Principal, requires(Permission.CONVERSATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.CONVERSATIONS_WRITE)]


class ConversationOut(BaseModel):
    """A thread with one contact on one number, and its 24-hour window; or a WhatsApp group's thread.

    A group's thread has a ``group_id``; its ``contact_id`` is not a contact, and nothing can be sent to it.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    channel_id: UUID
    contact_id: UUID
    group_id: str | None
    contact_name: str
    contact_phone: str | None
    status: ConversationStatus
    assignee_id: UUID | None
    unread: int
    preview: str
    last_message_at: datetime
    window_expires_at: datetime | None
    waiting_since: datetime | None
    reply_due_at: datetime | None
    resolve_due_at: datetime | None
    created_at: datetime


class ConversationsOut(BaseModel):
    """One page; request more with ``next_cursor`` until it is null."""

    items: list[ConversationOut]
    next_cursor: str | None


class ConversationIn(Strict):
    """What to change; omitted parts stay, ``"assignee_id": null`` unassigns it."""

    status: ConversationStatus | None = None
    assignee_id: UUID | None = None

    def said(self) -> dict[str, Any]:
        """What to change, for the service; a status of null changes none."""
        said = self.model_dump(exclude_unset=True)
        return {name: value for name, value in said.items() if (name, value) != ("status", None)}


class ReadIn(Strict):
    """The last message that was read; omit it if everything was."""

    up_to: UUID | None = None


class ConversationQuery(BaseModel):
    """Which conversations; all conditions apply together. ``due``: late, or soon, which includes late ones."""

    status: ConversationStatus | None = None
    assignee_id: UUID | None = None
    unassigned: bool = False
    unread: bool = False
    due: Lateness | None = None
    channel_id: UUID | None = None
    contact_id: UUID | None = None
    search: str = Field(default="", max_length=200)
    cursor: str | None = Field(default=None, max_length=100)
    limit: int = Field(default=50, ge=1, le=200)


def shown(record: ConversationRecord) -> ConversationOut:
    """A conversation as the API returns it."""
    return ConversationOut.model_validate(record)


@router.get("")
async def list_conversations(
    _principal: Reader, session: ReadSessionDep, query: Annotated[ConversationQuery, Query()]
) -> ConversationsOut:
    """Conversations by newest message."""
    wanted = ConversationFilter(
        status=query.status,
        assignee_id=query.assignee_id,
        unassigned=query.unassigned,
        unread=query.unread,
        due=query.due,
        search=query.search,
        channel_id=query.channel_id,
        contact_id=query.contact_id,
    )
    found = await browse.page(session, wanted, cursor=query.cursor, limit=query.limit)
    return ConversationsOut(
        items=[shown(item) for item in found.items], next_cursor=found.next_cursor
    )


@router.get("/{conversation_id}")
async def get_conversation(
    conversation_id: UUID, _principal: Reader, session: ReadSessionDep
) -> ConversationOut:
    """One conversation; its messages are at ``/api/messages?conversation_id=``."""
    return shown(await browse.one(session, conversation_id))


@router.put("/{conversation_id}")
async def change_conversation(
    conversation_id: UUID, body: ConversationIn, principal: Writer, session: SessionDep
) -> ConversationOut:
    """Change the status, the assignee, or both."""
    changed = await change.update(session, principal.actor, conversation_id, **body.said())
    return shown(changed)


@router.post("/{conversation_id}/read")
async def read_conversation(
    conversation_id: UUID, principal: Writer, session: SessionDep, body: ReadIn | None = None
) -> ConversationOut:
    """Mark as read, completely or up to a message."""
    await change.mark_read(session, principal.actor, conversation_id, body.up_to if body else None)
    return shown(await browse.one(session, conversation_id))


@on(FromPage.MARK_READ)
async def socket_mark_read(page: Socket, data: dict[str, Any]) -> None:
    """Mark as read: ``{"conversation_id", "up_to"?}`` with the id of the last message seen."""
    page.principal.require(Permission.CONVERSATIONS_WRITE)
    conversation_id = parse_id(str(data.get("conversation_id")))
    up_to = parse_id(str(data["up_to"])) if data.get("up_to") else None
    if conversation_id is None or (data.get("up_to") and up_to is None):
        raise Invalid("conversation_id_invalid")
    async with page.state.sessions.begin() as session:
        await change.mark_read(session, page.principal.actor, conversation_id, up_to)
