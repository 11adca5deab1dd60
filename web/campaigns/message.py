"""Step 2 of the wizard: number, template, variables, and the message as recipients get it."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from domain.templates import TemplateFilter
from services.campaigns import report
from services.campaigns.drafts import example, preview, write
from services.campaigns.drafts.changes import DraftChange
from services.channels import show as numbers
from services.contacts import fields
from services.templates import search as templates
from services.templates import show
from services.templates.search import Shelf
from web import ignored, message_templates
from web.campaigns import saving, steps
from web.campaigns.saving import StepForm
from web.campaigns.steps import Draft, WizardRoute
from web.campaigns.wizard import save
from web.pages import page
from web.rendering import redirect, render_fragment

router = APIRouter(
    prefix="/campaigns/{campaign_id}", include_in_schema=False, route_class=WizardRoute
)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]


class PickerQuery(BaseModel):
    """What the template picker shows; ``pick`` opens it even if one is chosen."""

    pick: Literal["", "1"] = ""
    missing: bool = False
    q: Annotated[str, Query(max_length=200)] = ""
    category: Annotated[str, Query(max_length=40)] = ""
    language: Annotated[str, Query(max_length=20)] = ""


Picker = Annotated[PickerQuery, Query()]


@router.get("/message")
async def message_page(
    request: Request, campaign_id: UUID, principal: Writer, session: ReadSessionDep, wanted: Picker
) -> Response:
    """Step 2: the template picker, or the variables of the chosen template."""
    loaded = await steps.load(session, campaign_id, "message")
    message = await preview.message(session, loaded.campaign)
    facets = await _facets(request, session, wanted)
    shared = steps.context(
        loaded,
        channels=await numbers.numbers(session),
        template_words=message_templates,
        at=0,
        message=message,
        wanted=wanted,
        named=wanted.missing,
    )
    if message is None or wanted.pick:
        shelf = await _shelf(session, loaded.campaign.channel_id, wanted)
        picker = shared | {"facets": facets, "shelf": shelf}
        return page(request, principal, "campaigns/wizard/pick.html", picker)
    chosen = await _chosen(session, loaded, message.template_id)
    return page(request, principal, "campaigns/wizard/message.html", shared | chosen)


async def _facets(
    request: Request, session: AsyncSession, wanted: PickerQuery
) -> dict[str, list[str]]:
    """The template filters; unknown ones are ignored."""
    facets = await templates.facets(session)
    wanted.category = ignored.known(request, "category", facets["category"])
    wanted.language = ignored.known(request, "language", facets["language"])
    return facets


async def _chosen(session: AsyncSession, loaded: Draft, template_id: UUID) -> dict[str, Any]:
    """The chosen template, and what can fill its variables."""
    file = loaded.campaign.file
    return {
        "missing": await steps.missing(session, loaded),
        "fields": await fields.every(session),
        "columns": file.columns if file else [],
        "chosen": await show.require(session, template_id),
    }


@router.post("/message")
async def save_message(
    request: Request, campaign_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Save the variables, while typing or to continue."""
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
    """Send from another number; another account's template has to be chosen again."""
    change = DraftChange(channel_id=channel_id)
    await write.change(session, campaign_id, principal.actor, change, revision=None)
    return redirect(request, f"/campaigns/{campaign_id}/message")


@router.post("/template")
async def choose_template(
    request: Request,
    campaign_id: UUID,
    principal: Writer,
    session: SessionDep,
    template_id: Annotated[UUID, Form()],
) -> Response:
    """Use a template; its variables get a first guess, mapped ones stay."""
    await example.choose_template(session, principal.actor, campaign_id, template_id)
    return redirect(request, f"/campaigns/{campaign_id}/message")


@router.get("/preview")
async def preview_part(
    request: Request,
    campaign_id: UUID,
    _principal: Reader,
    session: ReadSessionDep,
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
    session: ReadSessionDep,
) -> Response:
    """The phone with a template from the picker and its samples."""
    shown = show.show(await show.require(session, template_id))
    context: dict[str, Any] = {"shown": shown, "campaign_id": campaign_id}
    return render_fragment(request, "campaigns/wizard/hover.html", context)


async def _shelf(session: AsyncSession, channel_id: UUID | None, wanted: PickerQuery) -> Shelf:
    """The templates of the number's account; none without a number."""
    channel = await numbers.number(session, channel_id)
    if channel is None:
        return Shelf([])
    account = TemplateFilter(wanted.q, wanted.language, wanted.category, waba_id=channel.waba_id)
    return await templates.shelf(session, account)


async def _saved(request: Request, session: AsyncSession, campaign_id: UUID, at: int) -> Response:
    loaded = await steps.load(session, campaign_id, "message")
    context = steps.context(
        loaded,
        message=await preview.message(session, loaded.campaign),
        missing=await steps.missing(session, loaded),
        at=at,
    )
    return render_fragment(request, "campaigns/wizard/saved.html", context)
