"""Step 2 of the wizard: number, template, variables, and the message as real people get it."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import SessionDep
from api.security import Principal, requires
from domain.campaigns import Variable
from domain.permissions import Permission
from services.campaigns import draft, example, preview, report
from services.campaigns.draft_change import DraftChange
from services.contacts import fields
from services.templates import show
from services.templates.show import ShownTemplate
from store import channels, templates
from store.templates import TemplateFilter
from web import ignored, message_templates
from web.campaigns import saving, steps
from web.campaigns.saving import StepForm
from web.campaigns.steps import WizardRoute
from web.campaigns.wizard import save
from web.pages import page
from web.rendering import redirect, render_fragment

router = APIRouter(
    prefix="/campaigns/{campaign_id}", include_in_schema=False, route_class=WizardRoute
)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]

MOST_TEMPLATES = 60


class PickerQuery(BaseModel):
    """What the template picker shows; ``pick`` opens it although one is chosen."""

    pick: Literal["", "1"] = ""
    missing: bool = False
    q: Annotated[str, Query(max_length=200)] = ""
    category: Annotated[str, Query(max_length=40)] = ""
    language: Annotated[str, Query(max_length=20)] = ""


Picker = Annotated[PickerQuery, Query()]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The templates of a number's account, those that cannot be sent last."""

    templates: list[ShownTemplate]
    facets: dict[str, list[str]]
    more: bool


@router.get("/message")
async def message_page(
    request: Request, campaign_id: UUID, principal: Writer, session: SessionDep, wanted: Picker
) -> Response:
    """Step 2: the template picker, or the variables of the chosen template."""
    loaded = await steps.load(session, campaign_id, "message")
    campaign = loaded.campaign
    message = await preview.message(session, campaign)
    numbers = await channels.list_all(session)
    facets = await templates.facets(session)
    wanted.category = ignored.known(request, "category", facets["category"])
    wanted.language = ignored.known(request, "language", facets["language"])
    shared = {
        "channels": numbers, "template_words": message_templates, "at": 0, "wanted": wanted,
        "named": wanted.missing,
    }  # fmt: skip
    if message is None or wanted.pick:
        shelf = await _shelf(session, campaign.channel_id, wanted)
        context = steps.context(loaded, message=message, shelf=shelf, **shared)
        return page(request, principal, "campaigns/wizard/pick.html", context)
    context = steps.context(
        loaded,
        message=message,
        missing=await steps.missing(session, loaded),
        fields=await fields.every(session),
        columns=campaign.file.columns if campaign.file else [],
        chosen=await show.require(session, message.template_id),
        **shared,
    )
    return page(request, principal, "campaigns/wizard/message.html", context)


@router.post("/message")
async def save_message(
    request: Request, campaign_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Save the variables; as they are typed, or to go on."""
    posted = await request.form()
    form = StepForm(revision=saving.number(posted, "revision"), go=str(posted.get("go", ""))[:20])
    change = partial(DraftChange, variables=saving.variables(posted))
    answer = await save(request, session, principal, campaign_id, "message", form, change)
    return answer or await _saved(request, session, campaign_id, saving.number(posted, "at"))


@router.post("/channel")
async def choose_channel(
    request: Request,
    campaign_id: UUID,
    principal: Writer,
    session: SessionDep,
    channel_id: Annotated[UUID, Form()],
) -> Response:
    """Send from another number; a template of another account has to be chosen anew."""
    change = DraftChange(channel_id=channel_id)
    await draft.change(session, campaign_id, principal.actor, change, revision=None)
    return redirect(request, f"/campaigns/{campaign_id}/message")


@router.post("/template")
async def choose_template(
    request: Request,
    campaign_id: UUID,
    principal: Writer,
    session: SessionDep,
    template_id: Annotated[UUID, Form()],
) -> Response:
    """Use a template; its variables get a first guess, those already mapped stay."""
    campaign = await report.one(session, campaign_id)
    known = campaign.variables
    columns = campaign.file.columns if campaign.file else []
    guessed = await example.suggested(session, template_id, columns)
    kept = {
        key: Variable(known[key].get("field", ""), known[key].get("default", ""))
        for key in guessed
        if key in known
    }
    change = DraftChange(template_id=template_id, variables=guessed | kept)
    await draft.change(session, campaign_id, principal.actor, change, revision=None)
    return redirect(request, f"/campaigns/{campaign_id}/message")


@router.get("/preview")
async def preview_part(
    request: Request,
    campaign_id: UUID,
    _principal: Reader,
    session: SessionDep,
    at: Annotated[int, Query(ge=0, le=preview.EXAMPLES)] = 0,
) -> Response:
    """The phone with the message for the next or the previous recipient."""
    campaign = await report.one(session, campaign_id)
    context = {
        "campaign": campaign, "message": await preview.message(session, campaign), "at": at,
    }  # fmt: skip
    return render_fragment(request, "campaigns/wizard/preview.html", context)


@router.get("/templates/{template_id}")
async def template_part(
    request: Request,
    campaign_id: UUID,
    template_id: UUID,
    _principal: Reader,
    session: SessionDep,
) -> Response:
    """The phone with a template of the picker and its samples."""
    shown = show.show(await show.require(session, template_id))
    context: dict[str, Any] = {"shown": shown, "campaign_id": campaign_id}
    return render_fragment(request, "campaigns/wizard/hover.html", context)


async def _shelf(session: AsyncSession, channel_id: UUID | None, wanted: PickerQuery) -> Shelf:
    channel = await channels.get(session, channel_id) if channel_id else None
    if channel is None:
        return Shelf([], {}, more=False)
    rows = await templates.page(
        session,
        TemplateFilter(wanted.q, wanted.language, wanted.category, waba_id=channel.waba_id),
        after=None,
        limit=MOST_TEMPLATES + 1,
    )
    shown = [show.show(row) for row in rows[:MOST_TEMPLATES]]
    shown.sort(key=lambda item: item.problem is not None)
    return Shelf(shown, await templates.facets(session), len(rows) > MOST_TEMPLATES)


async def _saved(request: Request, session: AsyncSession, campaign_id: UUID, at: int) -> Response:
    loaded = await steps.load(session, campaign_id, "message")
    context = steps.context(
        loaded,
        message=await preview.message(session, loaded.campaign),
        missing=await steps.missing(session, loaded),
        at=at,
    )
    return render_fragment(request, "campaigns/wizard/saved.html", context)
