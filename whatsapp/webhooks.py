"""What Meta's webhook objects mean: messages, statuses, preferences; an odd value loses only itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain import customer_messages, loose
from domain.consent import Action
from domain.error_codes import LARGEST_CODE
from domain.identity import Claim
from domain.messages import MessageState
from domain.webhooks import ID_LIMIT, KIND_LIMIT
from whatsapp import people
from whatsapp.bodies import clean
from whatsapp.people import Card

STATUSES = {
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "played": MessageState.PLAYED,
    "failed": MessageState.FAILED,
}


KNOWN_KINDS = frozenset(
    {
        "text", "image", "audio", "video", "document", "sticker", "location", "contacts", "button",
        "interactive", "reaction", "order", "system", "unsupported", "unknown", "edit", "revoke",
    }
)  # fmt: skip
"""Types of messages that Meta documents."""

_PARTS = tuple(sorted(KNOWN_KINDS - {"unsupported", "unknown"}))
_COMMON = ("text", "image", "audio", "video", "document", "button", "interactive", "reaction")
"""Types with an object under their own name, which then need no repair."""

DETAIL_LIMIT = 1000
_LONGEST_MOMENT = 30
FIRST_MESSAGE = datetime(2009, 1, 1, tzinfo=UTC)
"""WhatsApp did not exist before."""


class Malformed(ValueError):
    """The body is not JSON; the delivery becomes a dead letter."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message on one of our numbers; ``payload`` is Meta's object without envelope."""

    phone_number_id: str
    wamid: str
    kind: str
    body: str
    at: datetime
    reply_to: str | None
    payload: Mapping[str, Any]
    claim: Claim
    """Who wrote it; for one written in the Business app, its recipient."""
    group_id: str | None = None
    ours: bool = False
    """Written in the WhatsApp Business app on the same number."""


@dataclass(slots=True, eq=False)  # thousands a second: frozen ones cost three times as much
class Status:
    """The status of a message we sent; ``message_id`` and ``attempt`` are ours, from the callback data."""

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


WISHES = {"stop": Action.STOP, "resume": Action.AGREE, "signup": Action.AGREE}
"""Values of a preference; any others from Meta change nothing."""


@dataclass(frozen=True, slots=True)
class Preference:
    """A customer stopped or allowed marketing in WhatsApp itself."""

    action: Action
    at: datetime
    claim: Claim
    phone_number_id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Any other field: templates, numbers, accounts."""

    account_id: str
    field: str
    value: Mapping[str, Any]
    at: datetime | None = None
    """When Meta says it happened (``entry[].time``)."""


def inbound_of(
    item: Mapping[str, Any],
    phone_number_id: str,
    cards: Sequence[Card],
    now: datetime,
    *,
    ours: bool = False,
) -> Inbound:
    """A message from a customer or (``ours``) one written in the Business app."""
    kind = item.get("type")
    if kind not in _COMMON or type(item.get(kind)) is not dict:
        item = _mended(item)
        kind = str(item["type"])
    context = item.get("context")
    at = moment(item.get("timestamp"), now)
    claim = (people.receiver if ours else people.sender)(item, cards, at)
    group_id = identifier(item.get("group_id"))
    if group_id is not None:  # writing in a group is not writing to us
        claim = replace(claim, creates=False)
    return Inbound(
        phone_number_id=phone_number_id,
        wamid=identifier(item["id"]) or "",
        kind=kind,
        body=clean(customer_messages.summary(kind, item)),
        at=at,
        reply_to=identifier(context.get("id")) if isinstance(context, dict) else None,
        payload=item,
        claim=claim,
        group_id=group_id,
        ours=ours,
    )


def _mended(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message with a type that matches its part, and that part unwrapped from any list.

    If the type is invalid or its part missing, the one part that is present decides.
    """
    told = (identifier(item.get("type")) or "")[:KIND_LIMIT]
    kind = told
    if told not in item and told != "unsupported":
        parts = [name for name in _PARTS if isinstance(item.get(name), dict | list)]
        kind = parts[0] if len(parts) == 1 else told or "unknown"
    part = item.get(kind)
    if kind in _PARTS and kind != "contacts" and isinstance(part, list) and len(part) == 1:
        return {**item, "type": kind, kind: part[0]}
    return item if item.get("type") == kind else {**item, "type": kind}


