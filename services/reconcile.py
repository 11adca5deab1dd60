"""What should be running according to the rows; the worker makes it so (law 7)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import CampaignStatus
from store import conversations
from store.campaigns import rows
from store.imports import records
from store.sending import single

WINDOWS_PER_STEP = 500
MESSAGES_PER_STEP = 200


@dataclass(frozen=True, slots=True)
class DueCampaign:
    """A campaign that needs a workflow, and the state its row is in."""

    id: UUID
    status: CampaignStatus
    scheduled_at: datetime | None
    undo_until: datetime | None


async def campaigns(session: AsyncSession) -> list[DueCampaign]:
    """Campaigns that need a workflow."""
    return [
        DueCampaign(row.id, CampaignStatus(row.status), row.scheduled_at, row.undo_until)
        for row in await rows.active(session)
    ]


async def messages(session: AsyncSession) -> list[UUID]:
    """Single messages that nobody seems to be sending."""
    return await single.waiting(session, MESSAGES_PER_STEP)


async def running_imports(session: AsyncSession) -> list[UUID]:
    """Imports that were started and have not ended."""
    return await records.running(session)


async def windows(
    session: AsyncSession, after: UUID | None
) -> list[tuple[UUID, datetime, datetime]]:
    """Open 24-hour windows, a page at a time: conversation, when it opened, when it expires."""
    return await conversations.open_windows(session, after, WINDOWS_PER_STEP)
