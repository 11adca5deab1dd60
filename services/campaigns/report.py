"""Read campaigns: lists, one campaign, its failures, exclusions and history."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.campaigns import CampaignStatus
from services.campaigns import find
from services.campaigns.views import CampaignView, view
from store import journal
from store.campaigns import progress, rows
from store.campaigns.progress import FailureGroup
from store.journal import HistoryEntry


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """Everything a campaign's page shows besides the list of recipients."""

    campaign: CampaignView
    failures: list[FailureGroup]
    exclusions: dict[str, int]
    history: list[HistoryEntry]


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """One page of the list and the cursor of the next."""

    items: list[CampaignView]
    next_cursor: str | None


async def one(session: AsyncSession, campaign_id: UUID) -> CampaignView:
    """A campaign with its progress."""
    row = await find.row(session, campaign_id)
    if await rows.is_leaving(session, campaign_id):
        raise find.unknown()
    return view(row, await rows.counters(session, campaign_id))


async def page(
    session: AsyncSession,
    *,
    status: CampaignStatus | None = None,
    search: str = "",
    archived: bool = False,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[CampaignView]:
    """Newest campaigns first, after a (created_at, id) key."""
    found = await rows.page(
        session, status=status, search=search, archived=archived, after=after, limit=limit
    )
    return [view(row, counters) for row, counters in found]


async def listed(
    session: AsyncSession,
    *,
    status: CampaignStatus | None = None,
    search: str = "",
    archived: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> CampaignPage:
    """Newest campaigns first, page by page; ``cursor`` is opaque to callers."""
    found = await page(
        session, status=status, search=search, archived=archived, after=_position(cursor),
        limit=limit + 1,
    )  # fmt: skip
    shown = found[:limit]
    return CampaignPage(shown, _cursor(shown[-1]) if len(found) > limit else None)


def _cursor(campaign: CampaignView) -> str:
    return cursors.encode((campaign.created_at.isoformat(), str(campaign.id)))


def _position(cursor: str) -> tuple[datetime, UUID] | None:
    found = cursors.decode(cursor, 2)
    if found is None:
        return None
    try:
        moment, campaign_id = datetime.fromisoformat(found[0]), UUID(found[1])
        if moment.tzinfo is None:
            raise ValueError(found[0])
    except ValueError as error:
        raise cursors.wrong() from error
    return moment, campaign_id


async def count_by_status(session: AsyncSession) -> dict[str, int]:
    """How many campaigns are in each state."""
    return await rows.count_by_status(session)


async def count_archived(session: AsyncSession) -> int:
    """How many campaigns are archived."""
    return await rows.count_archived(session)


async def history(session: AsyncSession, campaign_id: UUID) -> list[HistoryEntry]:
    """What happened to a campaign and who did it, newest first."""
    return await journal.of_campaign(session, campaign_id)


async def expected(session: AsyncSession, campaign: CampaignView) -> int:
    """How many people the audience had at launch, before it is frozen."""
    for entry in await journal.of_campaign(session, campaign.id, limit=20):
        if entry.kind == "launched":
            return int(entry.detail.get("recipients", 0))
    return 0


async def report(session: AsyncSession, campaign_id: UUID) -> CampaignReport:
    """A campaign with failures by cause, exclusions by reason and history."""
    campaign = await one(session, campaign_id)
    figures = await progress.figures(session, campaign_id)
    history = await journal.of_campaign(session, campaign_id)
    return CampaignReport(campaign, figures.failures, figures.exclusions, history)
