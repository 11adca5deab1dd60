"""Meta's updates about templates between syncs: status, quality, category, wording."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain import news
from domain.actors import SYSTEM
from domain.journal.team import TemplateReported, TemplateSyncAsked
from services import clock, journal
from services.templates.buttons import changed_buttons
from store import channels, templates
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
"""FLAGGED and unknown events change nothing."""

_GONE = ("DELETED", "PENDING_DELETION")


async def apply(
    session: AsyncSession,
    waba_id: str,
    field: str,
    value: Mapping[str, Any],
    at: datetime | None = None,
) -> bool:
    """Apply one change at Meta's time; late updates and unknown ones change nothing.

    Safe to repeat. Quality sometimes arrives under the status field, so the content decides. A template that is new to
    us, or an update with details only in Meta's list, requests a sync. False if nothing followed.
    """
    found = _change_for(field, value)
    if found is None:
        return False
    kind, change = found
    row = await templates.find(
        session,
        waba_id=waba_id,
        meta_id=str(value.get("message_template_id") or ""),
        name=str(value.get("message_template_name") or ""),
        language=str(value.get("message_template_language") or "").replace("-", "_"),
    )
    if row is None:
        return await _ask_for_sync(session, waba_id, value)
    now = clock.now()
    at = at or now
    if news.is_late(row.news, kind, at, now=now, read_at=row.synced_at):
        return False
    whole = change(row, _still_so(row, value, at, now))
    row.news = news.noted(row.news, kind, at, now=now)
    await _tell(session, row)
    if not whole:
        await _ask_for_sync(session, waba_id, value)
    return True


async def _tell(session: AsyncSession, row: TemplateRow) -> None:
    """Note what was reported; a repeated update is no news."""
    if session.is_modified(row):
        await session.flush()
        await journal.note(session, SYSTEM, TemplateReported(template_id=row.id))


def _still_so(
    row: TemplateRow, value: Mapping[str, Any], at: datetime, now: datetime
) -> Mapping[str, Any]:
    """The update without a category that has changed since."""
    if not news.is_late(row.news, "category", at, now=now):
        return value
    return {name: held for name, held in value.items() if name != "message_template_category"}


async def _ask_for_sync(session: AsyncSession, waba_id: str, value: Mapping[str, Any]) -> bool:
    """Request a sync of the account's templates; False for what is gone or not ours."""
    named = value.get("message_template_id") or value.get("message_template_name")
    if not named or str(value.get("event") or "").upper() in _GONE:
        return False
    for row in (await channels.of_account(session, waba_id))[:1]:
        await journal.note(session, SYSTEM, TemplateSyncAsked(channel_id=row.id))
        return True
    return False


Change = Callable[[TemplateRow, Mapping[str, Any]], bool]
"""Changes a row; returns False if the rest needs a sync."""


def _change_for(field: str, value: Mapping[str, Any]) -> tuple[str, Change] | None:
    if "new_quality_score" in value:
        return "quality", _quality
    # An update without effect must not make earlier ones count as late.
    event = str(value.get("event") or "").upper()
    planned = "correct_category" in value or not value.get("new_category")
    changes: dict[str, tuple[str, Change]] = {
        "message_template_status_update": (
            "status" if event in _STATUS_OF_EVENT else "other", _status
        ),
        "message_template_components_update": ("components", _components),
        "template_category_update": ("plan" if planned else "category", _category),
    }  # fmt: skip
    return changes.get(field)


def _status(row: TemplateRow, value: Mapping[str, Any]) -> bool:
    status = _STATUS_OF_EVENT.get(str(value.get("event") or "").upper())
    if status is None:
        return True
    row.status = status
    reason = str(value.get("reason") or "").upper()
    rejected = status == "REJECTED" and reason not in {"", "NONE"}
    row.rejected_reason = reason if rejected else None
    category = str(value.get("message_template_category") or "").upper()
    if category:
        row.category = category
    return row.deleted_at is None or status in _GONE


def _quality(row: TemplateRow, value: Mapping[str, Any]) -> bool:
    row.quality = str(value["new_quality_score"] or "UNKNOWN").upper()
    return True


def _category(row: TemplateRow, value: Mapping[str, Any]) -> bool:
    """Only a completed change counts: a planned one has the new category in another field."""
    if "correct_category" not in value and value.get("new_category"):
        row.category = str(value["new_category"]).upper()
    return True


def _components(row: TemplateRow, value: Mapping[str, Any]) -> bool:
    """Apply changed texts and buttons; what the webhook omits (examples, media) stays."""
    parts: list[Any] = [dict(part) for part in row.components]
    texts = {
        "HEADER": value.get("message_template_title"),
        "BODY": value.get("message_template_element"),
        "FOOTER": value.get("message_template_footer"),
    }
    told = set()
    for part in parts:
        kind = str(part.get("type", "")).upper()
        text = texts.get(kind)
        if text and "text" in part:
            part["text"] = str(text).replace("\0", "")
            told.add(kind)
    row.components, known = changed_buttons(parts, value.get("message_template_buttons"))
    return known and told >= {kind for kind, text in texts.items() if text}
