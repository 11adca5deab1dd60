"""What the dashboard shows: the last 24 hours, running campaigns, the inbox and the numbers' health."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import CampaignStatus
from services.campaigns.progress.pace import Pace, pace
from services.campaigns.views import CampaignView, view
from services.vault import NO_SECRET
from store import channels, dashboard
from store.campaigns import rows
from store.campaigns.rows import CampaignRow
from store.dashboard import DayCounts, InboxCounts

DAY = timedelta(hours=24)
MOST_RUNNING = 6


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """A number and what a person should know about it."""

    id: UUID
    name: str
    phone: str
    status: str
    blocked_reason: str | None
    quality: str
    throughput: int
    last_webhook_at: datetime | None
    proven: bool


@dataclass(frozen=True, slots=True)
class Running:
    """A campaign in progress with its pace."""

    campaign: CampaignView
    pace: Pace


@dataclass(frozen=True, slots=True)
class Numbers:
    """The last 24 hours and the inbox."""

    day: DayCounts
    inbox: InboxCounts


async def numbers(session: AsyncSession, now: datetime) -> Numbers:
    """The figures at the top."""
    return Numbers(await dashboard.day(session, now - DAY), await dashboard.inbox(session))


async def running(session: AsyncSession, now: datetime) -> list[Running]:
    """Campaigns in progress, newest first; their counters cost one row each."""
    found = sorted(await rows.active(session), key=_urgency)
    campaigns = [view(row, await rows.counters(session, row.id)) for row in found[:MOST_RUNNING]]
    return [Running(campaign, await pace(session, campaign, now)) for campaign in campaigns]


def _urgency(row: CampaignRow) -> tuple[int, float]:
    """Moving campaigns and those that need a person first, then the newest."""
    order = {CampaignStatus.HELD: 0, CampaignStatus.PAUSED: 0, CampaignStatus.RUNNING: 0}
    return order.get(CampaignStatus(row.status), 1), -row.created_at.timestamp()


async def health(session: AsyncSession) -> list[ChannelHealth]:
    """Every number by name."""
    return [
        ChannelHealth(
            row.id, row.name, row.display_phone_number, row.status, row.blocked_reason, row.quality,
            row.throughput, row.last_webhook_at, row.app_secret != NO_SECRET,
        )
        for row in await channels.list_all(session)
    ]  # fmt: skip
