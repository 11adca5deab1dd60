"""A message as the edges see it: plain data, with campaign messages rendered and errors explained."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain import customer_messages, template_rendering, template_slots
from domain.customer_parts import CameFrom, Part
from domain.messages import Direction, MessageState, Origin
from domain.sentences import Sentence
from services.messages import reasons
from services.messages.content import MEDIA_KINDS, readable
from store.messages import MessageRecord

NOWHERE = CameFrom()


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file in a message; ``link`` is an external address, otherwise it is fetched from WhatsApp."""

    kind: str
    mime_type: str
    name: str
    caption: str
    link: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that a message answers or reacts to."""

    id: UUID
    direction: Direction
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message; ``ours`` when someone on the team put it there in the Business app."""

    emoji: str
    ours: bool


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message for threads, lists and the API."""

    id: UUID
    conversation_id: UUID | None
    channel_id: UUID
    contact_id: UUID
    direction: Direction
    origin: Origin
    kind: str
    state: MessageState
    text: str
    template_name: str | None
    template_card: dict[str, Any] | None
    campaign_id: UUID | None
    campaign_name: str | None
    seq: int | None
    media: MediaRef | None
    quoted: Quoted | None
    part: Part | None  # an order, a form, a choice, cards: what a customer's message contains
    came: CameFrom  # an ad, a product, forwarded
    client_id: str | None
    sender_id: UUID | None
    sender_name: str | None
    wamid: str | None
    error: Sentence | None
    error_code: int | None
    error_detail: str | None
    retryable: bool
    wish: str | None  # what it said about marketing: stop, agree
    pricing: str | None
    created_at: datetime
    accepted_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None
    author_id: UUID | None = None
    author_name: str | None = None
    reactions: tuple[Reaction, ...] = ()
    edited_body: str | None = None  # what its author changed it to
    edited_at: datetime | None = None
    revoked_at: datetime | None = None  # its author revoked it


_AS_STORED = (
    "id", "conversation_id", "channel_id", "contact_id", "kind", "campaign_id", "campaign_name",
    "seq", "client_id", "sender_id", "sender_name", "wamid", "error_code", "error_detail",
    "pricing", "created_at", "accepted_at", "sent_at", "delivered_at", "read_at", "failed_at",
    "author_id", "author_name", "edited_body", "edited_at", "revoked_at",
)  # fmt: skip


def view(record: MessageRecord) -> MessageView:
    """A stored message as the edges see it."""
    state = MessageState(record.state)
    rendered = _rendered(record)
    card = rendered or _remembered(record)
    return MessageView(
        **{name: getattr(record, name) for name in _AS_STORED},
        direction=Direction(record.direction),
        origin=Origin(record.origin),
        state=state,
        text=(record.body or "") if rendered is None else readable(rendered),
        template_name=_template_name(record),
        template_card=card.as_dict() if card else None,
        media=_media(record),
        quoted=_quoted(record),
        **_content(record),
        error=reasons.sentence(state, record.error_code, record.error_detail),
        retryable=_retryable(record, state),
        wish=record.wish,
        reactions=tuple(Reaction(item["emoji"], item["ours"]) for item in record.reactions or ()),
    )


def _rendered(record: MessageRecord) -> template_rendering.Rendered | None:
    """A campaign message has no stored text: it is rendered from template and values."""
    if record.body is not None or record.campaign_template is None:
        return None
    return template_rendering.render(record.campaign_template, record.variables or ())


def _remembered(record: MessageRecord) -> template_rendering.Rendered | None:
    """A single template message stores the text that was sent; buttons come from the template."""
    if record.template_components is None:
        return None
    shown = template_rendering.render({"components": record.template_components}, ())
    header = None if shown.header_format == "TEXT" else shown.header_format
    return replace(
        shown, header_format=header, header_text="", header_url=_header_url(record),
        body=record.body or "", footer="",
    )  # fmt: skip


def _header_url(record: MessageRecord) -> str | None:
    """Where the header file of a single template message is: a link, or stored by us."""
    parameter = template_slots.header_parameter((record.payload or {}).get("template"))
    part = parameter.get(str(parameter.get("type")))
    if not isinstance(part, Mapping):
        return None
    return str(part.get("link") or "") or (f"/api/media/{record.id}" if part.get("id") else None)


def _template_name(record: MessageRecord) -> str | None:
    if record.campaign_template is not None:
        return str(record.campaign_template.get("name") or "")
    template = (record.payload or {}).get("template")
    return str(template.get("name")) if isinstance(template, dict) else None


def _content(record: MessageRecord) -> dict[str, Any]:
    """What Meta's object contains besides text and file."""
    payload, inbound = record.payload or {}, record.direction == Direction.INBOUND
    came = customer_messages.came_from(payload) if inbound else NOWHERE
    shown = inbound or record.kind != "interactive"  # what we offer stands in the text
    return {"part": customer_messages.part(record.kind, payload) if shown else None, "came": came}


def _media(record: MessageRecord) -> MediaRef | None:
    part = (record.payload or {}).get(record.kind)
    if record.kind not in MEDIA_KINDS or not isinstance(part, Mapping):
        return None
    return MediaRef(
        kind=record.kind,
        mime_type=str(part.get("mime_type") or ""),
        name=str(part.get("filename") or ""),
        caption=str(part.get("caption") or ""),
        link="" if part.get("id") else str(part.get("link") or ""),
    )


def _quoted(record: MessageRecord) -> Quoted | None:
    if record.quoted_id is None or record.quoted_direction is None:
        return None
    direction = Direction(record.quoted_direction)
    return Quoted(record.quoted_id, direction, record.quoted_body or "", record.quoted_kind or "")


def _retryable(record: MessageRecord, state: MessageState) -> bool:
    """Only a message that certainly did not arrive, once, and never a campaign's, which decides itself."""
    single = record.campaign_id is None and record.payload is not None
    return state in reasons.NOT_SENT and single and not record.retried
