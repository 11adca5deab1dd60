"""How a channel is doing, in plain words, with one next step when something stops it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.channels import ChannelStatus

Tone = Literal["success", "warning", "danger", "neutral"]

SILENT_AFTER = timedelta(days=2)
"""A connected number without any webhook for this long deserves a look."""

_BLOCKED: dict[str, tuple[str, str]] = {
    "token": (
        "Meta does not accept the access token.",
        "Enter a new system user token under Edit, then check again.",
    ),
    "payment": (
        "Meta could not charge the payment method.",
        "Fix the payment method in Meta Business settings, then check again.",
    ),
    "policy": (
        "WhatsApp restricted this number or account.",
        "Open WhatsApp Manager, follow what it asks, then check again.",
    ),
    "spam_limit": (
        "Too many people blocked or reported messages from this number.",
        "Pause campaigns for a day, send to people who opted in, then check again.",
    ),
    "not_registered": (
        "The number is not registered with the Cloud API.",
        "Register the number in WhatsApp Manager, then check again.",
    ),
    "display_name": (
        "The display name is not approved yet.",
        "Wait for the review, or choose another name in WhatsApp Manager.",
    ),
}

_QUALITY: dict[str, tuple[str, Tone]] = {
    "GREEN": ("High", "success"),
    "YELLOW": ("Medium", "warning"),
    "RED": ("Low", "danger"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One channel's state for people; ``next_step`` is "" when nothing needs doing."""

    label: str
    tone: Tone
    sentence: str
    next_step: str = ""


def condition(
    status: str,
    *,
    blocked_reason: str | None,
    quality: str,
    last_webhook_at: datetime | None,
    now: datetime,
) -> Condition:
    """The most important thing to say about a channel."""
    if status == ChannelStatus.BLOCKED:
        said, advice = _BLOCKED.get(blocked_reason or "", _BLOCKED["policy"])
        return Condition("Blocked", "danger", said, advice)
    if status == ChannelStatus.DISCONNECTED:
        return Condition("Removed", "neutral", "This channel is not used any more.")
    if status == ChannelStatus.UNVERIFIED:
        sentence = "The live check has not passed yet."
        return Condition("Not checked", "warning", sentence, "Check the connection.")
    if quality == "RED":
        return Condition(
            "Connected",
            "warning",
            "People often block or report messages from this number.",
            "Send less marketing, and only to people who opted in.",
        )
    if last_webhook_at is None or now - last_webhook_at > SILENT_AFTER:
        return Condition(
            "Connected",
            "success",
            "Ready to send. No webhook has arrived lately.",
            "Send a WhatsApp message to this number to see that answers arrive.",
        )
    return Condition("Connected", "success", "Ready to send and receive.")


def quality_words(quality: str) -> tuple[str, Tone]:
    """Meta's colour as a word and a tone."""
    return _QUALITY.get(quality, ("Not rated yet", "neutral"))


def tier_words(limit: int | None, tier: str | None) -> str:
    """How many people a portfolio may write to first in 24 hours."""
    if tier == "TIER_UNLIMITED":
        return "Unlimited"
    return f"{limit:,} people in 24 h" if limit is not None else "Not known yet"
