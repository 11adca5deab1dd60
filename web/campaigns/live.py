"""The page of a launched campaign: live figures, failures, settings, history, and its controls."""

from dataclasses import fields
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.ranges import PerSecond
from api.security import Principal, requires
from api.state import AppState
from domain.campaigns import THROTTLE, Audience, CampaignStatus
from domain.permissions import Permission
from domain.recipients import Bucket
from domain.retries import CODES
from services import users
from services.campaigns import control, report
from services.campaigns.drafts import preview
from services.campaigns.outcomes import figures
from services.campaigns.progress import head, pace
from services.campaigns.views import CampaignView
from services.channels import show
from services.contacts import fields as custom_fields
from services.contacts import groups
from web.campaigns import standstill, words
from web.campaigns.charts import chart
from web.campaigns.workflow_links import workflow_url
from web.pages import page
from web.rendering import is_htmx, redirect, render_fragment

router = APIRouter(prefix="/campaigns/{campaign_id}", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]


class SpeedForm(BaseModel):
    """A new speed; an empty number means as fast as the number allows."""

    per_second: Annotated[
        PerSecond | None,
        BeforeValidator(lambda value: value or None),
    ] = None


@router.get("")
async def overview_page(
    request: Request, campaign_id: UUID, principal: Reader, session: ReadSessionDep, state: StateDep
) -> Response:
    """The funnel and the rate of a launched campaign; a draft opens its wizard."""
    campaign = await report.one(session, campaign_id)
    if campaign.status == CampaignStatus.DRAFT:
        # An open live page may hear about the undo before, or instead of, the answer to its button.
        flash = words.undone() if is_htmx(request) else ""
        return redirect(request, f"/campaigns/{campaign_id}/review", flash=flash)
    context = await overview(session, state, campaign)
    if is_htmx(request):
        return render_fragment(request, "campaigns/live/overview.html", context, block="live")
    context |= await standstill.why(session, state, campaign)
    return page(request, principal, "campaigns/live/overview.html", context)


@router.get("/failures")
async def failures_page(
    request: Request, campaign_id: UUID, principal: Reader, session: ReadSessionDep, state: StateDep
) -> Response:
    """Who did not get it, by cause, with one next step each."""
    found = await report.report(session, campaign_id)
    context = await shared(session, state, found.campaign, "failures")
    context |= {
        "causes": figures.causes(found.failures),
        "exclusions": found.exclusions,
        "retryable_codes": CODES,
    }
    if is_htmx(request):
        return render_fragment(request, "campaigns/live/failures.html", context, block="live")
    return page(request, principal, "campaigns/live/failures.html", context)


@router.get("/settings")
async def settings_page(
    request: Request, campaign_id: UUID, principal: Reader, session: ReadSessionDep, state: StateDep
) -> Response:
    """What was launched: audience, message, speed."""
    campaign = await report.one(session, campaign_id)
    context = await shared(session, state, campaign, "settings")
    known = {group.id: group.name for group in await groups.every(session)}
    audience = Audience.from_json(campaign.audience)
    context |= {
        "audience": audience,
        "fields": await custom_fields.every(session),
        "chosen": [known[item] for item in audience.group_ids if item in known],
        "without": [known[item] for item in audience.excluded_group_ids if item in known],
        "exclusions": (await report.report(session, campaign_id)).exclusions,
        "preview": await preview.frozen(session, campaign),
        "slots": preview.frozen_slots(campaign),
        "replies_to": await users.name(session, campaign.replies_to_id),
    }
    if is_htmx(request):
        return render_fragment(request, "campaigns/live/settings.html", context, block="live")
    return page(request, principal, "campaigns/live/settings.html", context)


