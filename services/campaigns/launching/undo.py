"""Undo a launch before it begins: the campaign becomes a draft again, with everything kept."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignStatus, CampaignType
from domain.counters import Counters
from domain.errors import Conflict
from domain.journal.campaigns import CampaignUndone
from services import journal
from services.campaigns import find
from services.campaigns.drafts.write import touch
from services.campaigns.files.remaining import leave_out_deleted
from services.campaigns.views import CampaignView, view
from store.campaigns import rows
from store.campaigns.rows import CampaignRow


async def undo(
    session: AsyncSession, campaign_id: UUID, actor: Actor, end: Callable[[], Awaitable[bool]]
) -> CampaignView:
    """Turn a launched campaign that has not begun back into a draft; ``end`` ends its workflow.

    Raises Conflict ``undo_too_late`` once it has begun and can only be stopped; ``undo_handed_in`` if a program has
    added people since its audience was frozen.
    """
    row = await find.locked(session, campaign_id)  # freezing and beginning take the same lock
    if row.status == CampaignStatus.DRAFT:
        return view(row, None)
    frozen = await rows.counters(session, campaign_id)
    _require_untouched(row, frozen)
    # A workflow missed here finds a draft and ends, unless it is launched again first.
    if not await end() and frozen is not None:
        raise Conflict("workflow_away")
    if frozen is not None:
        await rows.unfreeze(session, campaign_id)
        if row.type == CampaignType.CSV:
            await leave_out_deleted(session, row)
    row.status = CampaignStatus.DRAFT
    row.launched_at = None
    row.undo_until = None
    if row.parent_id is None:
        row.template = None
    touch(row)
    await journal.note(session, actor, CampaignUndone(campaign_id=campaign_id))
    await session.flush()
    await session.refresh(row)
    return view(row, None)


def _require_untouched(row: CampaignRow, frozen: Counters | None) -> None:
    if row.status != CampaignStatus.SCHEDULED:
        raise Conflict("undo_too_late")
    if frozen is not None and row.type == CampaignType.API and frozen.total:
        raise Conflict("undo_handed_in")
