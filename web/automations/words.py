"""The words of automation pages, called by templates so that they use the viewer's language."""

from dataclasses import dataclass

from domain.automations.reasons import Reason
from domain.automations.starters import ALL, Starter
from domain.automations.status import AutomationStatus
from services.automations import reasons
from web.i18n import gettext as _
from web.wording import said


@dataclass(frozen=True, slots=True)
class Badge:
    """A short text with its tone."""

    text: str
    tone: str = "neutral"


def status(value: AutomationStatus) -> Badge:
    """The state of an automation."""
    words = {
        AutomationStatus.DRAFT: Badge(_("Draft")),
        AutomationStatus.LIVE: Badge(_("Live"), "success"),
        AutomationStatus.PAUSED: Badge(_("Paused"), "warning"),
    }
    return words[value]


def trigger(kind: str) -> Badge:
    """What starts an automation, and its icon in place of a tone."""
    words = {
        "keyword": Badge(_("Keyword"), "text-search"),
        "message": Badge(_("Any message"), "message-square"),
        "first_message": Badge(_("First message"), "user-plus"),
        "button": Badge(_("Button tap"), "mouse-pointer-click"),
        "campaign_reply": Badge(_("Campaign reply"), "megaphone"),
        "label_added": Badge(_("Label added"), "tag"),
        "group_added": Badge(_("Added to group"), "users"),
        "field_changed": Badge(_("Field changed"), "pencil"),
        "opted_in": Badge(_("Opted in"), "shield-check"),
        "window": Badge(_("Window closing"), "hourglass"),
        "time": Badge(_("Date and time"), "calendar-clock"),
        "webhook": Badge(_("Webhook"), "webhook"),
        "manual": Badge(_("By hand or API"), "play"),
    }
    return words.get(kind, Badge(kind, "circle-help"))


def starters() -> list[tuple[Starter, str, str, str]]:
    """What one can begin with: the starter, its name, what it does, and an icon."""
    icons = {
        "welcome": "user-plus",
        "cart_reminder": "shopping-cart",
        "appointment": "calendar-clock",
        "triage": "life-buoy",
        "re_engagement": "hourglass",
        "opt_in": "shield-check",
    }
    return [(one, _(one.name), _(one.about), icons.get(one.key, "workflow")) for one in ALL]


def failures() -> dict[str, str]:
    """Why a step fails, in words for the builder's test."""
    told = {f"reason.{code}": reasons.of_run(code) for code in Reason}
    return {key: said(sentence) for key, sentence in told.items() if sentence is not None}
