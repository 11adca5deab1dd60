"""The steps of a channel's live check: each asks Meta one thing and gives the result in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from domain.channels import COEXISTENCE_THROUGHPUT, THROUGHPUT_PER_LEVEL
from domain.error_codes import ErrorKind, blocking_reason, classify
from domain.sentences import PLAIN, Sentence
from services import phones
from whatsapp import management
from whatsapp.client import Account, CallNotMade, CallUnanswered, CloudApi, CloudApiError
from whatsapp.hosts import AddressRefused

StepState = Literal["waiting", "running", "ok", "warning", "failed", "skipped"]
STEPS = (
    "token", "number", "sending", "templates", "subscription", "permissions", "marketing", "webhook",
)  # fmt: skip
REQUIRED = ("token", "number", "sending", "templates", "subscription")
"""A channel is connected when these pass; the others only advise."""

TOKEN, RIGHTS, UNKNOWN_ID = {0, 102, 190}, {3, 10, *range(200, 300)}, {33, 100}
"""Meta's codes for a bad token, a missing permission, and an unknown id."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1", "[::1]"}
_STOPPED = {"BANNED", "DISCONNECTED", "DELETED", "MIGRATED", "PENDING", "RESTRICTED"}


@dataclass(frozen=True, slots=True)
class Step:
    """The result of one step; ``next_step`` is what a person should do, None for nothing."""

    key: str
    state: StepState
    detail: Sentence | None = None
    next_step: Sentence | None = None
    reason: str = ""  # why sending must stop, as stored in channels.blocked_reason

    def as_dict(self) -> dict[str, Any]:
        """As stored in ``channels.probe``."""
        said = {"detail": self.detail, "next_step": self.next_step}
        kept = {name: what.packed() if what else "" for name, what in said.items()}
        done = self.state in {"ok", "warning"}
        return {"key": self.key, "state": self.state, **kept, "reason": self.reason, "ok": done}


@dataclass(slots=True)
class Check:
    """What the steps share while they run."""

    api: CloudApi
    account: Account
    app_secret: str
    verify_token: str
    callback: str
    webhook_seen: bool
    number: Mapping[str, Any] = field(default_factory=dict)
    app_ids: list[str] = field(default_factory=list)
    marketing_api: bool | None = None  # None: Meta did not say
    token_ends_at: int = 0  # epoch seconds; 0: never, or Meta did not say


async def run(check: Check, key: str) -> Step:
    """Run one step; whatever Meta answers becomes a result, never an exception."""
    try:
        return await _RUNNERS[key](check)
    except (CloudApiError, CallNotMade, CallUnanswered) as error:
        return _explained(key, error, check)


async def _token(check: Check) -> Step:
    try:
        check.number = await management.number(check.api, check.account)
    except CloudApiError as error:
        if classify(error.code) is ErrorKind.CHANNEL and blocking_reason(error.code) == "token":
            raise
        return Step("token", "ok", Sentence("check_token"))
    return Step("token", "ok", Sentence("check_token"))


async def _number(check: Check) -> Step:
    number = check.number or await management.number(check.api, check.account)
    shown = phones.shown(str(number.get("display_phone_number") or ""))
    name = str(number.get("verified_name") or "")
    if not name:
        return Step("number", "ok", Sentence("check_number.nameless", number=shown))
    return Step("number", "ok", Sentence("check_number", number=shown, name=name))


async def _sending(check: Check) -> Step:
    status = str(check.number.get("status") or "CONNECTED").upper()
    health = check.number.get("health_status") or {}
    verdict = str(health.get("can_send_message") or "AVAILABLE").upper()
    if status in _STOPPED or verdict == "BLOCKED":
        reason = "not_registered" if status in {"PENDING", "DISCONNECTED", "MIGRATED"} else "policy"
        said, advice = _health_words(health)
        return Step(
            "sending",
            "failed",
            said or Sentence("check_sending.status", status=status),
            advice or Sentence("check_sending.step"),
            reason,
        )
    speed = throughput(check.number)
    if verdict == "LIMITED" or status in {"FLAGGED", "RATE_LIMITED"}:
        said, advice = _health_words(health)
        limited = Sentence("check_sending.limited", speed=speed)
        return Step("sending", "warning", said or limited, advice)
    return Step("sending", "ok", Sentence("check_sending", speed=speed))


async def _templates(check: Check) -> Step:
    count = await management.can_read_templates(check.api, check.account)
    if not count:
        return Step(
            "templates",
            "ok",
            Sentence("check_templates.none"),
            Sentence("check_templates.step"),
        )
    more = count >= management.PAGE_SIZE
    found = Sentence("check_templates.more" if more else "check_templates", count=count)
    return Step("templates", "ok", found)


async def _subscription(check: Check) -> Step:
    if not _is_loopback(check.account.api_url) and not check.callback.startswith("https://"):
        return Step(
            "subscription",
            "failed",
            Sentence("check_subscription.address", callback=check.callback),
            Sentence("check_subscription.address_step"),
        )
    # Requested every time, even if subscribed: Meta first calls our webhook with the verify token, so success proves
    # that it reaches this installation.
    await management.subscribe(check.api, check.account, check.callback, check.verify_token)
    found = await management.subscriptions(check.api, check.account)
    check.app_ids = [item.app_id for item in found if item.app_id]
    return Step(
        "subscription",
        "ok",
        Sentence("check_subscription", callback=check.callback),
    )


