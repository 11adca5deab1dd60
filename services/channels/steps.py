"""The steps of a channel's live check: each asks Meta one thing and says the result in plain words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from domain.channels import COEXISTENCE_THROUGHPUT, THROUGHPUT_PER_LEVEL
from domain.error_codes import ErrorKind, blocking_reason, classify
from services import phones
from whatsapp import management
from whatsapp.client import Account, CallNotMade, CallUnanswered, CloudApi, CloudApiError
from whatsapp.hosts import AddressRefused

StepState = Literal["waiting", "running", "ok", "warning", "failed", "skipped"]
STEPS = (
    "token", "number", "sending", "templates", "subscription", "permissions", "marketing", "webhook",
)  # fmt: skip
REQUIRED = ("token", "number", "sending", "templates", "subscription")
"""A channel is connected when these passed; the others only advise."""

TOKEN, RIGHTS, UNKNOWN_ID = {0, 102, 190}, {3, 10, *range(200, 300)}, {33, 100}
"""Codes with which Meta refuses the token, what it may do, and an id that it does not know."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1", "[::1]"}
_STOPPED = {"BANNED", "DISCONNECTED", "DELETED", "MIGRATED", "PENDING", "RESTRICTED"}


@dataclass(frozen=True, slots=True)
class Step:
    """Result of one step; ``next_step`` is what a person does about it, "" when nothing."""

    key: str
    state: StepState
    detail: str = ""
    next_step: str = ""
    reason: str = ""  # why sending must stop, as stored in channels.blocked_reason

    def as_dict(self) -> dict[str, Any]:
        """As stored in ``channels.probe``."""
        return asdict(self) | {"ok": self.state in {"ok", "warning"}}


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


async def run(check: Check, key: str) -> Step:
    """Run one step; whatever Meta answers becomes a result, not an exception."""
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
        return Step("token", "ok", "Meta accepts the access token.")
    return Step("token", "ok", "Meta accepts the access token.")


async def _number(check: Check) -> Step:
    number = check.number or await management.number(check.api, check.account)
    shown = phones.shown(str(number.get("display_phone_number") or ""))
    name = number.get("verified_name") or "no display name yet"
    return Step("number", "ok", f"{shown} · {name}")


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
            said or f"WhatsApp reports this number as {status.lower()}.",
            advice or "Open WhatsApp Manager, look at the number's status and follow what it asks.",
            reason,
        )
    speed = f"{throughput(check.number)} messages per second"
    if verdict == "LIMITED" or status in {"FLAGGED", "RATE_LIMITED"}:
        said, advice = _health_words(health)
        return Step("sending", "warning", said or f"Sending is limited. {speed}.", advice)
    return Step("sending", "ok", f"WhatsApp allows sending, up to {speed}.")


async def _templates(check: Check) -> Step:
    count = await management.can_read_templates(check.api, check.account)
    if not count:
        return Step(
            "templates",
            "ok",
            "Templates can be read; there are none yet.",
            "Create a template in WhatsApp Manager, then sync.",
        )
    shown = f"{count} or more" if count >= management.PAGE_SIZE else str(count)
    return Step("templates", "ok", f"Templates can be read: {shown} found.")


async def _subscription(check: Check) -> Step:
    if not _is_loopback(check.account.api_url) and not check.callback.startswith("https://"):
        return Step(
            "subscription",
            "failed",
            f"Meta cannot reach {check.callback}: it needs a public https address.",
            "Set PUBLIC_URL to the address people use from the internet, then check again.",
        )
    # Asked every time, subscribed or not: Meta calls our webhook with the verify token before it
    # agrees, so a success is the proof that it reaches this installation.
    await management.subscribe(check.api, check.account, check.callback, check.verify_token)
    found = await management.subscriptions(check.api, check.account)
    check.app_ids = [item.app_id for item in found if item.app_id]
    return Step(
        "subscription",
        "ok",
        f"Meta called {check.callback} with the verify token and got its answer.",
    )


