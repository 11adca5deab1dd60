"""Manage campaigns: rename, reschedule, copy, and archive ended ones."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import (
    CampaignAction,
    CampaignStatus,
    CampaignType,
    missed_start,
    require,
    require_schedule,
)
from domain.entries import ENTRIES_KEPT, FileSource
from domain.errors import Invalid
from domain.journal import campaigns as facts
from services import clock, journal
from services.campaigns import find
from services.campaigns.drafts.changes import LONGEST_NAME, named
from services.campaigns.drafts.write import enlist, touch
from services.campaigns.files.remaining import leave_out_deleted
from services.campaigns.views import CampaignView, view
from store.campaigns import entries, rows
from store.campaigns.rows import CampaignRow

SUFFIX = " (copy)"


async def rename(session: AsyncSession, campaign_id: UUID, actor: Actor, name: str) -> CampaignView:
    """Rename a campaign in any state."""
    row = await find.locked(session, campaign_id)
    name = named(name)
    if name != row.name or "name" in row.open_choices:
        await enlist(session, row, actor)
        before, row.name = row.name, name
        row.open_choices = [choice for choice in row.open_choices if choice != "name"]
        touch(row)
        renamed = facts.CampaignRenamed(
            campaign_id=campaign_id, before={"name": before}, after={"name": name}
        )
        await journal.note(session, actor, renamed)
    return await _seen(session, row)


async def move(
    session: AsyncSession, campaign_id: UUID, actor: Actor, start: datetime, now: datetime
) -> CampaignView:
    """Reschedule a campaign; commit, then tell its workflow.

    Its audience stays as frozen at launch.
    """
    require_schedule(start, now)
    if missed_start(start, now):
        raise Invalid("schedule_invalid", field="scheduled_at")
    row = await find.locked(session, campaign_id)
    require(CampaignStatus(row.status), CampaignAction.MOVE)
    if start != row.scheduled_at:
        before, row.scheduled_at, row.updated_at = row.scheduled_at, start, now
        moved = facts.CampaignMoved(
            campaign_id=campaign_id,
            before={"scheduled_at": before.isoformat() if before else None},
            after={"scheduled_at": start.isoformat()},
        )
        await journal.note(session, actor, moved)
    return await _seen(session, row)


async def copy(session: AsyncSession, campaign_id: UUID, actor: Actor) -> CampaignView:
    """Copy a campaign in any state to a draft with the same people, message and speed.

    A file's rows are copied while they are kept, except for people deleted since. A retry is copied without its people:
    those who failed in its first campaign must not be messaged twice.
    """
    origin = await find.row(session, campaign_id)
    kept = _file(origin, clock.now())
    row = rows.add(
        session,
        name=origin.name[: LONGEST_NAME - len(SUFFIX)] + SUFFIX,
        type=origin.type,
        channel_id=origin.channel_id,
        template_id=origin.template_id,
        audience=_audience(origin.audience),
        variables=origin.variables,
        throttle=origin.throttle,
        replies_to_id=origin.replies_to_id,
        brake_percent=origin.brake_percent,
        open_choices=[choice for choice in origin.open_choices if choice not in {"name", "at"}],
        source=kept.to_json() if kept else {},
        created_by=actor.user_id,
    )
    await session.flush()
    if kept:
        await entries.copy(session, campaign_id, row.id)
        if await rows.counters(session, campaign_id) is not None:
            await leave_out_deleted(session, row)
    await session.flush()
    await session.refresh(row)
    await journal.note(session, actor, facts.CampaignCopied(campaign_id=row.id, of=campaign_id))
    return view(row, None)


async def archive(
    session: AsyncSession, campaign_id: UUID, actor: Actor, now: datetime | None
) -> CampaignView:
    """Archive an ended campaign; with ``now`` None, bring it back."""
    row = await find.locked(session, campaign_id)
    require(CampaignStatus(row.status), CampaignAction.ARCHIVE)
    if (row.archived_at is None) != (now is None):
        row.archived_at = now
        fact = facts.CampaignArchived if now else facts.CampaignUnarchived
        await journal.note(session, actor, fact(campaign_id=campaign_id))
    return await _seen(session, row)


def _file(origin: CampaignRow, now: datetime) -> FileSource | None:
    """A campaign's file if all its rows are still kept."""
    over = origin.finished_at is not None and now - origin.finished_at > ENTRIES_KEPT
    return None if over or origin.type != CampaignType.CSV else FileSource.from_json(origin.source)


def _audience(audience: Mapping[str, Any]) -> dict[str, Any]:
    return {} if audience.get("retry_of") else dict(audience)


async def _seen(session: AsyncSession, row: CampaignRow) -> CampaignView:
    await session.flush()
    await session.refresh(row)
    return view(row, await rows.counters(session, row.id))
