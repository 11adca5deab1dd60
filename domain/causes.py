"""Why a message was not sent or a campaign stopped, with one next step for each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.error_codes import LARGEST_CODE, cause_key, codes_of
from domain.refusals import Refusal
from domain.sentences import Sentence


class Target(StrEnum):
    """Where to take the next step."""

    NONE = "none"
    CHANNEL = "channel"
    TEMPLATES = "templates"
    CONTACTS = "contacts"
    SCHEDULE = "schedule"
    FAILURES = "failures"


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason, and where to act on it."""

    key: str
    target: Target = Target.NONE

    @property
    def title(self) -> Sentence:
        """What happened."""
        return self._said("title")

    @property
    def explanation(self) -> Sentence:
        """What it means."""
        return self._said("explanation")

    @property
    def step(self) -> Sentence:
        """What to do about it."""
        return self._said("step")

    def _said(self, part: str) -> Sentence:
        if self.key.startswith(_CODE_PREFIX):
            return Sentence(f"cause_code.{part}", code=self.key.removeprefix(_CODE_PREFIX))
        return Sentence(f"cause_{self.key}.{part}")


@dataclass(frozen=True, slots=True)
class Members:
    """The error codes and reasons of our own that a cause covers.

    With ``unexplained`` it also covers everything without a code whose reason is not listed.
    """

    codes: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    unexplained: bool = False


def cause_of(code: int | None, reason: str | None) -> Cause:
    """The cause behind a Cloud API error code, or behind one of our own reasons when there is none."""
    if code is not None:
        key = cause_key(code)
        return _CAUSES[key] if key else _unmapped(code)
    return _CAUSES.get(_KEY_BY_REASON.get(reason or "", ""), _CAUSES["other"])


def by_key(key: str) -> Cause | None:
    """The cause with this key, as links and filters name it."""
    code = _code(key)
    return _CAUSES.get(key) if code is None else _unmapped(code)


def halt_cause(halt: str) -> Cause:
    """Why a campaign stops by itself: a gate refusal that affects all of it, or a brake."""
    return _CAUSES.get(_KEY_BY_REASON.get(halt, halt), _CAUSES["other"])


def pause_cause(reason: str | None) -> Cause:
    """Why a campaign is paused or held; None means that a person paused it."""
    return _CAUSES.get(reason or "by_person", _CAUSES["other"])


def members(key: str) -> Members:
    """What to search for to find the people a cause affects; nothing when the key is unknown."""
    code = _code(key)
    if code is not None:
        return Members(codes=(code,))
    if key == "other":
        return Members(reasons=tuple(_KEY_BY_REASON), unexplained=True)
    reasons = tuple(reason for reason, known in _KEY_BY_REASON.items() if known == key)
    return Members(codes_of(key), reasons)


_CODE_PREFIX = "code_"
_CODE = re.compile(rf"{_CODE_PREFIX}(-?[0-9]{{1,10}})", re.ASCII)


def _code(key: str) -> int | None:
    """The error code in the key of a cause without its own words; None if no such code can be stored."""
    found = _CODE.fullmatch(key)
    return int(found[1]) if found and abs(int(found[1])) <= LARGEST_CODE else None


def _unmapped(code: int) -> Cause:
    return Cause(f"{_CODE_PREFIX}{code}")


_LIST = (
    Cause("by_person"),
    Cause("missed_start"),
    Cause("restored"),
    Cause("failures", Target.FAILURES),
    Cause("quality", Target.CHANNEL),
    Cause("disconnected", Target.CHANNEL),
    Cause("removed", Target.CHANNEL),
    Cause("reconnected", Target.CHANNEL),
    Cause("restricted", Target.CHANNEL),
    Cause("token", Target.CHANNEL),
    Cause("payment", Target.CHANNEL),
    Cause("policy", Target.CHANNEL),
    Cause("spam_limit", Target.CHANNEL),
    Cause("not_registered", Target.CHANNEL),
    Cause("display_name", Target.CHANNEL),
    Cause("template", Target.TEMPLATES),
    Cause("template_paused", Target.TEMPLATES),
    Cause("template_values", Target.CONTACTS),
    Cause("unreachable", Target.CONTACTS),
    Cause("blocked_contact", Target.CONTACTS),
    Cause("same_person"),
    Cause("run_ended"),
    Cause("opted_out", Target.CONTACTS),
    Cause("frequency"),
    Cause("experiment"),
    Cause("us_marketing", Target.CONTACTS),
    Cause("daily_limit", Target.CHANNEL),
    Cause("country", Target.CONTACTS),
    Cause("same_number", Target.CONTACTS),
    Cause("test_number", Target.CHANNEL),
    Cause("window_closed", Target.TEMPLATES),
    Cause("too_fast", Target.SCHEDULE),
    Cause("pair"),
    Cause("temporary"),
    Cause("no_answer"),
    Cause("media", Target.TEMPLATES),
    Cause("contact_deleted"),
    Cause("other"),
)

_CAUSES: Mapping[str, Cause] = {cause.key: cause for cause in _LIST}

_KEY_BY_REFUSAL: Mapping[str, str] = {
    Refusal.CONTACT_DELETED: "contact_deleted",
    Refusal.CONTACT_BLOCKED: "blocked_contact",
    Refusal.OPTED_OUT: "opted_out",
    Refusal.US_MARKETING: "us_marketing",
    Refusal.WINDOW_CLOSED: "window_closed",
    Refusal.CHANNEL_DISCONNECTED: "disconnected",
    Refusal.CHANNEL_REMOVED: "removed",
    Refusal.CHANNEL_RECONNECTED: "reconnected",
    Refusal.CHANNEL_TOKEN: "token",
    Refusal.CHANNEL_PAYMENT: "payment",
    Refusal.CHANNEL_POLICY: "policy",
    Refusal.CHANNEL_SPAM_LIMIT: "spam_limit",
    Refusal.CHANNEL_NOT_REGISTERED: "not_registered",
    Refusal.CHANNEL_DISPLAY_NAME: "display_name",
    Refusal.TEMPLATE: "template",
    Refusal.RESTRICTED_REPLIES: "restricted",
    Refusal.RESTRICTED_UTILITY: "restricted",
    Refusal.RESTRICTED: "restricted",
    Refusal.BUDGET_SPENT: "daily_limit",
    Refusal.SAME_PERSON: "same_person",
}

_KEY_BY_REASON: Mapping[str, str] = {
    "no_answer": "no_answer",
    "sender_died": "no_answer",
    "restored": "no_answer",
    "not_reached": "temporary",
    "claim_expired": "temporary",
    "run_ended": "run_ended",
    **_KEY_BY_REFUSAL,
}
