"""Messages: send, list, mark as read, and their files."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import FileResponse, Response

from api.deps import ReadSessionDep, SessionDep, StateDep
from api.downloads import file_headers
from api.either_or import EITHER_OR
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from api.validation import Wrong
from api.websocket import Socket, on
from api.wording.fields import Worded
from domain.errors import Invalid
from domain.ids import parse_id
from domain.live import FromPage
from domain.messages import MessageFilter, MessageState, Origin
from domain.permissions import Permission
from domain.sentences import Sentence
from services.messages import media, read, send
from services.messages.address import Address
from services.messages.content import Content, MediaContent, TemplateContent, TextContent
from services.messages.read import PAGE_LIMIT
from services.messages.send import Letter
from services.messages.views import MessageView

router = APIRouter(prefix="/api/messages", tags=["messages"], route_class=IdempotentRoute)
files = APIRouter(prefix="/api/media", tags=["messages"])

Reader = Annotated[Principal, requires(Permission.CONVERSATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.CONVERSATIONS_WRITE)]
Sender = Annotated[Principal, requires(Permission.MESSAGES_SEND)]


class TextIn(Strict):
    """A text of 1 to 4,096 characters."""

    body: str = Field(max_length=20_000)
    preview_url: bool = True


class TemplateIn(Strict):
    """A template by id, or by name and language; values by slot key or in slot order."""

    id: UUID | None = None
    name: str = Field(default="", max_length=512)
    language: str = Field(default="", max_length=20)
    variables: dict[str, str] | list[str] = Field(default_factory=list, max_length=200)


class MediaIn(Strict):
    """A file by media id or https link."""

    id: str = Field(default="", max_length=100)
    link: str = Field(default="", max_length=2000)
    caption: str = Field(default="", max_length=4000)
    filename: str = Field(default="", max_length=240)


class MessageIn(Strict):
    """A message to a contact, by id or phone number; unknown numbers become contacts.

    ``channel_id`` may be omitted if there is only one number. Repeating a ``client_id`` returns the same message
    instead of sending another.
    """

    model_config = ConfigDict(json_schema_extra=EITHER_OR)

    contact_id: UUID | None = None
    to: str = Field(default="", max_length=60, examples=["+34 611 555 010"])
    channel_id: UUID | None = None
    type: Literal["text", "template", "image", "video", "audio", "document", "sticker"] = "text"
    text: TextIn | None = None
    template: TemplateIn | None = None
    media: MediaIn | None = None
    reply_to: UUID | None = None
    client_id: str | None = Field(default=None, max_length=100)

    @model_validator(mode="after")
    def _has_its_part(self) -> Self:
        part = self.type if self.type in ("text", "template") else "media"
        if getattr(self, part) is None:
            raise Wrong(Sentence("message_part", kind=self.type, part=part))
        if (self.contact_id is None) == (not self.to):
            raise Wrong(Sentence("message_recipient"))
        return self

    def content(self) -> Content:
        """The content in the form that services expect."""
        if self.type == "text" and self.text:
            return TextContent(self.text.body, self.text.preview_url)
        if self.type == "template" and self.template:
            template = self.template
            return TemplateContent(
                template.id, template.name, template.language, template.variables
            )
        assert self.media is not None
        medium = self.media
        return MediaContent(self.type, medium.id, medium.link, medium.caption, medium.filename)


class ReactionOut(BaseModel):
    """An emoji on a message; ``ours`` when the team put it there in the WhatsApp Business app."""

    model_config = ConfigDict(from_attributes=True)

    emoji: str
    ours: bool


class MessageOut(BaseModel):
    """A message with its state; ``error`` explains why it did not arrive."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    conversation_id: UUID | None
    channel_id: UUID
    contact_id: UUID
    direction: str
    origin: str
    type: str = Field(validation_alias="kind")
    state: MessageState
    text: str
    template_name: str | None
    campaign_id: UUID | None
    client_id: str | None
    sender_id: UUID | None
    wamid: str | None
    error: Worded | None
    error_code: int | None
    created_at: datetime
    accepted_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None
    author_id: UUID | None = Field(description="The contact who wrote it in a group.")
    author_name: str | None = Field(description="Who wrote it in a group.")
    reactions: list[ReactionOut]


