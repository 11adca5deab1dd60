"""Decide unknown outcomes: a person counts them as sent or sends again; never automatic (law 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignStatus, require_people
from domain.errors import Conflict
from domain.journal.campaigns import CampaignReopened, UnknownAssumedSent, UnknownSentAgain
from domain.recipients import Choice
from services import journal
from services.campaigns import find
from services.campaigns.views import CampaignView, view
from store.campaigns import rows, unknowns
from store.campaigns.unknowns import Doubt


@dataclass(frozen=True, slots=True)
class Resolved:
    """How many outcomes were decided, and the campaign afterwards."""

    changed: int
    campaign: CampaignView


async def resolve(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    choice: Choice,
    numbers: Sequence[int] | None,
) -> Resolved:
    """Decide the unknown outcomes of these recipients, None for all of them.

    Recipients settled by a delivery update in the meantime are left alone. Sending again reopens a finished campaign:
    commit, then start its workflow. Raises Conflict ``campaign_ended`` when it was stopped.
    """
    row = await find.locked(session, campaign_id)
    require_people(row.people_gone_at)
    again = choice is Choice.SEND_AGAIN
    if again and row.status == CampaignStatus.STOPPED:
        raise Conflict("campaign_ended")
    changed = await unknowns.decide(session, campaign_id, choice, numbers, actor.user_id)
    if changed:
        decided = UnknownSentAgain if again else UnknownAssumedSent
        await journal.note(session, actor, decided(campaign_id=campaign_id, people=changed))
        if again and row.status == CampaignStatus.COMPLETED:
            row.status = CampaignStatus.RUNNING
            row.finished_at = row.archived_at = None  # a sending campaign must be in the list
            await journal.note(session, actor, CampaignReopened(campaign_id=campaign_id))
        await session.flush()
    return Resolved(changed, view(row, await rows.counters(session, campaign_id)))


async def doubt(
    session: AsyncSession, campaign_id: UUID, numbers: Sequence[int] | None = None
) -> Doubt:
    """How many outcomes are unknown and since when, for the confirmation before sending again."""
    return await unknowns.doubt(session, campaign_id, numbers)
