"""A campaign's row, or the error that says there is none."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from store.campaigns import rows
from store.campaigns.rows import CampaignRow


async def row(session: AsyncSession, campaign_id: UUID) -> CampaignRow:
    """The row to read; NotFound when there is none."""
    found = await rows.get(session, campaign_id)
    if found is None:
        raise unknown()
    return found


async def locked(session: AsyncSession, campaign_id: UUID) -> CampaignRow:
    """The row to change, locked until the transaction ends; NotFound when there is none."""
    found = await rows.locked(session, campaign_id)
    if found is None:
        raise unknown()
    return found


def unknown() -> NotFound:
    """The error of an id that is no campaign."""
    return NotFound("campaign_unknown", "There is no such campaign. It may have been deleted.")