class MessagesOut(BaseModel):
    """One page; ask again with ``next_cursor`` until it is null."""

    items: list[MessageOut]
    next_cursor: str | None


class StatusIn(Strict):
    """The one state a client can set: that an inbound message was read."""

    status: str = Field(max_length=40, examples=["read"])


class MessageQuery(BaseModel):
    """Which messages; all conditions apply together."""

    conversation_id: UUID | None = None
    contact_id: UUID | None = None
    campaign_id: UUID | None = None
    state: MessageState | None = None
    cursor: str | None = Field(default=None, max_length=100)
    limit: int = Field(default=50, ge=1, le=PAGE_LIMIT)


def shown(message: MessageView) -> MessageOut:
    """A message as the API returns it."""
    return MessageOut.model_validate(message)


@router.post("/send", status_code=202)
async def send_message(body: MessageIn, principal: Sender, session: SessionDep) -> MessageOut:
    """Send one message; the answer does not wait for WhatsApp, follow ``state`` afterwards."""
    origin = Origin.API if principal.via == "token" else Origin.INBOX
    letter = Letter(body.content(), body.client_id, origin, body.reply_to)
    address = Address(body.channel_id, body.contact_id, body.to)
    message = await send.write_to(session, principal.actor, address, letter)
    return shown(message)


@router.get("")
async def list_messages(
    _principal: Reader,
    session: ReadSessionDep,
    query: Annotated[MessageQuery, Query()],
) -> MessagesOut:
    """Newest messages first; those of a campaign in the order of its recipients."""
    wanted = MessageFilter(
        contact_id=query.contact_id, campaign_id=query.campaign_id, state=query.state
    )
    if query.conversation_id is not None:
        wanted = await read.within(session, wanted, query.conversation_id)
    found = await read.page(session, wanted, cursor=query.cursor, limit=query.limit)
    return MessagesOut(items=[shown(item) for item in found.items], next_cursor=found.next_cursor)


@router.get("/{message_id}")
async def get_message(message_id: UUID, _principal: Reader, session: ReadSessionDep) -> MessageOut:
    """One message."""
    return shown(await read.one(session, message_id))


@router.put("/{message_id}/status")
async def set_message_status(
    message_id: UUID, body: StatusIn, principal: Writer, session: SessionDep
) -> MessageOut:
    """Mark an inbound message, and all earlier ones, as read by the team."""
    if body.status != "read":
        raise Invalid("status_not_settable", field="status")
    return shown(await read.mark_read(session, principal.actor, message_id))


@files.get("/{message_id}", response_class=Response)
async def get_media(message_id: UUID, _principal: Reader, state: StateDep) -> Response:
    """A message's file, stored or else from WhatsApp; never HTML or a script."""
    path, shown = await media.show(
        state.reads, state.vault, state.settings, state.data_dir, message_id
    )
    return FileResponse(path, media_type=shown.content_type, headers=file_headers(shown))


@on(FromPage.SEND_MESSAGE)
async def socket_send_message(page: Socket, data: dict[str, Any]) -> dict[str, Any]:
    """Reply in a conversation: ``{"conversation_id", "text", "client_id"}``, acknowledged with both ids."""
    page.principal.require(Permission.MESSAGES_SEND)
    client_id, conversation_id = data.get("client_id"), parse_id(str(data.get("conversation_id")))
    if not isinstance(client_id, str) or conversation_id is None:
        raise Invalid("send_incomplete")
    async with page.state.sessions.begin() as session:
        letter = Letter(TextContent(str(data.get("text") or "")), client_id)
        message = await send.answer(session, page.principal.actor, conversation_id, letter)
    return {"client_id": client_id, "message": shown(message).model_dump(mode="json")}
