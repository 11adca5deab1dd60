"""Take a launch back within its few seconds: the campaign is a draft again, with everything kept."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignStatus
from domain.errors import Conflict
from services import audit
from services.campaigns import announce
from services.campaigns.draft import unknown
from services.campaigns.views import CampaignView, view
from store.campaigns import rows


async def undo(session: AsyncSession, campaign_id: UUID, actor: Actor) -> CampaignView:
    """Make a launched campaign a draft again; commit, then end its workflow.

    Conflict ``undo_too_late`` once its audience is written down: from then on it can be stopped.
    """
    row = await rows.locked(session, campaign_id)  # the freeze takes the same lock
    if row is None:
        raise unknown()
    if row.status == CampaignStatus.DRAFT:
        return view(row, None)
    begun = await rows.counters(session, campaign_id) is not None
    if row.status != CampaignStatus.SCHEDULED or row.undo_until is None or begun:
        raise Conflict(
            "undo_too_late", "It is too late to undo: this campaign has begun. Stop it instead."
        )
    row.status = CampaignStatus.DRAFT
    row.launched_at = None
    row.undo_until = None
    if row.parent_id is None:
        row.template = None
    row.revision += 1
    rows.add_event(session, campaign_id, "undone", actor.user_id)
    await audit.record(session, actor, "campaign.undo", "campaign", str(campaign_id))
    await announce.changed(session, campaign_id)
    await session.flush()
    await session.refresh(row)
    return view(row, None)
