"""What a WhatsApp number may be, and how fast Meta lets it send."""

from enum import StrEnum


class ChannelStatus(StrEnum):
    """Whether a number may send."""

    UNVERIFIED = "unverified"  # added, the live check has not passed yet
    CONNECTED = "connected"
    BLOCKED = "blocked"  # token, payment, policy or registration problem: sending stops
    DISCONNECTED = "disconnected"


THROUGHPUT_PER_LEVEL: dict[str, int] = {"STANDARD": 80, "HIGH": 1000, "NOT_APPLICABLE": 80}
"""Messages per second by Meta's ``throughput.level``."""

COEXISTENCE_THROUGHPUT = 20
"""Messages per second of a number that is also in the WhatsApp Business app."""

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
"""Unique recipients per rolling 24 hours of a portfolio, outside open windows."""
