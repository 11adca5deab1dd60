"""Webhook bodies taken apart: every entry, change, message, status; unknown parts are kept, not fatal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from domain.identity import Claim
from domain.messages import MessageState
from whatsapp import people
from whatsapp.people import Card, cards_of

STATUSES = {
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "played": MessageState.PLAYED,
    "failed": MessageState.FAILED,
}


ECHO_FIELDS = frozenset({"smb_message_echoes", "message_echoes"})
"""What somebody wrote in the WhatsApp Business app on the same number."""


class Malformed(ValueError):
    """The body is not a webhook at all; it goes to the dead letters."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message a customer wrote; ``payload`` is Meta's object without envelope."""

    phone_number_id: str
    wamid: str
    wa_id: str | None
    bsuid: str | None
    profile_name: str
    kind: str
    body: str
    at: datetime
    reply_to: str | None
    payload: Mapping[str, Any]
    claim: Claim
    """Who wrote it; of what was written in the Business app, whom it is for."""
    group_id: str | None = None
    ours: bool = False
    """Written in the WhatsApp Business app on the same number."""


@dataclass(frozen=True, slots=True)
class Status:
    """What became of a message we sent; ``message_id`` and ``attempt`` are ours, from the callback data."""

    wamid: str
    message_id: UUID | None
    attempt: int | None
    state: MessageState
    at: datetime
    code: int | None
    detail: str | None
    pricing: str | None
    phone_number_id: str = ""
    wa_id: str | None = None
    bsuid: str | None = None
    group: bool = False
    """About a message to a group, or one member of it."""


@dataclass(frozen=True, slots=True)
class Preference:
    """A customer stopped or resumed marketing in WhatsApp itself."""

    wa_id: str | None
    bsuid: str | None
    stopped: bool
    at: datetime
    claim: Claim


@dataclass(frozen=True, slots=True)
class Change:
    """Any other field: templates, numbers, accounts."""

    account_id: str
    field: str
    value: Mapping[str, Any]


@dataclass(slots=True)
class Delivery:
    """One body, or several joined, by kind of content."""

    inbound: list[Inbound] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    """Changes of ids that come without a message."""
    phone_number_ids: set[str] = field(default_factory=set)

    def extend(self, other: "Delivery") -> None:
        """Join another delivery into this one, in order."""
        self.inbound += other.inbound
        self.statuses += other.statuses
        self.preferences += other.preferences
        self.changes += other.changes
        self.claims += other.claims
        self.phone_number_ids |= other.phone_number_ids


