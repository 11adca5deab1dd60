"""The wizard of a draft: Audience, Schedule, Review; each step has its own address and autosaves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep, StateDep, discard
from api.security import Principal, requires
from domain.campaigns import BRAKE, THROTTLE, Audience
from domain.errors import Conflict, Invalid
from domain.ids import new_id
from domain.permissions import Permission
from services import users
from services.campaigns.drafts import preview, trial, write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import launch, undo
from services.channels import show
from services.contacts import fields, groups
from web.campaigns import steps, words
from web.campaigns.file import file_context, people_context
from web.campaigns.saving import AudienceStep, ScheduleStep, StepForm, TrialStep
from web.campaigns.steps import WizardRoute
from web.i18n import gettext as _
from web.pages import page
from web.rendering import redirect, render_fragment
from web.wording import error_words

router = APIRouter(
    prefix="/campaigns/{campaign_id}", include_in_schema=False, route_class=WizardRoute
)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]
Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]

UNDO_FOR = timedelta(seconds=5)


@router.get("/audience")
async def audience_page(
    request: Request,
    campaign_id: UUID,
    principal: Writer,
    session: ReadSessionDep,
    *,
    missing: bool = False,
) -> Response:
    """Step 1: who it reaches."""
    loaded = await steps.load(session, campaign_id, "audience")
    context = steps.context(loaded, groups=await groups.every(session), named=missing)
    context |= await file_context(request, session, loaded.campaign)
    return page(request, principal, "campaigns/wizard/audience.html", context)


@router.post("/audience")
async def save_audience(
    request: Request,
    campaign_id: UUID,
    form: AudienceStep,
    principal: Writer,
    session: SessionDep,
) -> Response:
    """Save step 1, while typing or to continue."""
    answer = await save(request, session, principal, campaign_id, "audience", form, form.change)
    return answer or await _saved(request, session, campaign_id, "audience")


@router.get("/schedule")
async def schedule_page(
    request: Request,
    campaign_id: UUID,
    principal: Writer,
    session: SessionDep,
    *,
    missing: bool = False,
) -> Response:
    """Step 3: when and how fast."""
    loaded = await steps.load(session, campaign_id, "schedule")
    channel = await show.number(session, loaded.campaign.channel_id)
    if not loaded.campaign.schedule_seen:
        await write.see_schedule(session, campaign_id)
    team = await users.active(session)
    context = steps.context(
        loaded, channel=channel, team=team, named=missing, throttle=THROTTLE, brake=BRAKE
    )
    return page(request, principal, "campaigns/wizard/schedule.html", context)


@router.post("/schedule")
async def save_schedule(
    request: Request,
    campaign_id: UUID,
    form: ScheduleStep,
    principal: Writer,
    session: SessionDep,
) -> Response:
    """Save step 3, while typing or to continue."""
    answer = await save(request, session, principal, campaign_id, "schedule", form, form.change)
    return answer or await _saved(request, session, campaign_id, "schedule")


@router.get("/review")
async def review_page(
    request: Request, campaign_id: UUID, principal: Reader, session: ReadSessionDep
) -> Response:
    """Step 4: every setting, what is missing, and the launch button."""
    loaded = await steps.load(session, campaign_id, "review")
    known = {group.id: group for group in await groups.every(session)}
    audience = Audience.from_json(loaded.campaign.audience)
    context = steps.context(
        loaded,
        channel=await show.number(session, loaded.campaign.channel_id),
        message=await preview.message(session, loaded.campaign),
        at=0,
        once=new_id(),
        replies_to=await users.name(session, loaded.campaign.replies_to_id),
        audience=audience,
        fields=await fields.every(session),
        chosen=[known[item] for item in audience.group_ids if item in known],
        without=[known[item] for item in audience.excluded_group_ids if item in known],
        **await people_context(request, session, loaded.campaign),
    )
    return page(request, principal, "campaigns/wizard/review.html", context)


@router.post("/launch")
async def launch_campaign(
    request: Request,
    campaign_id: UUID,
    principal: Launcher,
    session: SessionDep,
    revision: Annotated[int, Form()],
    people: Annotated[int, Form()],
) -> Response:
    """Launch what the page showed; a second click, or a second person, gets the same live page."""
    seen = launch.Seen(revision, people)
    try:
        await launch.launch(session, campaign_id, principal.actor, now(), UNDO_FOR, seen=seen)
    except (Conflict, Invalid) as problem:
        url = f"/campaigns/{campaign_id}/review"
        return redirect(request, url, flash=error_words(problem), tone="danger")
    return redirect(request, f"/campaigns/{campaign_id}")


@router.post("/undo")
async def undo_launch(
    request: Request, campaign_id: UUID, principal: Launcher, session: SessionDep, state: StateDep
) -> Response:
    """Undo the launch; if it is too late, the live page says so."""
    try:
        await undo.undo(
            session, campaign_id, principal.actor,
            lambda: state.workflows.undo_campaign(campaign_id),
        )  # fmt: skip
    except Conflict as late:
        return redirect(
            request, f"/campaigns/{campaign_id}", flash=error_words(late), tone="danger"
        )
    return redirect(request, f"/campaigns/{campaign_id}/review", flash=words.undone())


@router.post("/test")
async def send_test(
    request: Request,
    campaign_id: UUID,
    form: TrialStep,
    principal: Launcher,
    session: SessionDep,
) -> Response:
    """Send a test to one number, with the values of the recipient in the preview."""
    url = f"/campaigns/{campaign_id}/review"
    try:
        await trial.send(
            session, campaign_id, principal.actor, form.to, form.at, f"trial:{form.once}"
        )
    except (Conflict, Invalid) as problem:
        discard(request)
        return redirect(request, url, flash=error_words(problem), tone="danger")
    return redirect(request, url, flash=_("Test on its way to %(number)s") % {"number": form.to})


async def save(
    request: Request,
    session: AsyncSession,
    principal: Principal,
    campaign_id: UUID,
    step: str,
    form: StepForm,
    change: Callable[[], DraftChange],
) -> Response | None:
    """Save a step; returns where to go next, or None while typing.

    Continuing with a problem stays on the step and shows why.
    """
    try:
        wanted = replace(change(), keep=form.go == "close")
        await write.change(session, campaign_id, principal.actor, wanted, form.revision)
    except (Conflict, Invalid) as problem:
        if not form.go:
            raise
        return redirect(
            request, f"/campaigns/{campaign_id}/{step}", flash=error_words(problem), tone="danger"
        )
    ahead = form.go in steps.STEPS and steps.STEPS.index(form.go) > steps.STEPS.index(step)
    if ahead and (await steps.load(session, campaign_id, step)).own_problems:
        return redirect(request, f"/campaigns/{campaign_id}/{step}?missing=1")
    if form.go in steps.STEPS:
        return redirect(request, f"/campaigns/{campaign_id}/{form.go}")
    if form.go:
        return redirect(request, "/campaigns", flash=_("Draft saved"))
    return None


async def _saved(request: Request, session: AsyncSession, campaign_id: UUID, step: str) -> Response:
    context = steps.context(await steps.load(session, campaign_id, step))
    return render_fragment(request, "campaigns/wizard/saved.html", context)
