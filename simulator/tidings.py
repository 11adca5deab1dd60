"""Meta's webhooks about templates: each change of state with its details."""

import time
from typing import Any

from simulator.catalog import Template

_PAUSES = {
    1: ("FIRST_PAUSE", "Paused for 3 hours because of negative feedback."),
    2: ("SECOND_PAUSE", "Paused for 6 hours because of negative feedback."),
}
_THIRD = ("RATE_LIMITING_PAUSE", "Paused because of negative feedback.")
_REJECTIONS = {
    "INVALID_FORMAT": ("Parameters are adjacent", "Put text between the parameters."),
    "PROMOTIONAL": ("The content is promotional", "Choose the category MARKETING."),
    "INCORRECT_CATEGORY": ("The category does not fit", "Choose the category of the content."),
    "TAG_CONTENT_MISMATCH": ("The language does not fit", "Write in the template's language."),
    "ABUSIVE_CONTENT": ("The content is abusive", "Take abusive words out."),
    "SCAM": ("The content looks like a scam", "Say who you are and what you offer."),
}
FLAGGED_S = 7 * 86_400


def english_date(moment: float) -> str:
    """A date as written in Meta's webhooks."""
    day = time.gmtime(moment)
    return f"{_MONTHS[day.tm_mon - 1]} {day.tm_mday}, {day.tm_year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def template_news(
    template: Template, status: str, before: str, now: float, mark: str
) -> tuple[str, dict[str, Any]]:
    """Field and value for a changed state; `mark` separates language and country."""
    reason = template.rejected_reason
    value: dict[str, Any] = {
        "event": status,
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language.replace("_", mark),
        "reason": reason if reason != "NONE" else None,
        "message_template_category": template.category,
    }
    return "message_template_status_update", value | _details(template, status, before, now)


def _details(template: Template, status: str, before: str, now: float) -> dict[str, Any]:
    if status == "PAUSED":
        return _other(*_PAUSES.get(template.pauses, _THIRD))
    if status == "APPROVED" and before == "PAUSED":
        return _other("UNPAUSE", "The template can be sent again.")
    if status == "DISABLED":
        day = {"disable_info": {"disable_date": int(now)}}
        return day | _other("DISABLED", "Disabled because of negative feedback.")
    if status == "FLAGGED":
        return {"disable_info": {"disable_date": int(now + FLAGGED_S)}}
    if status == "REJECTED":
        why = _REJECTIONS.get(template.rejected_reason, ("Policy violation", "Change the content."))
        return {"rejection_info": {"reason": why[0], "recommendation": why[1]}}
    return {}


def _other(title: str, description: str) -> dict[str, Any]:
    return {"other_info": {"title": title, "description": description}}
