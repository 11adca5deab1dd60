"""A campaign's row, or the error that there is none."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from store.campaigns import rows
from store.campaigns.rows import CampaignRow


async def row(session: AsyncSession, campaign_id: UUID) -> CampaignRow:
    """The row to read; raises NotFound when there is none."""
    found = await rows.get(session, campaign_id)
    if found is None:
        raise unknown()
    return found


async def locked(session: AsyncSession, campaign_id: UUID) -> CampaignRow:
    """The row to change, locked until the transaction ends; raises NotFound when there is none."""
    found = await rows.locked(session, campaign_id)
    if found is None:
        raise unknown()
    return found


def unknown() -> NotFound:
    """The error for an id that is not a campaign."""
    return NotFound("campaign_unknown")
