"""The figures of a campaign and its recipients, as JSON and as CSV."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from api.campaigns.shapes import RecipientOut, RecipientPageOut, StatsOut
from api.clock import now
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.security import Principal, requires
from api.streams import people_file
from api.wording import say
from domain.campaigns import CampaignStatus
from domain.causes import pause_cause
from domain.permissions import Permission
from domain.recipients import Bucket
from services import exports
from services.campaigns import report
from services.campaigns.outcomes import figures, recipients
from services.campaigns.outcomes.recipients import RecipientFilter
from services.campaigns.progress import budget, pace

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"])

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]

STOPPED = (CampaignStatus.PAUSED, CampaignStatus.HELD)
CSV = "text/csv; charset=utf-8"


@router.get("/{campaign_id}/stats")
async def campaign_stats(
    campaign_id: UUID, _principal: Reader, session: ReadSessionDep
) -> StatsOut:
    """Counters, funnel, the line that sums to the audience, pace, failures and exclusions."""
    found = await report.report(session, campaign_id)
    campaign = found.campaign
    return StatsOut.of(
        campaign,
        await pace.pace(session, campaign, now()),
        figures.causes(found.failures),
        found.exclusions,
        pause_cause(campaign.pause_reason) if campaign.status in STOPPED else None,
        await budget.budget(session, campaign.channel_id, campaign.progress.queued),
    )


@router.get(
    "/{campaign_id}/recipients",
    response_model=RecipientPageOut,
    responses={200: {"content": {"text/csv": {}}}},
)
async def campaign_recipients(
    campaign_id: UUID,
    request: Request,
    principal: Reader,
    session: SessionDep,
    state: StateDep,
    bucket: Annotated[Bucket | None, Query(alias="state")] = None,
    cause: Annotated[str, Query(max_length=40)] = "",
    search: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[int, Query(ge=0, le=2_147_483_647)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    format: Literal["json", "csv"] | None = None,
) -> Any:
    """Recipients in order of number; all matches as CSV with ``format=csv`` or Accept: text/csv."""
    wanted = RecipientFilter(bucket, cause, search)
    if format == "csv" or (format is None and request.headers.get("accept", "") == "text/csv"):
        file = await exports.campaign_recipients(session, principal.actor, campaign_id, wanted, say)
        return people_file(request, principal, state, file)
    await report.one(session, campaign_id)
    found = await recipients.page(session, campaign_id, wanted, after=after, limit=limit)
    return RecipientPageOut(
        items=[RecipientOut.of(line) for line in found.items], next_after=found.next_after
    )