def parse(body: bytes) -> Delivery:
    """Take one body apart; raises Malformed when it is not a webhook envelope."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed("not JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("entry"), list):
        raise Malformed("no entry list")
    delivery = Delivery()
    for entry in _objects(document["entry"]):
        for change in _objects(entry.get("changes")):
            value = change.get("value")
            if isinstance(value, dict):
                _take(delivery, str(entry.get("id", "")), str(change.get("field", "")), value)
    return delivery


def _take(delivery: Delivery, account_id: str, field_name: str, value: Mapping[str, Any]) -> None:
    metadata = value.get("metadata")
    phone_number_id = str(metadata.get("phone_number_id", "")) if isinstance(metadata, dict) else ""
    if phone_number_id:
        delivery.phone_number_ids.add(phone_number_id)
    if field_name == "messages":
        _take_messages(delivery, value, phone_number_id)
    elif field_name == "user_preferences":
        delivery.preferences += _preferences(value, cards_of(value))
    elif field_name in ECHO_FIELDS:
        delivery.inbound += _echoes(value, phone_number_id)
    elif field_name == "user_id_update":
        for item in _objects(value.get("user_id_update")):
            delivery.claims.append(people.updated(item, _time(item.get("timestamp"))))
    else:
        delivery.changes.append(Change(account_id, field_name, value))


def _take_messages(delivery: Delivery, value: Mapping[str, Any], phone_number_id: str) -> None:
    cards = cards_of(value)
    for item in _objects(value.get("messages")):
        if item.get("id"):
            delivery.inbound.append(_inbound(item, phone_number_id, cards))
    delivery.inbound += _echoes(value, phone_number_id)
    for item in _objects(value.get("statuses")):
        state = STATUSES.get(str(item.get("status")))
        if state is not None and item.get("id"):
            delivery.statuses.append(_status(item, state, phone_number_id, cards))


def _echoes(value: Mapping[str, Any], phone_number_id: str) -> Iterator[Inbound]:
    cards = cards_of(value)
    for item in _objects(value.get("message_echoes")):
        if item.get("id"):
            yield _inbound(item, phone_number_id, cards, ours=True)


def _inbound(
    item: Mapping[str, Any], phone_number_id: str, cards: Sequence[Card], *, ours: bool = False
) -> Inbound:
    kind = str(item.get("type") or "unknown")
    context = item.get("context")
    at = _time(item.get("timestamp"))
    claim = (people.receiver if ours else people.sender)(item, cards, at)
    group_id = _text(item.get("group_id"))
    if group_id is not None:  # whoever writes in a group has not written to us
        claim = replace(claim, creates=False)
    return Inbound(
        phone_number_id=phone_number_id,
        wamid=str(item["id"]),
        wa_id=_text(item.get("from")),
        bsuid=_text(item.get("from_user_id")),
        profile_name=claim.name,
        kind=kind,
        body=clean(readable(kind, item)),
        at=at,
        reply_to=_text(context.get("id")) if isinstance(context, dict) else None,
        payload=item,
        claim=claim,
        group_id=group_id,
        ours=ours,
    )


def _status(
    item: Mapping[str, Any], state: MessageState, phone_number_id: str, cards: Sequence[Card]
) -> Status:
    code, detail = None, None
    for error in _objects(item.get("errors")):
        data = error.get("error_data")
        code = _number(error.get("code"))
        detail = str(
            (data.get("details") if isinstance(data, dict) else None) or error.get("title") or ""
        )
        break
    pricing = item.get("pricing")
    message_id, attempt = callback(item.get("biz_opaque_callback_data"))
    wa_id, bsuid, group = people.recipient(item, cards)
    return Status(
        wamid=str(item["id"]),
        message_id=message_id,
        attempt=attempt,
        state=state,
        at=_time(item.get("timestamp")),
        code=code,
        detail=clean(detail) if detail else None,
        pricing=f"{pricing.get('category', '')}/{pricing.get('type', '')}"
        if isinstance(pricing, dict)
        else None,
        phone_number_id=phone_number_id,
        wa_id=wa_id,
        bsuid=bsuid,
        group=group,
    )


def callback(data: object) -> tuple[UUID | None, int | None]:
    """Our message id and attempt in callback data ``{message id}:{attempt}``; None when it is not ours."""
    if not isinstance(data, str):
        return None, None
    message_id, _, attempt = data.partition(":")
    try:
        return UUID(message_id), int(attempt) if attempt.isdecimal() and len(attempt) < 5 else None
    except ValueError:
        return None, None


def _preferences(value: Mapping[str, Any], cards: Sequence[Card]) -> Iterator[Preference]:
    for item in _objects(value.get("user_preferences")):
        if item.get("category") == "marketing_messages":
            stopped, at = item.get("value") == "stop", _time(item.get("timestamp"))
            claim = people.subscriber(item, cards, at, creates=stopped)
            yield Preference(
                _text(item.get("wa_id")), _text(item.get("user_id")), stopped, at, claim
            )


def readable(kind: str, item: Mapping[str, Any]) -> str:
    """What a person reads in place of the message, one line or a text."""
    part = item.get(kind)
    part = part if isinstance(part, dict) else {}
    match kind:
        case "text":
            return str(part.get("body") or "")
        case "button":
            return str(part.get("text") or "")
        case "interactive":
            reply = part.get(str(part.get("type")))
            reply = reply if isinstance(reply, dict) else {}
            return str(reply.get("title") or reply.get("body") or "")
        case "reaction":
            return str(part.get("emoji") or "")
        case "location":
            return str(part.get("name") or f"{part.get('latitude')}, {part.get('longitude')}")
        case _:
            return str(part.get("caption") or part.get("filename") or "")


def clean(text: str) -> str:
    """Text that PostgreSQL can hold: it refuses NUL and lone surrogates."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(value: object) -> int:
    """A code within PostgreSQL's integer; 0 when it is none."""
    try:
        number = int(str(value))
    except ValueError:
        return 0
    return number if abs(number) < 2**31 else 0


def _text(value: object) -> str | None:
    return clean(str(value)) if value else None


def _time(value: object) -> datetime:
    """Meta's Unix seconds, as text or number; now when absent, absurd or ahead of now."""
    now = datetime.now(UTC)
    try:
        return min(datetime.fromtimestamp(int(str(value)), UTC), now)
    except (ValueError, OverflowError, OSError):
        return now