async def _permissions(check: Check) -> Step:
    if not check.app_secret:
        return Step(
            "permissions",
            "failed",
            "The app secret is missing, so no webhook is believed: answers and statuses do not arrive.",
            "Meta app → App settings → Basic: enter it under Edit. Meta delivers again what waited.",
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
                f"The token lacks {' and '.join(token.missing_scopes)}.",
                "Create a new system user token in Meta Business settings with both permissions.",
            )
        life = "never expires" if not token.expires_at else "expires one day"
        advice = "" if not token.expires_at else "Prefer a system user token without an end."
        state: StepState = "warning" if token.expires_at else "ok"
        return Step("permissions", state, f"The token has both permissions and {life}.", advice)
    return Step(
        "permissions",
        "warning",
        "Meta does not accept the app secret for the app that is subscribed.",
        "Copy the app secret again: Meta app → App settings → Basic. Webhooks are refused without it.",
    )


async def _marketing(check: Check) -> Step:
    try:
        state = await management.marketing_onboarding(check.api, check.account)
    except CloudApiError:
        state = ""
    if not state:
        return Step("marketing", "skipped", "Meta does not say whether this account may use it.")
    check.marketing_api = state == "ONBOARDED"
    if check.marketing_api:
        return Step("marketing", "ok", "This account has signed up: marketing can go through it.")
    return Step(
        "marketing",
        "ok",
        "This account has not signed up, so marketing goes out like every other message.",
        "If you want it, accept its terms in WhatsApp Manager, then check again.",
    )


async def _webhook(check: Check) -> Step:
    if check.webhook_seen:
        return Step("webhook", "ok", "A webhook with a valid signature has arrived.")
    shown = phones.shown(str(check.number.get("display_phone_number") or "")) or "this number"
    return Step(
        "webhook",
        "waiting",
        "No message has come in through this channel yet.",
        f"Send any WhatsApp message to {shown} from your phone; this line turns green by itself.",
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
    """Whether somebody also uses the number in the WhatsApp Business app on a phone."""
    return bool(number.get("is_on_biz_app"))


def throughput(number: Mapping[str, Any]) -> int:
    """Messages per second of a number as Meta describes it."""
    if coexistence(number):
        return COEXISTENCE_THROUGHPUT
    level = str((number.get("throughput") or {}).get("level") or "STANDARD").upper()
    return THROUGHPUT_PER_LEVEL.get(level, THROUGHPUT_PER_LEVEL["STANDARD"])


def _health_words(health: Mapping[str, Any]) -> tuple[str, str]:
    """What Meta says is wrong and what it advises, from the first part that is not fine."""
    for entity in health.get("entities") or ():
        if str(entity.get("can_send_message", "AVAILABLE")).upper() == "AVAILABLE":
            continue
        for error in entity.get("errors") or ():
            return str(error.get("error_description", "")), str(error.get("possible_solution", ""))
        for said in entity.get("additional_info") or ():
            return str(said), ""
    return "", ""


def _explained(key: str, error: Exception, check: Check) -> Step:
    host = urlsplit(check.account.api_url).netloc
    if isinstance(error.__cause__, AddressRefused):
        return Step(key, "failed", str(error), "Correct the API address under Edit.")
    if isinstance(error, CallNotMade):
        return Step(
            key, "failed", f"{host} could not be reached.", "Check the network, then try again."
        )
    if not isinstance(error, CloudApiError):
        return Step(key, "failed", f"{host} did not answer properly.", "Try again in a minute.")
    detail, advice = _words_for(error, key)
    reason = blocking_reason(error.code) if classify(error.code) is ErrorKind.CHANNEL else ""
    return Step(key, "failed", detail, advice, reason)


def _words_for(error: CloudApiError, key: str) -> tuple[str, str]:
    if error.code in TOKEN:
        return (
            "Meta does not accept the access token; it may have expired or been revoked.",
            "Create a system user token in Meta Business settings and enter it under Edit.",
        )
    if error.code in RIGHTS:
        return (
            "The access token may not use this account.",
            "Assign the WhatsApp account to the system user with full control, then check again.",
        )
    if error.code in UNKNOWN_ID and key in {"number", "templates"}:
        name = "phone number ID" if key == "number" else "WhatsApp Business Account ID"
        return (
            f"Meta knows no such {name} for this token.",
            f"Compare the {name} with the one in Meta's API set-up page.",
        )
    if key == "subscription":
        return (
            f"Meta could not verify the webhook: {error.detail}",
            "Make sure this installation answers at its public address, then check again.",
        )
    return f"Meta answered: {error.detail}", "Check again; if it stays, look in WhatsApp Manager."


def _is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in _LOOPBACK
