"""Every documented webhook shape, and ways to corrupt one, for tests of receiving."""

import copy
import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

from tests import factories

NUMBER = factories.PHONE_NUMBER_ID
ACCOUNT = factories.WABA_ID
META = {"display_phone_number": "34611555010", "phone_number_id": NUMBER}
SENDER, USER = "34611222333", "ES.48213907716650021934"
PERSON = {"profile": {"name": "Mara V", "username": "maravoss"}, "wa_id": SENDER, "user_id": USER}
COMMON = {"from": SENDER, "from_user_id": USER, "timestamp": "1790416810"}
MEDIA = {
    "mime_type": "image/jpeg",
    "sha256": "SfInY0g=",
    "id": "1003383421387256",
    "caption": "this",
}

MESSAGES: dict[str, dict[str, Any]] = {
    "text": {"text": {"body": "Is it in stock?"}, "context": {"from": "1", "id": "wamid.OUT9"}},
    "button": {"button": {"payload": "STOP:1", "text": "Stop promotions"}},
    "interactive": {
        "interactive": {"type": "list_reply", "list_reply": {"id": "r", "title": "Express"}}
    },
    "flow": {
        "type": "interactive",
        "interactive": {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "{}"}},
    },
    "image": {"image": MEDIA},
    "video": {"video": MEDIA},
    "audio": {"audio": MEDIA | {"voice": True}},
    "document": {"document": MEDIA | {"filename": "a.pdf"}},
    "sticker": {"sticker": MEDIA | {"animated": False}},
    "location": {"location": {"latitude": 37.4, "longitude": -122.1, "name": "Philz"}},
    "contacts": {
        "contacts": [
            {"name": {"formatted_name": "Bo J"}, "phones": [{"phone": "+1 415", "wa_id": "1415"}]}
        ]
    },
    "reaction": {"reaction": {"message_id": "wamid.OUT9", "emoji": "👍"}},
    "order": {"order": {"catalog_id": "1", "product_items": [{"quantity": 2, "item_price": 30}]}},
    "unsupported": {
        "unsupported": {"type": "poll_creation"},
        "errors": [{"code": 131051, "title": "Message type unknown"}],
    },
    "edit": {
        "edit": {"original_message_id": "w", "message": {"type": "text", "text": {"body": "?"}}}
    },
    "revoke": {"revoke": {"original_message_id": "wamid.I2"}},
    "system": {
        "system": {
            "type": "user_changed_number",
            "body": "changed",
            "wa_id": "34611222444",
            "user_id": "ES.900",
            "previous_user_id": USER,
        }
    },
    "hologram": {
        "hologram": {"z": 1},
        "referral": {"source_url": "https://example.org", "body": "!"},
    },
}

STATUSES: list[dict[str, Any]] = [
    {
        "id": "wamid.OUT9",
        "status": status,
        "timestamp": "1790417000",
        "recipient_id": SENDER,
        "recipient_user_id": USER,
        "biz_opaque_callback_data": "01a207ac-0000-7000-8000-000000000000:1",
        "conversation": {"id": "7", "origin": {"type": "marketing"}},
        "pricing": {"billable": True, "type": "regular", "category": "marketing"},
        "errors": [{"code": 131049, "title": "t", "error_data": {"details": "why"}}],
    }
    for status in ("sent", "delivered", "read", "played", "failed")
]

