"""Everything a customer can send: short forms expanded to the shapes Meta delivers."""

from collections.abc import Callable
from typing import Any

import orjson

from simulator.errors import webhook_error
from simulator.readings import decimal_of, text_of

MEDIA_TYPES = frozenset({"image", "video", "audio", "document", "sticker"})
TYPES = MEDIA_TYPES | {
    "text", "button", "interactive", "location", "contacts", "reaction", "order", "system", "edit",
    "revoke", "unsupported",
}  # fmt: skip
SHORT = {"voice": "audio", "flow": "interactive", "poll": "unsupported"}
"""Familiar names, and their types."""

OPENS_NO_WINDOW = frozenset({"system", "edit", "revoke", "unsupported"})
NOTICES = frozenset(
    {
        "user_changed_number", "user_changed_user_id", "user_identity_changed",
        "customer_changed_number", "customer_identity_changed",
    }
)  # fmt: skip
MOVES = NOTICES - {"user_identity_changed", "customer_identity_changed"}
"""Notices about somebody who moved to another number or id."""

WITH_PROFILE = frozenset({"customer_identity_changed"})

_CONTEXTS = ("forwarded", "frequently_forwarded", "referred_product")

Value = Any


class Wrong(ValueError):
    """What a customer wrote is not a message; the text says why."""


def whole(kind: str, value: Value) -> tuple[str, Value]:
    """Type and object of a message, with short forms expanded; raises Wrong if invalid."""
    name = SHORT.get(kind, kind)
    if name not in TYPES:
        raise Wrong(f"type must be one of {', '.join(sorted({*TYPES, *SHORT}))}.")
    if name == "unsupported" and value is None:
        value = {}
    shape = list if name == "contacts" else dict
    if not isinstance(value, shape) or (not value and name != "unsupported"):
        raise Wrong(f"The object '{kind}' is missing.")
    write = _WRITERS.get(kind)
    return name, value if write is None else write(value)


def _texts(value: Value, *names: str) -> Value:
    """The object itself, with these keys required to be texts if present."""
    for name in names:
        if value.get(name) is not None and not isinstance(value[name], str):
            raise Wrong(f"{name} must be a text.")
    return value


def _id(value: Value, name: str, kind: str) -> str:
    """The message that another one refers to."""
    found = _texts(value, name).get(name)
    if not found:
        raise Wrong(f"{kind} needs {name}.")
    return str(found)


def _text(value: Value) -> Value:
    words = text_of(value.get("body")).strip()
    if not words or len(words) > 65_536:
        raise Wrong("Write something first.")
    return {"body": words}


def _voice(value: Value) -> Value:
    return {**value, "voice": True}


def _flow(value: Value) -> Value:
    answers = value.get("answers")
    if not isinstance(answers, dict):
        raise Wrong("flow needs answers, an object.")
    token = {"flow_token": text_of(value.get("flow_token", "unused"))}
    return _reply("nfm_reply", {"name": "flow", "body": "Sent", "response_json": token | answers})


def _reply(name: str, reply: Value) -> Value:
    given = reply.get("response_json")
    if isinstance(given, dict):
        reply = {**reply, "response_json": orjson.dumps(given).decode()}
    if name == "nfm_reply":
        reply = {"name": "flow", "body": "Sent", **reply}
    _texts(reply, "id", "title", "description", "name", "body", "response", "response_json")
    return {"type": name, name: reply}


_REPLIES = ("button_reply", "list_reply", "nfm_reply", "call_permission_reply")


def _interactive(value: Value) -> Value:
    name = value.get("type")
    if name not in _REPLIES or not isinstance(value.get(name), dict):
        raise Wrong(f"interactive needs a type, one of {', '.join(_REPLIES)}, and its object.")
    return _reply(name, value[name])


def _reaction(value: Value) -> Value:
    _texts(value, "emoji")
    emoji = {"emoji": value["emoji"]} if value.get("emoji") else {}
    return {"message_id": _id(value, "message_id", "reaction"), **emoji}