def status_of(
    item: Mapping[str, Any],
    state: MessageState,
    phone_number_id: str,
    cards: Callable[[], Sequence[Card]],
    now: datetime,
) -> Status:
    """The status of one of our messages."""
    code, detail = _failure(item) if "errors" in item else (None, None)
    pricing = item.get("pricing")
    message_id, attempt = callback(item.get("biz_opaque_callback_data"))
    wa_id, bsuid, group = people.recipient(item, cards)
    return Status(
        wamid=identifier(item.get("id")) or "",
        message_id=message_id,
        attempt=attempt,
        state=state,
        at=moment(item.get("timestamp"), now),
        code=code,
        detail=detail,
        pricing=f"{pricing.get('category', '')}/{pricing.get('type', '')}"[:KIND_LIMIT]
        if isinstance(pricing, dict)
        else None,
        phone_number_id=phone_number_id,
        wa_id=wa_id,
        bsuid=bsuid,
        group=group,
    )


def _failure(item: Mapping[str, Any]) -> tuple[int | None, str | None]:
    """Code and text of the first error."""
    for error in objects(item["errors"]):
        data = error.get("error_data")
        words = (data.get("details") if isinstance(data, dict) else None) or error.get("title")
        return _code(error.get("code")), str(words or "")[:DETAIL_LIMIT] or None
    return None, None


def callback(data: object) -> tuple[UUID | None, int | None]:
    """Our message id and attempt in callback data ``{message id}:{attempt}``; None if not ours."""
    if not isinstance(data, str):
        return None, None
    message_id, _, attempt = data.partition(":")
    try:
        return UUID(message_id), int(attempt) if attempt.isdecimal() and len(attempt) < 5 else None
    except ValueError:
        return None, None


def preference_of(
    item: Mapping[str, Any], cards: Sequence[Card], now: datetime
) -> Preference | None:
    """What somebody chose about marketing; None for an unknown choice or person."""
    value = item.get("value")
    wanted = value.lower() if isinstance(value, str) else ""
    action, at = WISHES.get(wanted), moment(item.get("timestamp"), now)
    if item.get("category") != "marketing_messages" or action is None:
        return None
    # Unknown people are stored whatever they chose: an older choice may arrive after a newer one.
    claim = people.subscriber(item, cards, at)
    return Preference(action, at, claim) if claim.anybody else None


def objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _code(value: object) -> int | None:
    """An error code that can be stored; None if it is not one. Not 0: that is Meta's code for a refused token."""
    try:
        code = int(str(value))
    except ValueError:
        return None
    return code if abs(code) <= LARGEST_CODE else None


def identifier(value: object, limit: int = ID_LIMIT) -> str | None:
    """An id from a body, None if missing; one beyond the limit is cut and ends in its digest."""
    if type(value) is str:
        text = value
    elif type(value) is int:
        text = str(value)
    else:
        return None
    if len(text) <= limit:
        return text or None
    digest = sha256(text.encode()).hexdigest()
    return f"{text[: limit - len(digest) - 1]}~{digest}"


def moment(value: object, now: datetime) -> datetime:
    """Meta's Unix time, as text or number; ``now`` if missing, absurd or in the future."""
    if isinstance(value, str) and len(value) > _LONGEST_MOMENT:
        return now
    at = _instant(value) if isinstance(value, str | int | float) else None
    return at if at is not None and at < now else now


@lru_cache(maxsize=4096)  # many statuses share a second
def _instant(value: str | float) -> datetime | None:
    try:
        at = datetime.fromtimestamp(loose.seconds(float(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at > FIRST_MESSAGE else None