CHANGES: dict[str, dict[str, Any]] = {
    "message_template_status_update": {
        "event": "REJECTED", "message_template_id": 1689556908129835,
        "message_template_name": "restock_coffee", "message_template_language": "en-US",
        "reason": "INVALID_FORMAT", "message_template_category": "MARKETING",
    },
    "message_template_quality_update": {
        "new_quality_score": "YELLOW", "message_template_id": 8,
        "message_template_name": "restock_coffee", "message_template_language": "en_US",
    },
    "template_category_update": {
        "message_template_id": 2, "message_template_name": "restock_coffee",
        "message_template_language": "en_US", "new_category": "UTILITY",
    },
    "message_template_components_update": {
        "message_template_id": 13, "message_template_name": "restock_coffee",
        "message_template_language": "en_US", "message_template_element": "Hi {{1}}.",
        "message_template_buttons": [{"message_template_button_type": "URL"}],
    },
    "phone_number_quality_update": {
        "display_phone_number": "34611555010", "event": "THROUGHPUT_UPGRADE",
        "current_limit": "TIER_UNLIMITED",
    },
    "phone_number_name_update": {
        "display_phone_number": "34611555010", "decision": "APPROVED",
        "requested_verified_name": "Lumen",
    },
    "business_capability_update": {"max_daily_conversations_per_business": 2000},
    "account_update": {
        "event": "ACCOUNT_RESTRICTION",
        "restriction_info": [{"restriction_type": "RESTRICTED_ADD", "expiration": 1791025200}],
    },
    "account_alerts": {"entity_type": "BUSINESS", "alert_info": {"alert_severity": "WARNING"}},
    "security": {"display_phone_number": "34611555010", "event": "PIN_CHANGED"},
    "history": {"metadata": META, "history": [{"threads": [{"id": "1", "messages": []}]}]},
    "smb_app_state_sync": {"metadata": META, "state_sync": [{"type": "contact", "action": "add"}]},
    "calls": {"metadata": META, "calls": [{"id": "c", "from": SENDER, "event": "connect"}]},
    "a_field_of_next_year": {"surprise": [1, {"er": None}]},
}  # fmt: skip


def value(**lists: Any) -> dict[str, Any]:
    """The value of a change on ``messages``."""
    return {"messaging_product": "whatsapp", "metadata": META, "contacts": [PERSON], **lists}


def envelope(*changes: tuple[str, Any]) -> dict[str, Any]:
    """Changes in their envelope."""
    made = [{"field": field, "value": given} for field, given in changes]
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": ACCOUNT, "time": 1790416810, "changes": made}],
    }


def message(name: str, number: object) -> dict[str, Any]:
    """One documented message with its own ID."""
    return {"type": name, "id": f"wamid.{name}.{number}", **COMMON, **copy.deepcopy(MESSAGES[name])}


def documented() -> Iterator[dict[str, Any]]:
    """One delivery of every documented shape."""
    for name in MESSAGES:
        yield envelope(("messages", value(messages=[message(name, 0)])))
    for status in STATUSES:
        yield envelope(("messages", value(statuses=[copy.deepcopy(status)])))
    wish = {"wa_id": SENDER, "user_id": USER, "category": "marketing_messages", "value": "stop",
            "timestamp": 1790417100}  # fmt: skip
    yield envelope(("user_preferences", value(user_preferences=[wish])))
    action = {"action_type": "marketing_messages_link_click", "timestamp": "1790417200"}
    yield envelope(("messages", value(user_actions=[action])))
    yield envelope(("messages", value(errors=[{"code": 130429, "title": "Rate limit hit"}])))
    for field, given in CHANGES.items():
        yield envelope((field, copy.deepcopy(given)))


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 5, 2**31, 2**63, 10**40, 1e308, float("nan"), float("inf"), "", " ",
    "\x00", "a\x00b", "Hi \ud83d", "\udc00", "\\u0000", "ß" * 300, "💥", "stop", "9999999999999",
    "253402300800", "-62135596801", "x" * 10_000, [], [None], [[]], {}, {"": ""}, {"a": None}, [{}] * 3,
    [5], "2026-02-30", "%s", "{}", {"id": {}}, [["x"]], "9" * 5000,
)  # fmt: skip


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every position in a value: its container and key."""
    found = node.items() if isinstance(node, dict) else enumerate(node)
    for key, inner in list(found):
        yield node, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def spoiled(delivery: dict[str, Any], chance: Random, times: int = 1) -> dict[str, Any]:
    """The delivery with something odd in some places, or something missing or duplicated."""
    made = copy.deepcopy(delivery)
    for _ in range(times):
        if not (found := list(places(made))):
            break
        container, key = chance.choice(found)
        match chance.randrange(8):
            case 0 if isinstance(container, dict):
                del container[key]
            case 1 if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
            case 2:
                container[key] = [copy.deepcopy(container[key])]
            case 3:
                container[key] = f"DEEP{chance.choice((20, 300, 3000))}"
            case 4:
                container[key] = "".join(chr(chance.randrange(33, 0xD7FF)) for _ in range(3000))
            case _:
                container[key] = copy.deepcopy(chance.choice(ODD))
    return made


def as_bytes(delivery: Any) -> bytes:
    """As somebody sends it: halves of pairs, NaN and any depth included."""
    text = json.dumps(delivery)
    return re.sub(r'"DEEP(\d+)"', lambda m: "[" * int(m[1]) + "]" * int(m[1]), text).encode()