async def _permissions(check: Check) -> Step:
    if not check.app_secret:
        return Step(
            "permissions",
            "failed",
            Sentence("check_permissions.unproven"),
            Sentence("check_permissions.unproven_step"),
        )
    for app_id in check.app_ids:
        try:
            token = await management.inspect_token(
                check.api, check.account, app_id, check.app_secret
            )
        except CloudApiError:
            continue
        if token.missing_scopes:
            return Step(
                "permissions",
                "failed",
                Sentence("check_permissions.missing", scopes=" and ".join(token.missing_scopes)),
                Sentence("check_permissions.missing_step"),
            )
        check.token_ends_at = token.expires_at
        if not token.expires_at:
            return Step("permissions", "ok", Sentence("check_permissions"))
        ending = Sentence("check_permissions.ending")
        return Step("permissions", "warning", ending, Sentence("check_permissions.ending_step"))
    return Step(
        "permissions",
        "warning",
        Sentence("check_permissions.secret"),
        Sentence("check_permissions.secret_step"),
    )


async def _marketing(check: Check) -> Step:
    try:
        state = await management.marketing_onboarding(check.api, check.account)
    except CloudApiError:
        state = ""
    if not state:
        return Step("marketing", "skipped", Sentence("check_marketing.unsaid"))
    check.marketing_api = state == "ONBOARDED"
    if check.marketing_api:
        return Step("marketing", "ok", Sentence("check_marketing"))
    return Step(
        "marketing",
        "ok",
        Sentence("check_marketing.none"),
        Sentence("check_marketing.step"),
    )


async def _webhook(check: Check) -> Step:
    if check.webhook_seen:
        return Step("webhook", "ok", Sentence("check_webhook.seen"))
    shown = phones.shown(str(check.number.get("display_phone_number") or ""))
    return Step(
        "webhook",
        "waiting",
        Sentence("check_webhook"),
        Sentence("check_webhook.step", number=shown)
        if shown
        else Sentence("check_webhook.any_step"),
    )


_RUNNERS = {
    "token": _token,
    "number": _number,
    "sending": _sending,
    "templates": _templates,
    "subscription": _subscription,
    "permissions": _permissions,
    "marketing": _marketing,
    "webhook": _webhook,
}


def coexistence(number: Mapping[str, Any]) -> bool:
    """Whether the number is also used in the WhatsApp Business app on a phone."""
    return bool(number.get("is_on_biz_app"))


def throughput(number: Mapping[str, Any]) -> int:
    """A number's messages per second, from Meta's description."""
    if coexistence(number):
        return COEXISTENCE_THROUGHPUT
    level = str((number.get("throughput") or {}).get("level") or "STANDARD").upper()
    return THROUGHPUT_PER_LEVEL.get(level, THROUGHPUT_PER_LEVEL["STANDARD"])


def _health_words(health: Mapping[str, Any]) -> tuple[Sentence | None, Sentence | None]:
    """Meta's problem and advice, from the first part that has one."""
    for entity in health.get("entities") or ():
        if str(entity.get("can_send_message", "AVAILABLE")).upper() == "AVAILABLE":
            continue
        for error in entity.get("errors") or ():
            return _theirs(error.get("error_description")), _theirs(error.get("possible_solution"))
        for said in entity.get("additional_info") or ():
            return _theirs(said), None
    return None, None


def _theirs(text: Any) -> Sentence | None:
    """Meta's own words."""
    return Sentence(PLAIN, text=str(text)) if text else None


def _explained(key: str, error: Exception, check: Check) -> Step:
    host = urlsplit(check.account.api_url).netloc
    if isinstance(error.__cause__, AddressRefused):
        return Step(key, "failed", error.__cause__.sentence, Sentence("check_address_step"))
    if isinstance(error, CallNotMade):
        away = Sentence("check_unreachable", host=host)
        return Step(key, "failed", away, Sentence("check_unreachable_step"))
    if not isinstance(error, CloudApiError):
        silent = Sentence("check_unanswered", host=host)
        return Step(key, "failed", silent, Sentence("check_unanswered_step"))
    detail, advice = _words_for(error, key)
    reason = blocking_reason(error.code) if classify(error.code) is ErrorKind.CHANNEL else ""
    return Step(key, "failed", detail, advice, reason)


def _words_for(error: CloudApiError, key: str) -> tuple[Sentence, Sentence]:
    if error.code in TOKEN:
        return (
            Sentence("check_refused_token"),
            Sentence("check_refused_token_step"),
        )
    if error.code in RIGHTS:
        return (
            Sentence("check_refused_rights"),
            Sentence("check_refused_rights_step"),
        )
    if error.code in UNKNOWN_ID and key in {"number", "templates"}:
        if key == "number":
            return Sentence("check_unknown.number"), Sentence("check_unknown_step.number")
        return Sentence("check_unknown.account"), Sentence("check_unknown_step.account")
    if key == "subscription":
        return (
            Sentence("check_unverified", detail=error.detail),
            Sentence("check_unverified_step"),
        )
    return Sentence("check_answered", detail=error.detail), Sentence("check_answered_step")


def _is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in _LOOPBACK
