"""Hides what people wrote and who they are in a webhook body: only technical values stay, under known names."""

from collections.abc import Mapping
from typing import Any

HIDDEN = "•••"
TAIL = 6

SHOWN = frozenset(
    {
        "object", "field", "messaging_product", "phone_number_id", "display_phone_number", "type", "status",
        "timestamp", "time", "event", "category", "code", "billable", "pricing_model", "mime_type", "expiration_timestamp",
        "message_template_id", "message_template_name", "message_template_language", "reason", "current_limit",
        "event_type", "decision", "requested_verified_name", "animated", "voice", "forwarded", "frequently_forwarded",
        "waba_id", "owner_business_id", "new_category", "previous_category", "correct_category", "new_quality_score",
        "previous_quality_score", "max_daily_conversation_per_phone", "old_limit", "quantity", "currency",
    }
)  # fmt: skip
"""Names whose values name nobody; everything else is hidden, also what Meta adds one day."""

IDS = frozenset({"id", "message_id", "original_message_id"})
_LONGEST = 80
DEEPEST = 40


def masked(value: Any, name: str = "", depth: int = 0, owner: str = "") -> Any:
    """The same structure with personal values hidden; ``owner`` is the name of the object it is in."""
    if depth > DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {_name(key): masked(inner, key, depth + 1, name) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, name, depth + 1, owner) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    if name in SHOWN and len(str(value)) <= _LONGEST:
        return value
    if name in IDS and isinstance(value, str):
        # An account's id is its own; WhatsApp's id of a message contains the person's number, up to its end.
        return (
            value
            if owner == "entry"
            else f"{HIDDEN}{value[-TAIL:]}"
            if len(value) > 3 * TAIL
            else HIDDEN
        )
    return HIDDEN


def _name(key: object) -> str:
    """Names are Meta's and short; a longer one may say anything."""
    return key if isinstance(key, str) and len(key) <= _LONGEST else HIDDEN
