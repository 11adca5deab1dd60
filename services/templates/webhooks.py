"""What Meta tells about templates between two syncs: status, quality, category, wording."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.templates.sync import ROOM
from store import live, templates
from store.templates import TemplateRow

FIELDS = frozenset(
    {
        "message_template_status_update",
        "message_template_quality_update",
        "message_template_components_update",
        "template_category_update",
    }
)
"""Webhook fields this module applies."""

_STATUS_OF_EVENT = {
    "APPROVED": "APPROVED",
    "REINSTATED": "APPROVED",
    "UNARCHIVED": "APPROVED",
    "REJECTED": "REJECTED",
    "PENDING": "PENDING",
    "PAUSED": "PAUSED",
    "DISABLED": "DISABLED",
    "ARCHIVED": "ARCHIVED",
    "DELETED": "DELETED",
    "PENDING_DELETION": "PENDING_DELETION",
    "IN_APPEAL": "IN_APPEAL",
    "LOCKED": "LOCKED",
    "LIMIT_EXCEEDED": "LIMIT_EXCEEDED",
}
"""FLAGGED and events nobody knows yet change nothing."""


async def apply(session: AsyncSession, waba_id: str, field: str, value: Mapping[str, Any]) -> bool:
    """Apply one change; False when it names no template of ours or says nothing we know.

    Safe to repeat. Quality sometimes arrives under the status field, so the content decides.
    """
    change = _change_for(field, value)
    if change is None:
        return False
    row = await templates.find(
        session,
        waba_id=waba_id,
        meta_id=str(value.get("message_template_id") or ""),
        name=str(value.get("message_template_name") or ""),
        language=str(value.get("message_template_language") or "").replace("-", "_"),
    )
    if row is None:
        return False
    change(row, value)
    await session.flush()
    await live.notify(session, ROOM, "template.changed", id=str(row.id))
    return True


Change = Callable[[TemplateRow, Mapping[str, Any]], None]


def _change_for(field: str, value: Mapping[str, Any]) -> Change | None:
    if "new_quality_score" in value:
        return _quality
    changes: dict[str, Change] = {
        "message_template_status_update": _status,
        "message_template_components_update": _components,
        "template_category_update": _category,
    }
    return changes.get(field)


def _status(row: TemplateRow, value: Mapping[str, Any]) -> None:
    status = _STATUS_OF_EVENT.get(str(value.get("event") or "").upper())
    if status is None:
        return
    row.status = status
    reason = str(value.get("reason") or "").upper()
    rejected = status == "REJECTED" and reason not in {"", "NONE"}
    row.rejected_reason = reason if rejected else None
    category = str(value.get("message_template_category") or "").upper()
    if category:
        row.category = category


def _quality(row: TemplateRow, value: Mapping[str, Any]) -> None:
    row.quality = str(value["new_quality_score"] or "UNKNOWN").upper()


def _category(row: TemplateRow, value: Mapping[str, Any]) -> None:
    """Only a finished change counts: a planned one carries the coming category elsewhere."""
    if "correct_category" not in value and value.get("new_category"):
        row.category = str(value["new_category"]).upper()


def _components(row: TemplateRow, value: Mapping[str, Any]) -> None:
    """The texts that changed; what the webhook does not carry (examples, media) stays."""
    parts: list[Any] = [dict(part) for part in row.components]
    texts = {
        "HEADER": value.get("message_template_title"),
        "BODY": value.get("message_template_element"),
        "FOOTER": value.get("message_template_footer"),
    }
    for part in parts:
        text = texts.get(str(part.get("type", "")).upper())
        if text and "text" in part:
            part["text"] = str(text).replace("\0", "")
    row.components = parts
