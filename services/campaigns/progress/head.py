"""The header of a launched campaign: its progress, why it is paused or waiting, and the possible actions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import ACTIVE, CampaignAction, CampaignStatus, allows
from domain.causes import Cause, pause_cause
from domain.channel_health import campaign_waits
from domain.recipients import Bucket
from domain.sentences import Sentence
from services.campaigns import report
from services.campaigns.outcomes import figures
from services.campaigns.outcomes.figures import Figure
from services.campaigns.progress import budget, pace
from services.campaigns.progress.budget import Budget
from services.campaigns.progress.pace import Pace
from services.campaigns.retries import retry
from services.campaigns.retries.retry import Offer
from services.campaigns.views import CampaignView
from services.channels import show
from store.channels import ChannelRow

HALTED = (CampaignStatus.PAUSED, CampaignStatus.HELD)


@dataclass(frozen=True, slots=True)
class Head:
    """A campaign with everything that every tab of its page shows.

    ``expected``: how many it goes to, while its launch can be undone; ``waits``: what holds it
    for now; ``pause``: why it is halted; ``tried``: who waits for another try; ``failed``: how many
    did not get it.
    """

    campaign: CampaignView
    channel: ChannelRow | None
    offer: Offer
    expected: int | None
    pace: Pace
    budget: Budget | None
    waits: list[Sentence]
    tried: int
    terms: list[Figure]
    pause: Cause | None
    may_do: dict[str, bool]
    failed: int


async def head(session: AsyncSession, campaign: CampaignView, now: datetime) -> Head:
    """The header as of now."""
    channel = await show.sender(session, campaign.channel_id)
    halted = campaign.status in HALTED
    undoable = campaign.undoable(now)
    return Head(
        campaign=campaign,
        channel=channel,
        offer=await retry.offer(session, campaign),
        expected=await report.expected(session, campaign) if undoable else None,
        pace=await pace.pace(session, campaign, now),
        budget=await _budget(session, campaign),
        waits=_waits(campaign, channel, now),
        tried=await pace.tried(session, campaign),
        terms=figures.reconciliation(campaign.progress),
        pause=pause_cause(campaign.pause_reason) if halted else None,
        may_do={action.value: allows(campaign.status, action) for action in CampaignAction},
        failed=figures.people_in(campaign.progress, Bucket.FAILED)
        + campaign.progress.refused
        + campaign.progress.unknown,
    )


def _waits(campaign: CampaignView, channel: ChannelRow | None, now: datetime) -> list[Sentence]:
    if channel is None or campaign.status != CampaignStatus.RUNNING:
        return []
    category = str((campaign.template or {}).get("category"))
    return campaign_waits(channel.restrictions, category, now)


async def _budget(session: AsyncSession, campaign: CampaignView) -> Budget | None:
    """What the daily limit means for people still waiting."""
    if campaign.status not in ACTIVE:
        return None
    known = campaign.progress.total > 0
    people = campaign.progress.queued if known else await report.expected(session, campaign)
    return await budget.budget(session, campaign.channel_id, people)
