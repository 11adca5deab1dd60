"""Webhook bodies taken apart: every entry, change, message, status; unknown parts are kept, not fatal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from domain.consent import Action
from domain.messages import MessageState

STATUSES = {
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "played": MessageState.PLAYED,
    "failed": MessageState.FAILED,
}


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


WISHES = {"stop": Action.STOP, "resume": Action.AGREE, "signup": Action.AGREE}
"""Values of a preference; what else Meta may say one day changes nothing."""


@dataclass(frozen=True, slots=True)
class Preference:
    """A customer stopped or allowed marketing in WhatsApp itself."""

    phone_number_id: str
    wa_id: str | None
    bsuid: str | None
    profile_name: str
    action: Action
    at: datetime
    makes_contact: bool  # a resume of somebody unknown changes nothing


@dataclass(frozen=True, slots=True)
class Change:
    """Any other field: templates, numbers, accounts; ``at`` is Meta's time, ours where it gives none."""

    account_id: str
    field: str
    value: Mapping[str, Any]
    at: datetime


@dataclass(slots=True)
class Delivery:
    """One body, or several joined, by kind of content."""

    inbound: list[Inbound] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    phone_number_ids: set[str] = field(default_factory=set)

    def extend(self, other: "Delivery") -> None:
        """Join another delivery into this one, in order."""
        self.inbound += other.inbound
        self.statuses += other.statuses
        self.preferences += other.preferences
        self.changes += other.changes
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
                _take(delivery, entry, str(change.get("field", "")), value)
    return delivery


def _take(
    delivery: Delivery, entry: Mapping[str, Any], field_name: str, value: Mapping[str, Any]
) -> None:
    metadata = value.get("metadata")
    phone_number_id = str(metadata.get("phone_number_id", "")) if isinstance(metadata, dict) else ""
    if phone_number_id:
        delivery.phone_number_ids.add(phone_number_id)
    if field_name == "user_preferences":
        delivery.preferences += _preferences(value, phone_number_id)
    elif field_name != "messages":
        account_id = str(entry.get("id", ""))
        delivery.changes.append(Change(account_id, field_name, value, _time(entry.get("time"))))
        return
    names = _profile_names(value)
    for item in _objects(value.get("messages")):
        if item.get("id"):
            delivery.inbound.append(_inbound(item, phone_number_id, names))
    for item in _objects(value.get("statuses")):
        state = STATUSES.get(str(item.get("status")))
        if state is not None and item.get("id"):
            delivery.statuses.append(_status(item, state))


def _inbound(item: Mapping[str, Any], phone_number_id: str, names: Mapping[str, str]) -> Inbound:
    wa_id, bsuid = _text(item.get("from")), _text(item.get("from_user_id"))
    kind = str(item.get("type") or "unknown")
    context = item.get("context")
    return Inbound(
        phone_number_id=phone_number_id,
        wamid=str(item["id"]),
        wa_id=wa_id,
        bsuid=bsuid,
        profile_name=clean(names.get(wa_id or "", "") or names.get(bsuid or "", "")),
        kind=kind,
        body=clean(readable(kind, item)),
        at=_time(item.get("timestamp")),
        reply_to=_text(context.get("id")) if isinstance(context, dict) else None,
        payload=item,
    )


def _status(item: Mapping[str, Any], state: MessageState) -> Status:
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


def _preferences(value: Mapping[str, Any], phone_number_id: str) -> Iterator[Preference]:
    names = _profile_names(value)
    for item in _objects(value.get("user_preferences")):
        wanted = str(item.get("value")).lower()
        action = WISHES.get(wanted)
        wa_id, bsuid = _text(item.get("wa_id")), _text(item.get("user_id"))
        if item.get("category") == "marketing_messages" and action and (wa_id or bsuid):
            name = clean(names.get(wa_id or "", "") or names.get(bsuid or "", ""))
            at = _time(item.get("timestamp"))
            yield Preference(phone_number_id, wa_id, bsuid, name, action, at, wanted != "resume")


def _profile_names(value: Mapping[str, Any]) -> dict[str, str]:
    names: dict[str, str] = {}
    for contact in _objects(value.get("contacts")):
        profile = contact.get("profile")
        name = str(profile.get("name") or "") if isinstance(profile, dict) else ""
        for key in (contact.get("wa_id"), contact.get("user_id")):
            if key:
                names[str(key)] = name
    return names


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
    """Meta's Unix seconds, as text or number; now when absent or absurd."""
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)
