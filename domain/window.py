"""The 24-hour customer service window: what opens it."""

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
