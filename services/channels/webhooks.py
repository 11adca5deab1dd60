"""Meta's updates about numbers and accounts: quality, speed, limits, names, restrictions, bans."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import news
from domain.actors import SYSTEM
from domain.channels import THROUGHPUT_PER_LEVEL, TIER_LIMITS
from domain.journal.team import ChannelReported
from services import clock, journal
from services.channels import standing
from store import channels
from store.channels import ChannelRow

Value = Mapping[str, Any]

_LIMIT_KEYS = (
    "max_daily_conversations_per_business",
    "max_daily_conversation_per_phone",
    "current_limit",
)


async def apply(
    session: AsyncSession,
    waba_id: str,
    field: str,
    value: Value,
    at: datetime | None = None,
    *,
    only: Collection[UUID] | None = None,
) -> bool:
    """Apply one change at Meta's time; False if it is not about our channels or not new.

    Safe to repeat, and late updates change nothing. ``waba_id`` is the account found by ``scope.account_of``; ``only``
    are the channels the sender may speak for, None for all.
    """
    change = _CHANGES.get(field)
    if change is None:
        return False
    now = clock.now()
    at = at or now
    rows = [
        row
        for row in _meant(await channels.of_account(session, waba_id), value)
        if only is None or row.id in only
    ]
    if not rows:
        return False
    change(rows, value, at, now)
    await _set_limit(session, rows, _limit(value), at, now)
    changed = [row for row in rows if session.is_modified(row)]  # a repeated update is no news
    await session.flush()
    await journal.note(session, SYSTEM, *(ChannelReported(channel_id=row.id) for row in changed))
    return True


def _meant(rows: Sequence[ChannelRow], value: Value) -> list[ChannelRow]:
    """The channel of the number in the webhook, which has digits but no id; otherwise all."""
    written = value.get("display_phone_number") or value.get("phone_number")
    if not written:
        return list(rows)
    digits = _digits(str(written))
    return [row for row in rows if _digits(row.display_phone_number) == digits]


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def fresh(row: ChannelRow, kind: str, at: datetime, now: datetime) -> bool:
    """Record an update of a kind; False if a newer one was seen."""
    if news.is_late(row.news, kind, at, now=now):
        return False
    row.news = news.noted(row.news, kind, at, now=now)
    return True


def _quality(rows: Sequence[ChannelRow], value: Value, at: datetime, now: datetime) -> None:
    event = str(value.get("event") or "").upper()
    kind = {"FLAGGED": "quality", "UNFLAGGED": "quality", "THROUGHPUT_UPGRADE": "throughput"}
    for row in rows:
        if event not in kind or not fresh(row, kind[event], at, now):
            continue
        if event == "THROUGHPUT_UPGRADE" and not row.coexistence:
            row.throughput = THROUGHPUT_PER_LEVEL["HIGH"]
        elif event == "FLAGGED":
            row.quality = "RED"
        elif event == "UNFLAGGED":  # it was red, whether we were told or not
            row.quality = "YELLOW"


def _name(rows: Sequence[ChannelRow], value: Value, at: datetime, now: datetime) -> None:
    if str(value.get("decision") or "").upper() != "APPROVED":
        return
    for row in rows:
        if fresh(row, "name", at, now):
            row.verified_name = str(value.get("requested_verified_name") or row.verified_name)


def _capability(rows: Sequence[ChannelRow], value: Value, at: datetime, now: datetime) -> None:
    """Only has limits, which are applied for every field."""


def _account(rows: Sequence[ChannelRow], value: Value, at: datetime, now: datetime) -> None:
    event = str(value.get("event") or "").upper()
    for row in rows:
        if event == "MM_LITE_TERMS_SIGNED":
            row.marketing_api = True
        for kind, change in standing.changes(event, value, now):
            if fresh(row, kind, at, now):
                change(row)


_CHANGES: Mapping[str, Callable[[Sequence[ChannelRow], Value, datetime, datetime], None]] = {
    "phone_number_quality_update": _quality,
    "phone_number_name_update": _name,
    "business_capability_update": _capability,
    "account_update": _account,
}


FIELDS = frozenset(_CHANGES)
"""Webhook fields this module applies."""


def _limit(value: Value) -> str:
    """The new limit as a tier's name, digits, -1 for none, or "" if not mentioned."""
    found = next((value[key] for key in _LIMIT_KEYS if value.get(key) is not None), "")
    return str(found).upper()


async def _set_limit(
    session: AsyncSession, rows: Sequence[ChannelRow], limit: str, at: datetime, now: datetime
) -> None:
    if limit in TIER_LIMITS:
        tier, number = limit, TIER_LIMITS[limit]
    elif limit == "-1":
        tier, number = "TIER_UNLIMITED", None
    elif limit.isdecimal() and limit.isascii() and len(limit) < 10:
        tier, number = f"TIER_{limit}", int(limit)
    else:
        return
    for row in rows:
        if fresh(row, "limit", at, now):
            row.messaging_tier = tier
            await channels.set_portfolio_limit(session, row.portfolio_id, number)
