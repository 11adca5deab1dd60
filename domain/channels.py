"""The states of a WhatsApp number, and how fast Meta lets it send."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum


class ChannelStatus(StrEnum):
    """Whether a number may send."""

    UNVERIFIED = "unverified"  # added; the live check has not passed yet
    CONNECTED = "connected"
    BLOCKED = "blocked"  # token, payment, policy or registration problem: sending stops
    DISCONNECTED = "disconnected"


THROUGHPUT_PER_LEVEL: dict[str, int] = {"STANDARD": 80, "HIGH": 1000, "NOT_APPLICABLE": 80}
"""Messages per second by Meta's ``throughput.level``."""

COEXISTENCE_THROUGHPUT = 20
"""Messages per second for a number that is also used in the WhatsApp Business app."""

TIER_LIMITS: dict[str, int | None] = {
    "TIER_50": 50,
    "TIER_250": 250,
    "TIER_1K": 1000,
    "TIER_2K": 2000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": None,
    "TIER_NOT_SET": 250,
}
"""Unique recipients per rolling 24 hours for a portfolio, outside open windows."""


class Restriction(StrEnum):
    """What Meta may forbid a number or account for a time; other restrictions are shown and change nothing."""

    BUSINESS_INITIATED = "RESTRICTED_BIZ_INITIATED_MESSAGING"  # no template outside an open window
    REPLIES = "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"  # no answers inside one
    UTILITY = "RESTRICTED_UTILITY_TEMPLATES"


FOREVER = "infinity"
"""The end of a restriction when Meta gives none; PostgreSQL reads it as a timestamp."""


def until(restrictions: Mapping[str, object], kind: str, now: datetime) -> datetime | None:
    """When a restriction ends: None if it is not in force, ``datetime.max`` if no end is known."""
    end = restrictions.get(kind)
    if not isinstance(end, str):
        return None
    if end == FOREVER:
        return datetime.max.replace(tzinfo=UTC)
    at = datetime.fromisoformat(end)
    return at if at > now else None