@router.get("/history")
async def history_page(
    request: Request, campaign_id: UUID, principal: Reader, session: ReadSessionDep, state: StateDep
) -> Response:
    """What happened and who did it."""
    campaign = await report.one(session, campaign_id)
    context = await shared(session, state, campaign, "history")
    context |= {"history": await report.history(session, campaign_id)}
    if is_htmx(request):
        return render_fragment(request, "campaigns/live/history.html", context, block="live")
    return page(request, principal, "campaigns/live/history.html", context)


@router.post("/pause")
async def pause(
    request: Request, campaign_id: UUID, principal: Launcher, session: SessionDep, state: StateDep
) -> Response:
    """Stop sending to anyone new."""
    await control.pause(session, campaign_id, principal.actor)
    return await _acted(request, session, state, campaign_id)


@router.post("/resume")
async def resume(
    request: Request, campaign_id: UUID, principal: Launcher, session: SessionDep, state: StateDep
) -> Response:
    """Continue where it stopped."""
    await control.resume(session, campaign_id, principal.actor)
    return await _acted(request, session, state, campaign_id)


@router.get("/stop")
async def stop_dialog(
    request: Request, campaign_id: UUID, _principal: Launcher, session: ReadSessionDep
) -> Response:
    """Ask for confirmation, saying how many will not get the message."""
    campaign = await report.one(session, campaign_id)
    context = {
        "campaign": campaign,
        "waiting": campaign.progress.queued,
        "sent": campaign.progress.submitted + campaign.progress.unknown + campaign.progress.sending,
    }
    return render_fragment(request, "campaigns/live/stop.html", context)


@router.post("/stop")
async def stop(
    request: Request, campaign_id: UUID, principal: Launcher, session: SessionDep
) -> Response:
    """End it for good."""
    await control.stop(session, campaign_id, principal.actor, now())
    return redirect(request, f"/campaigns/{campaign_id}")


@router.get("/speed")
async def speed_dialog(
    request: Request, campaign_id: UUID, _principal: Launcher, session: ReadSessionDep
) -> Response:
    """The dialog for a new speed."""
    campaign = await report.one(session, campaign_id)
    channel = await show.number(session, campaign.channel_id)
    context = {"campaign": campaign, "channel": channel, "allowed": THROTTLE}
    return render_fragment(request, "campaigns/live/speed.html", context)


@router.post("/speed")
async def speed(
    request: Request,
    campaign_id: UUID,
    principal: Launcher,
    session: SessionDep,
    form: Annotated[SpeedForm, Form()],
) -> Response:
    """Change the speed while it runs."""
    await control.throttle(session, campaign_id, principal.actor, form.per_second)
    return redirect(request, f"/campaigns/{campaign_id}")


async def _acted(
    request: Request, session: AsyncSession, state: AppState, campaign_id: UUID
) -> Response:
    """The page as it is now; the figures on other tabs refresh by themselves."""
    if not is_htmx(request):
        return redirect(request, f"/campaigns/{campaign_id}")
    context = await shared(session, state, await report.one(session, campaign_id), "")
    return render_fragment(request, "campaigns/live/head.html", context)


async def shared(
    session: AsyncSession, state: AppState, campaign: CampaignView, tab: str
) -> dict[str, Any]:
    """What the head of every tab shows."""
    found = await head.head(session, campaign, now())
    return {part.name: getattr(found, part.name) for part in fields(found)} | {
        "tab": tab,
        "words": words,
        "workflow_url": workflow_url(state, campaign.id),
    }


async def overview(
    session: AsyncSession, state: AppState, campaign: CampaignView
) -> dict[str, Any]:
    """The first tab."""
    moment = now()
    points = await pace.series(session, campaign, moment)
    happened = await pace.markers(session, campaign.id)
    return await shared(session, state, campaign, "overview") | {
        "funnel": figures.funnel(campaign.progress),
        "chart": chart(points, happened),
        "buckets": [
            (bucket, figures.people_in(campaign.progress, bucket))
            for bucket in (Bucket.QUEUED, Bucket.ACCEPTED, Bucket.UNKNOWN, Bucket.FAILED)
        ],
    }
