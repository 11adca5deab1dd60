"""The 24-hour customer service window: free-form messages only while it is open."""

from datetime import datetime

OPENING_TYPES = frozenset(
    {
        "text",
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "button",
        "interactive",
        "order",
    }
)
"""Inbound types that open the window; reactions, system and unsupported messages do not count."""


def is_open(expires_at: datetime | None, now: datetime) -> bool:
    """Whether free-form messages may be sent now."""
    return expires_at is not None and now < expires_at
