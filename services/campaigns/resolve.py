"""Decide an unknown outcome: a person takes it as sent, or has it sent again; never by itself (law 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignStatus, require_people
from domain.errors import Conflict
from domain.recipients import Choice
from services import audit
from services.campaigns import announce
from services.campaigns.draft import unknown
from services.campaigns.views import CampaignView, view
from store.campaigns import rows, unknowns
from store.campaigns.unknowns import LOGGED, Doubt

ENDED = (CampaignStatus.STOPPED, CampaignStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Resolved:
    """How many outcomes were decided, and the campaign after that."""

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

    Whoever a delivery update settled meanwhile is left alone. Sending again reopens a finished
    campaign: commit, then start its workflow. Conflict ``campaign_ended`` when it was stopped.
    """
    row = await rows.locked(session, campaign_id)
    if row is None:
        raise unknown()
    require_people(row.people_gone_at)
    again = choice is Choice.SEND_AGAIN
    if again and row.status in ENDED:
        raise Conflict(
            "campaign_ended",
            "This campaign was stopped, so nothing more is sent from it. "
            "Put these people into a group and send them a new campaign.",
        )
    changed = await unknowns.decide(session, campaign_id, choice, numbers, actor.user_id)
    if changed:
        kind = LOGGED[choice]
        rows.add_event(session, campaign_id, kind, actor.user_id, people=changed)
        await audit.record(
            session, actor, f"campaign.{kind}", "campaign", str(campaign_id),
            after={"people": changed},
        )  # fmt: skip
        if again and row.status == CampaignStatus.COMPLETED:
            row.status = CampaignStatus.RUNNING
            row.finished_at = row.archived_at = None  # what sends stands in the list
            rows.add_event(session, campaign_id, "reopened", actor.user_id)
        await announce.changed(session, campaign_id)
        await session.flush()
    return Resolved(changed, view(row, await rows.counters(session, campaign_id)))


async def doubt(
    session: AsyncSession, campaign_id: UUID, numbers: Sequence[int] | None = None
) -> Doubt:
    """How many outcomes are unknown and since when, for the question before sending again."""
    return await unknowns.doubt(session, campaign_id, numbers)
