"""The webhook log in words: outcomes, kinds of objects, why something had no effect, and its tabs."""

from dataclasses import dataclass
from typing import Any

from domain.webhook_log import Scope
from domain.webhooks import LogLine, ObjectState, Outcome, Rejection
from web.i18n import gettext
from web.i18n import gettext as _
from web.webhook_words import reason_words

HOME = "/settings/webhooks"

MESSAGES = (
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "button", "interactive",
    "reaction", "order", "system", "edit", "revoke", "unsupported",
)  # fmt: skip
STATUSES = ("sent", "delivered", "read", "played", "failed")
UPDATES = (
    "message_template_status_update", "message_template_quality_update", "template_category_update",
    "phone_number_quality_update", "account_update", "account_alerts", "user_preferences", "user_id_update",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Badge:
    """An outcome in words: a name, a tone, and what it means."""

    text: str
    tone: str
    meaning: str


def outcomes() -> dict[str, Badge]:
    """Every outcome."""
    _ = gettext
    return {
        Outcome.APPLIED: Badge(_("Applied"), "success", _("It changed something here: a message, a status, a number.")),
        Outcome.DUPLICATE: Badge(_("Nothing new"), "neutral", _("What it said, or something later, was known already.")),
        Outcome.UNMATCHED: Badge(_("No match"), "warning", _("It is about a message that was not sent from here.")),
        Outcome.UNKNOWN_KIND: Badge(_("Unknown kind"), "info", _("This version does not know this kind. A message is stored and shown as what it is.")),
        Outcome.NOT_USED: Badge(_("Not used"), "neutral", _("This version has no use for it.")),
        Outcome.FOREIGN: Badge(_("Not yours"), "neutral", _("It is about a number or an account that is not connected here, or signed with another channel's secret.")),
        Outcome.ASIDE: Badge(_("Set aside"), "danger", _("It may be a loss: someone should look at it.")),
        Outcome.WAITING: Badge(_("Waiting"), "info", _("The worker has not processed it yet.")),
        Outcome.DEAD: Badge(_("Dead letter"), "danger", _("The whole delivery could not be read or processed.")),
    }  # fmt: skip


def outcome(code: str) -> Badge:
    """An outcome in words."""
    return outcomes().get(code) or Badge(code, "neutral", "")


def outcome_choices() -> list[tuple[str, str]]:
    """Outcomes to choose from."""
    return [(code, badge.text) for code, badge in outcomes().items()]


def kind(code: str) -> str:
    """A kind of object; the part after the slash is WhatsApp's own name for it."""
    _ = gettext
    group, slash, name = code.partition("/")
    named = {"message": _("Message"), "status": _("Status"), "echo": _("From the Business app")}
    if group in named:
        return f"{named[group]}: {name}" if slash else named[group]
    return _("A whole delivery") if code == "delivery" else code


def kind_choices() -> list[tuple[str, Any]]:
    """Kinds to choose from, in groups."""
    _ = gettext
    groups = (
        (_("Messages"), ("message", *(f"message/{name}" for name in MESSAGES), "echo")),
        (_("Statuses"), ("status", *(f"status/{name}" for name in STATUSES))),
        (_("Updates"), UPDATES),
    )
    return [
        (label, [(code, _("All of them") if code == codes[0] and "/" in codes[1] else kind(code)) for code in codes])
        for label, codes in groups
    ]  # fmt: skip


def kinds() -> set[str]:
    """Every kind there is to choose from."""
    return {code for _label, choices in kind_choices() for code, _said in choices}


def shown_kinds(kinds: tuple[str, ...]) -> list[str]:
    """The kinds of a delivery in words, without the groups that others say more exactly."""
    exact = {code.partition("/")[0] for code in kinds if "/" in code}
    return [kind(code) for code in kinds if code not in exact]


def why(line: LogLine) -> str:
    """Why it had no effect and what can be done, in words."""
    return reason_words(line.reason.split(" ", 1)[0])


def cause(error: str) -> str:
    """The error in words: who refused, and the code a developer needs; never a value."""
    name, _space, state = error.partition(" ")
    if not name:
        return ""
    if state:
        return _("The database refused a value in it (%(code)s).") % {"code": state}
    return _("Our program failed on it (%(code)s).") % {"code": name}


def error_words(error: str) -> str:
    """Why a whole delivery was set aside."""
    if not error:
        return ""
    code, _space, rest = error.partition(" ")
    return " ".join(filter(None, (reason_words(code), cause(rest))))


def rows(lines: list[LogLine]) -> list[dict[str, Any]]:
    """Lines of the log, each with why and its cause."""
    return [
        {"line": line, "why": why(line), "cause": cause(line.error or line.reason.partition(" ")[2])}
        for line in lines
    ]  # fmt: skip


def rejections() -> dict[str, str]:
    """Why deliveries were rejected."""
    _ = gettext
    return {
        Rejection.SIGNATURE_MISSING: _("Not signed. WhatsApp signs every delivery, so these came from somebody else."),
        Rejection.SIGNATURE_WRONG: _("Signed with a secret that no channel has. If they are many, an app secret is wrong: enter it again under Channels."),
    }  # fmt: skip


def scopes() -> dict[str, str]:
    """What a replay takes."""
    _ = gettext
    return {
        Scope.ALL: _("Deliveries"),
        Scope.DEAD: _("Dead letters"),
        Scope.OBJECTS: _("Set aside"),
    }


def state_names() -> dict[str, str]:
    """The states of lines."""
    _ = gettext
    return {
        ObjectState.ASIDE: _("Set aside"),
        ObjectState.KEPT: _("For the record"),
        ObjectState.REPLAYED: _("Replayed"),
    }


def tabs(current: str, aside: int = 0) -> list[dict[str, Any]]:
    """The parts of the log."""
    _ = gettext
    entries = (
        ("", _("Deliveries"), None),
        ("/aside", _("Without effect"), aside or None),
        ("/rejected", _("Rejected"), None),
        ("/replays", _("Replays"), None),
    )
    return [
        {"label": label, "href": HOME + path, "active": path == current, "count": count}
        for path, label, count in entries
    ]
