"""How a channel is doing, in plain words, with one next step when something stops it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from typing import Any, Literal

from domain.channels import ChannelStatus, Restriction, until

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

_TAKEN: dict[str | None, tuple[str, str]] = {
    "removed": (
        "Meta says that this account was removed or disconnected from your app. Nothing is sent.",
        "Connect the account again at Meta, then check the connection.",
    ),
    "reconnected": (
        "Meta says that this account is connected again. Nothing is sent until that is checked.",
        "Check the connection.",
    ),
}

_RESTRICTED: dict[str, str] = {
    Restriction.BUSINESS_INITIATED: (
        "WhatsApp lets this number only answer people who wrote in the last 24 hours"
    ),
    Restriction.REPLIES: "WhatsApp lets this number answer nobody, only templates go",
    Restriction.UTILITY: "WhatsApp lets no utility templates of this number through",
    "RESTRICTED_ADD_PHONE_NUMBER_ACTION": "WhatsApp lets you add no more numbers",
}
_WAITS = "Campaigns wait and go on by themselves. WhatsApp Manager says why."

_QUALITY: dict[str, tuple[str, Tone]] = {
    "GREEN": ("High", "success"),
    "YELLOW": ("Medium", "warning"),
    "RED": ("Low", "danger"),
}

NO_PROOF = "The app secret is missing: messages can be sent, but answers and statuses are refused."
ENTER_SECRET = (
    "Enter it under Edit; Meta shows it under App settings → Basic and delivers again what waited."  # noqa: S105
)


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
    restrictions: Mapping[str, Any] | None = None,
    proven: bool = True,
) -> Condition:
    """The most important thing to say about a channel; ``proven``: it has its app secret."""
    if status == ChannelStatus.BLOCKED:
        said, advice = _BLOCKED.get(blocked_reason or "", _BLOCKED["policy"])
        return Condition("Blocked", "danger", said, advice)
    if status == ChannelStatus.DISCONNECTED and blocked_reason in _TAKEN:
        said, advice = _TAKEN[blocked_reason]
        return Condition("Disconnected", "danger", said, advice)
    if status == ChannelStatus.DISCONNECTED:
        return Condition("Removed", "neutral", "This channel is not used any more.")
    if status == ChannelStatus.UNVERIFIED:
        sentence = "The live check has not passed yet."
        return Condition("Not checked", "warning", sentence, "Check the connection.")
    if held := restricted(restrictions or {}, now):
        return Condition("Restricted", "warning", " ".join(held), _WAITS)
    if not proven:
        return Condition("Connected", "warning", NO_PROOF, ENTER_SECRET)
    return _connected(quality, last_webhook_at, now)


def _connected(quality: str, last_webhook_at: datetime | None, now: datetime) -> Condition:
    """A number that nothing keeps from sending and receiving."""
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


def restricted(restrictions: Mapping[str, Any], now: datetime) -> list[str]:
    """A sentence for each restriction that holds, with its end."""
    sentences = []
    for kind in sorted(restrictions):
        end = until(restrictions, kind, now)
        if end is not None:
            known = end.year < MAXYEAR
            when = f"until {end:%d %B %Y, %H:%M} UTC" if known else "until further notice"
            said = _RESTRICTED.get(kind, "WhatsApp restricts this number in another way")
            sentences.append(f"{said} {when}.")
    return sentences


def campaign_waits(restrictions: Mapping[str, Any], category: str, now: datetime) -> list[str]:
    """Why a campaign of this category waits, a sentence for each restriction; it goes on by itself."""
    kinds = {Restriction.BUSINESS_INITIATED} | (
        {Restriction.UTILITY} if category == "UTILITY" else set()
    )
    return restricted({kind: restrictions[kind] for kind in kinds & restrictions.keys()}, now)


def notices(news: Mapping[str, Any]) -> list[str]:
    """What Meta said of the account that a person should know, beside what may be sent."""
    said = news.get("notices")
    told = said if isinstance(said, Mapping) else {}
    sentences = []
    if violation := str(told.get("violation") or ""):
        words = violation.replace("_", " ").capitalize()
        sentences.append(f"WhatsApp found a violation of its policy: {words}.")
    state, _, day = str(told.get("ban") or "").partition(" ")
    when = f" on {day}" if day else ""
    if state == "SCHEDULE_FOR_DISABLE":
        sentences.append(f"WhatsApp will disable this account{when}. Ask for a review before.")
    elif state == "DISABLE":
        sentences.append(f"WhatsApp disabled this account{when}.")
    return sentences


def quality_words(quality: str) -> tuple[str, Tone]:
    """Meta's colour as a word and a tone."""
    return _QUALITY.get(quality, ("Not rated yet", "neutral"))


def tier_words(limit: int | None, tier: str | None) -> str:
    """How many people a portfolio may write to first in 24 hours."""
    if tier == "TIER_UNLIMITED":
        return "Unlimited"
    return f"{limit:,} people in 24 h" if limit is not None else "Not known yet"
