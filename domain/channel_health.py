"""The health of a channel, with one next step when something stops it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from typing import Any, Literal

from domain.channels import ChannelStatus, Restriction, until
from domain.error_codes import BLOCKING
from domain.sentences import Sentence

Tone = Literal["success", "warning", "danger", "neutral"]

SILENT_AFTER = timedelta(days=2)
"""A connected number that gets no webhook for this long deserves a look."""

_BLOCKED = frozenset(BLOCKING)
_TAKEN = frozenset(("removed", "reconnected"))

_RESTRICTED: dict[str, str] = {
    Restriction.BUSINESS_INITIATED: "restriction_business",
    Restriction.REPLIES: "restriction_replies",
    Restriction.UTILITY: "restriction_utility",
    "RESTRICTED_ADD_PHONE_NUMBER_ACTION": "restriction_numbers",
}
_WAITS = Sentence("restriction_waits")

_QUALITY: dict[str, tuple[Sentence, Tone]] = {
    "GREEN": (Sentence("quality.high"), "success"),
    "YELLOW": (Sentence("quality.medium"), "warning"),
    "RED": (Sentence("quality.low"), "danger"),
}

NO_PROOF = Sentence("channel_unproven")
ENTER_SECRET = Sentence("channel_unproven.step")
UNPROVEN = Sentence("channel_unproven.both", problem=NO_PROOF, step=ENTER_SECRET)


@dataclass(frozen=True, slots=True)
class Condition:
    """One channel's state in words; ``next_step`` is None when nothing needs doing."""

    label: Sentence
    tone: Tone
    sentence: Sentence
    next_step: Sentence | None = None


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
        return _blocked(blocked_reason if blocked_reason in _BLOCKED else "policy")
    if status == ChannelStatus.DISCONNECTED and blocked_reason in _TAKEN:
        return Condition(
            Sentence("channel_label.disconnected"),
            "danger",
            Sentence(f"channel_{blocked_reason}"),
            Sentence(f"channel_{blocked_reason}.step"),
        )
    if status == ChannelStatus.DISCONNECTED:
        return Condition(Sentence("channel_label.removed"), "neutral", Sentence("channel_unused"))
    if status == ChannelStatus.UNVERIFIED:
        unchecked = Sentence("channel_unchecked")
        label = Sentence("channel_label.unchecked")
        return Condition(label, "warning", unchecked, Sentence("channel_unchecked.step"))
    if held := restricted(restrictions or {}, now):
        label = Sentence("channel_label.restricted")
        return Condition(
            label, "warning", Sentence("channel_restricted", restrictions=held), _WAITS
        )
    if not proven:
        return Condition(_CONNECTED, "warning", NO_PROOF, ENTER_SECRET)
    return _connected(quality, last_webhook_at, now)


def _blocked(reason: str | None) -> Condition:
    said = Sentence(f"channel_blocked_{reason}")
    step = Sentence(f"channel_blocked_{reason}.step")
    return Condition(Sentence("channel_label.blocked"), "danger", said, step)


_CONNECTED = Sentence("channel_label.connected")


def _connected(quality: str, last_webhook_at: datetime | None, now: datetime) -> Condition:
    """A number with nothing in the way of sending and receiving."""
    if quality == "RED":
        disliked = Sentence("channel_disliked")
        return Condition(_CONNECTED, "warning", disliked, Sentence("channel_disliked.step"))
    if last_webhook_at is None or now - last_webhook_at > SILENT_AFTER:
        silent = Sentence("channel_silent")
        return Condition(_CONNECTED, "success", silent, Sentence("channel_silent.step"))
    return Condition(_CONNECTED, "success", Sentence("channel_ready"))


def restricted(restrictions: Mapping[str, Any], now: datetime) -> list[Sentence]:
    """A sentence for each current restriction, with its end."""
    sentences = []
    for kind in sorted(restrictions):
        end = until(restrictions, kind, now)
        if end is not None:
            held = _RESTRICTED.get(kind, "restriction")
            known = end.year < MAXYEAR
            sentences.append(Sentence(held, end=end) if known else Sentence(f"{held}.open"))
    return sentences


def campaign_waits(restrictions: Mapping[str, Any], category: str, now: datetime) -> list[Sentence]:
    """Why a campaign of this category waits, one sentence per restriction; it continues by itself."""
    kinds = {Restriction.BUSINESS_INITIATED} | (
        {Restriction.UTILITY} if category == "UTILITY" else set()
    )
    return restricted({kind: restrictions[kind] for kind in kinds & restrictions.keys()}, now)


_BANS = {"SCHEDULE_FOR_DISABLE": "account_ends", "DISABLE": "account_ended"}


def notices(news: Mapping[str, Any]) -> list[Sentence]:
    """What a person should know about the account from Meta, apart from what may be sent."""
    said = news.get("notices")
    told = said if isinstance(said, Mapping) else {}
    sentences = []
    if violation := str(told.get("violation") or ""):
        words = violation.replace("_", " ").capitalize()
        sentences.append(Sentence("account_violation", violation=words))
    state, _, day = str(told.get("ban") or "").partition(" ")
    if state in _BANS:
        ban = _BANS[state]
        sentences.append(Sentence(f"{ban}.day", day=day) if day else Sentence(ban))
    return sentences


def quality_words(quality: str) -> tuple[Sentence, Tone]:
    """Meta's quality colour as a word and a tone."""
    return _QUALITY.get(quality, (Sentence("quality"), "neutral"))


def tier_words(limit: int | None, tier: str | None) -> Sentence:
    """How many people a portfolio may message first in 24 hours."""
    if tier == "TIER_UNLIMITED":
        return Sentence("tier.unlimited")
    return Sentence("tier.people", limit=limit) if limit is not None else Sentence("tier")
