"""A campaign's speed, time left, and rate over time for the graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import CampaignStatus
from services.campaigns.progress import budget
from services.campaigns.progress.budget import Budget
from services.campaigns.views import CampaignView
from store import channels, journal
from store.campaigns import progress, rates

DAY_S = 86_400
LOOK_BACK = timedelta(seconds=10)
POINTS = 240
"""The most points on the graph; longer campaigns get wider intervals."""


@dataclass(frozen=True, slots=True)
class Pace:
    """``per_second`` as measured over the last seconds; ``planned`` is what speed and number allow.

    ``next_try_at`` is set when only people waiting for another try are left. ``backlog`` counts people without an
    outcome; ``seconds_left`` is None unless it is running, and ``oldest_s`` unless somebody is waiting: everybody waits
    from the start.
    """

    per_second: float
    planned: int | None
    backlog: int
    seconds_left: float | None
    oldest_s: float | None
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """When a draft would start, how fast it would send and how long it would take, including the daily limit."""

    starts_at: datetime | None
    per_second: int | None
    seconds: float | None
    budget: Budget | None

    @property
    def lasts(self) -> timedelta:
        """How long it takes."""
        return timedelta(seconds=self.seconds or 0)


@dataclass(frozen=True, slots=True)
class RatePoint:
    """Messages accepted per second, averaged over one interval of the graph."""

    at: datetime
    per_second: float


@dataclass(frozen=True, slots=True)
class Marker:
    """A campaign event on the graph; ``detail`` is the new speed."""

    at: datetime
    kind: str
    by: str | None
    per_second: int | None


async def planned_speed(
    session: AsyncSession, channel_id: UUID | None, throttle: int | None
) -> int | None:
    """Messages per second that the number and the chosen speed allow; None without a number."""
    channel = await channels.get(session, channel_id) if channel_id else None
    if channel is None:
        return None
    return min(channel.throughput, throttle or channel.throughput)


async def plan(session: AsyncSession, campaign: CampaignView, people: int) -> Plan:
    """The expected course of a draft for this many people; each extra day counts as a whole day."""
    speed = await planned_speed(session, campaign.channel_id, campaign.throttle)
    limit = await budget.budget(session, campaign.channel_id, people)
    seconds = people / speed if speed else None
    if seconds is not None and limit is not None:
        seconds += (limit.days - 1) * DAY_S
    return Plan(campaign.scheduled_at, speed, seconds, limit)


async def pace(session: AsyncSession, campaign: CampaignView, now: datetime) -> Pace:
    """The pace of a launched campaign."""
    planned = await planned_speed(session, campaign.channel_id, campaign.throttle)
    backlog = campaign.progress.queued + campaign.progress.sending
    waits = backlog > 0 and campaign.started_at is not None and campaign.finished_at is None
    oldest = (now - campaign.started_at).total_seconds() if waits and campaign.started_at else None
    if campaign.status != CampaignStatus.RUNNING:
        return Pace(0.0, planned, backlog, None, oldest)
    until = now.replace(microsecond=0)
    since = until - LOOK_BACK
    span = await rates.span(session, campaign.id)
    accepted = await rates.accepted_between(session, campaign.id, since, until)
    # A campaign that has just begun is measured from its first message.
    seconds = min(LOOK_BACK.total_seconds(), (until - span[0]).total_seconds()) if span else 0
    measured = accepted / seconds if seconds > 0 else 0.0
    # Before the first message the plan is the best guess; when nothing moves there is none.
    speed = measured if span else float(planned or 0)
    tries = None if accepted else (await next_tries(session, [campaign], now)).get(campaign.id)
    left = backlog / speed if speed and tries is None else None
    return Pace(measured, planned, backlog, left, oldest, tries)


async def next_tries(
    session: AsyncSession, campaigns: Sequence[CampaignView], now: datetime
) -> dict[UUID, datetime]:
    """When campaigns with only people waiting for another try continue; the others are omitted."""
    still = [
        one for one in campaigns
        if one.status == CampaignStatus.RUNNING and not one.progress.sending
    ]  # fmt: skip
    waiting = await progress.next_tries(session, [one.id for one in still])
    return {
        one.id: now + waiting[one.id].next_try
        for one in still
        if one.id in waiting
        and waiting[one.id].people >= one.progress.queued
        and waiting[one.id].next_try >= LOOK_BACK
    }


async def tried(session: AsyncSession, campaign: CampaignView) -> int:
    """How many people of an ended campaign were still waiting for another try."""
    if not campaign.over or not campaign.progress.queued:
        return 0
    waiting = (await progress.next_tries(session, [campaign.id])).get(campaign.id)
    return waiting.people if waiting else 0


async def series(session: AsyncSession, campaign: CampaignView, now: datetime) -> list[RatePoint]:
    """The rate from the first accepted message until now, in whole seconds, gaps as zero."""
    span = await rates.span(session, campaign.id)
    if span is None:
        return []
    first, last = span
    # While it stands still, the line ends soon after the last message, however long ago.
    end = now if campaign.status == CampaignStatus.RUNNING else last + timedelta(seconds=4)
    until = max(end.replace(microsecond=0), first + timedelta(seconds=1))
    width = max(1, ceil((until - first).total_seconds() / POINTS))
    found = await rates.buckets(session, campaign.id, first, until, width)
    count = int((until - first).total_seconds()) // width
    points = [
        RatePoint(first + timedelta(seconds=index * width), found.get(index, 0) / width)
        for index in range(max(count, 1))
    ]
    # The line starts at zero, so that a campaign of a second or two is still a line.
    return [RatePoint(first - timedelta(seconds=width), 0.0), *points]


async def markers(session: AsyncSession, campaign_id: UUID) -> list[Marker]:
    """Events and who caused them, oldest first, for the graph."""
    history = await journal.of_campaign(session, campaign_id, limit=50)
    return [
        Marker(entry.at, entry.kind, entry.by, entry.detail.get("per_second"))
        for entry in reversed(history)
    ]
