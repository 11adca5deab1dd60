"""The state of the installation: one check for the page, `whatsway doctor` and the readiness probe."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.channel_health import condition
from domain.channels import ChannelStatus
from domain.system import Facts, Number, Sign, signs
from services import clock, conditions, vitals
from services.channels import hindrances
from services.receiving import log
from services.vault import NO_SECRET
from store import channels, health, waiting
from store.channels import ChannelRow

LOCKED = timedelta(seconds=3)
STOPPED = (ChannelStatus.BLOCKED, ChannelStatus.DISCONNECTED)


async def examine(
    session: AsyncSession, data_dir: Path, backlog: Mapping[str, int] | None = None
) -> list[Sign]:
    """Every part's state, in words."""
    return signs(await facts(session, data_dir, backlog or {}))


async def migrations(session: AsyncSession) -> str:
    """Whether the database matches this release: ok, pending or newer."""
    return health.fits(await health.revision(session))


async def facts(session: AsyncSession, data_dir: Path, backlog: Mapping[str, int]) -> Facts:
    """The data behind the signs; a handful of small statements."""
    begin = time.monotonic()
    await clock.measure(session)
    took, now = (time.monotonic() - begin) * 1000, clock.now()
    revision = await health.revision(session)
    fits = health.fits(revision)
    current = fits == "ok"
    room = await asyncio.to_thread(conditions.room, data_dir)
    return Facts(
        now=now,
        database_ms=round(took),
        version=revision or "",
        schema_is_current=current,
        schema_is_newer=fits == "newer",
        backlog=backlog,
        disk_free=room.free,
        disk_total=room.total,
        disk_is_low=room.is_low,
        **(await _rows(session, now) if current else {}),
    )


async def _rows(session: AsyncSession, now: datetime) -> dict[str, Any]:
    """Data that only a database of this release has."""
    receiving = await log.standing(session)
    single, running = await waiting.singles(session), await waiting.campaigns(session)
    standing = [one for one in running if one.waiting and one.moved_at is not None]
    slowest = min(standing, key=lambda one: one.moved_at or now, default=None)
    processes, rows = await vitals.every(session), await channels.list_all(session)
    return {
        "processes": processes,
        "locked": await waiting.locked(session, LOCKED),
        "deliveries": receiving.waiting,
        "delivery_age": receiving.age_s,
        "aside": receiving.put_aside,
        "singles": single.waiting,
        "single_age": _age(now, single.oldest),
        "campaigns": sum(one.waiting for one in running),
        "campaign_age": _age(now, slowest.moved_at) if slowest else 0,
        "campaign_id": str(slowest.id) if slowest else "",
        "numbers": [_number(row, now) for row in rows],
        "first_channel": hindrances.among(processes, rows, now),
    }


def _age(now: datetime, then: datetime | None) -> int:
    return max(0, int((now - then).total_seconds())) if then else 0


def _number(row: ChannelRow, now: datetime) -> Number:
    proven = row.app_secret != NO_SECRET
    if row.status not in STOPPED:
        return Number(str(row.id), row.name, row.last_webhook_at, proven=proven)
    found = condition(
        row.status, blocked_reason=row.blocked_reason, quality=row.quality,
        last_webhook_at=row.last_webhook_at, now=now,
    )  # fmt: skip
    return Number(
        str(row.id), row.name, row.last_webhook_at, found.sentence, found.next_step, proven
    )