def _order(value: Value) -> Value:
    items = value.get("product_items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return value  # in a shape of the customer's own
    plain = {"quantity": 1, "item_price": 0, "currency": "EUR"}
    filled = [plain | item for item in items]
    return {"catalog_id": "194836987003835", **value, "product_items": filled}


def _edit(value: Value) -> Value:
    message = value.get("message")
    if message is None and text_of(value.get("body")):
        message = {"type": "text", "text": {"body": text_of(value["body"])}}
    original = _id(value, "original_message_id", "edit")
    if not isinstance(message, dict):
        raise Wrong("edit needs the new body.")
    return {"original_message_id": original, "message": message}


def _revoke(value: Value) -> Value:
    return {"original_message_id": _id(value, "original_message_id", "revoke")}


def _unsupported(value: Value) -> Value:
    return {"type": "poll_creation", **_texts(value, "type")}


def _system(value: Value) -> Value:
    if text_of(value.get("type")) not in NOTICES:
        raise Wrong(f"system needs a type, one of {', '.join(sorted(NOTICES))}.")
    return _texts(value, "body")


def _button(value: Value) -> Value:
    return _texts(value, "payload", "text")


def _location(value: Value) -> Value:
    for name, most in (("latitude", 90), ("longitude", 180)):
        degrees = decimal_of(value.get(name))
        if degrees is None or not abs(degrees) <= most:
            raise Wrong(f"location needs a {name} in degrees.")
    return _texts(value, "name", "address", "url")


def _contacts(value: Value) -> Value:
    if not all(isinstance(card, dict) for card in value):
        raise Wrong("contacts are objects with a name or phones.")
    return value


_WRITERS: dict[str, Callable[[Value], Value]] = {
    "text": _text,
    "voice": _voice,
    "flow": _flow,
    "interactive": _interactive,
    "reaction": _reaction,
    "order": _order,
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
    "poll": _unsupported,
    "system": _system,
    "button": _button,
    "location": _location,
    "contacts": _contacts,
}

_AD = {
    "source_url": "https://fb.me/spring",
    "source_id": "120226305854810726",
    "source_type": "ad",
    "headline": "Chat with us",
    "body": "Spring is here",
    "media_type": "image",
    "image_url": "https://shop.lumen.example/spring.png",
    "ctwa_clid": "Aff-n8ZTODiE79d22KtAwQKj9e",
}


def beside(kind: str, asked: dict[str, Any], business: str) -> dict[str, Any]:
    """What goes next to the object, by Meta's names or in short: context, referral, group, errors."""
    extra: dict[str, Any] = {}
    given = asked.get("context")
    context = dict(_texts(given, "id", "from")) if isinstance(given, dict) else {}
    context |= {key: asked[key] for key in _CONTEXTS if asked.get(key)}
    if asked.get("quoted"):
        context = {"from": business, "id": _texts(asked, "quoted")["quoted"], **context}
    if context:
        extra["context"] = context
    referral = asked.get("referral")
    if referral:
        extra["referral"] = _AD | (referral if isinstance(referral, dict) else {})
    if group := asked.get("group_id") or asked.get("group"):
        _texts(asked, "group_id", "group")
        extra["group_id"] = group
    if isinstance(asked.get("errors"), list):
        extra["errors"] = asked["errors"]
    elif kind == "unsupported":
        extra["errors"] = [_unreadable(asked)]
    return extra


def _unreadable(asked: dict[str, Any]) -> dict[str, Any]:
    error = webhook_error(131051)
    words = {"title": "Message type unknown", "message": "Message type unknown"}
    details = {"details": "Message type is currently not supported."}
    given = asked.get("error")
    return {**error, **words, "error_data": details, **(given if isinstance(given, dict) else {})}


def notice_text(kind: str, name: str, old: str, new: str) -> str:
    """The sentence WhatsApp puts into a system notice."""
    if kind in MOVES:
        return f"User {name} changed from {old} to {new}"
    return f"The security code of {name} changed"
