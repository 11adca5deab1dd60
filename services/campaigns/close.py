"""Close an API campaign: it accepts no more people and ends once everybody in it has an outcome."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignAction, CampaignStatus, CampaignType, require
from domain.errors import Conflict
from domain.journal.campaigns import CampaignClosed
from services import journal
from services.campaigns import find
from services.campaigns.views import CampaignView, view
from store.campaigns import rows


async def close(
    session: AsyncSession, campaign_id: UUID, actor: Actor, now: datetime
) -> CampaignView:
    """Accept no more people; closing it again changes nothing."""
    row = await find.locked(session, campaign_id)
    if row.type != CampaignType.API:
        raise Conflict("campaign_not_api")
    if row.closed_at is None:
        require(CampaignStatus(row.status), CampaignAction.CLOSE)
        row.closed_at = now
        await journal.note(session, actor, CampaignClosed(campaign_id=campaign_id))
        await session.flush()
    return view(row, await rows.counters(session, campaign_id))
