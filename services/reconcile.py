"""What should be running according to the rows; the worker makes it so (law 7)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.decisions import DueRun
from domain.campaigns import ACTIVE, CampaignStatus, CampaignType, DueCampaign
from domain.contacts import ImportStatus
from services import clock
from store.automations import outgoing, runs
from store.campaigns import rows
from store.imports import records
from store.sending import brakes, single
from store.windows import still_open

WINDOWS_PER_STEP = 500
RUNS_PER_STEP = 500
MESSAGES_PER_STEP = 200


async def campaigns(session: AsyncSession) -> list[DueCampaign]:
    """Campaigns that need a workflow."""
    return [_due(row) for row in await rows.active(session)]


async def campaign(session: AsyncSession, campaign_id: UUID) -> DueCampaign | None:
    """A campaign that needs a workflow; None if it does not, or no longer does."""
    row = await rows.get(session, campaign_id)
    return None if row is None or row.status not in ACTIVE else _due(row)


def _due(row: Any) -> DueCampaign:
    return DueCampaign(
        row.id, CampaignStatus(row.status), row.scheduled_at, row.launched_at, row.undo_until, row.throttle,
        takes_recipients=row.type == CampaignType.API,
    )  # fmt: skip


async def move_brake_marks(session: AsyncSession) -> None:
    """Let the brakes of campaigns that go well look at recent outcomes."""
    await brakes.move_marks(session)


async def messages(session: AsyncSession) -> list[UUID]:
    """Single messages that nobody seems to be sending."""
    return await single.waiting(session, MESSAGES_PER_STEP)


async def imports(session: AsyncSession) -> list[tuple[UUID, ImportStatus]]:
    """Imports that were started, or are due for a check, and have not ended."""
    return await records.working(session)


async def campaign_files(session: AsyncSession) -> list[UUID]:
    """Drafts with a file waiting to be read."""
    return await rows.pending_files(session)


async def windows(
    session: AsyncSession, after: UUID | None
) -> list[tuple[UUID, datetime, datetime]]:
    """Open 24-hour windows, a page at a time: conversation, when it opened, when it expires."""
    return await still_open(session, after, WINDOWS_PER_STEP)


async def run(session: AsyncSession, run_id: UUID) -> DueRun | None:
    """A run as its row is now; None if it is gone."""
    return await runs.due(session, run_id)


async def settle_left(session: AsyncSession) -> int:
    """Give up what runs that have ended left unsent; returns how many messages."""
    return await outgoing.settle_left(session)


async def late_runs(session: AsyncSession) -> list[DueRun]:
    """Runs whose wait is over, and that nothing woke."""
    return await runs.late(session, clock.now(), RUNS_PER_STEP)


async def idle_runs(session: AsyncSession, after: UUID) -> list[DueRun]:
    """A page of runs that have something to do, and do nothing."""
    return await runs.idle(session, clock.now(), after, RUNS_PER_STEP)
