"""The recipients of a campaign: state chips, search, pages, one person, CSV."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path, Query, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep, StateDep
from api.security import Principal, requires
from api.streams import people_file
from api.validation import Wrong
from api.wording import say
from domain import causes
from domain.errors import Conflict, Invalid
from domain.messages import MessageState
from domain.permissions import Permission
from domain.recipients import EXCLUSIVE, Bucket, bucket_of
from domain.sentences import Sentence
from services import exports
from services.campaigns import report
from services.campaigns.outcomes import figures, ledger, recipients
from services.campaigns.outcomes.recipients import RecipientFilter
from services.contacts import groups
from web.campaigns import words
from web.campaigns.live import shared
from web.campaigns.workflow_links import workflow_url
from web.filters import number
from web.i18n import ngettext
from web.pages import page
from web.rendering import is_htmx, redirect, render_fragment
from web.wording import error_words, said

router = APIRouter(prefix="/campaigns/{campaign_id}/recipients", include_in_schema=False)

Exporter = Annotated[Principal, requires(Permission.CONTACTS_EXPORT)]
Grouper = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]
Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]

PAGE = 50


def _known(cause: str) -> str:
    if cause and causes.by_key(cause) is None:
        raise Wrong(Sentence("filter_unknown.value"))
    return cause


class RecipientsQuery(BaseModel):
    """Which recipients; ``state`` is a bucket, ``cause`` a cause of failure."""

    state: Annotated[Bucket | None, BeforeValidator(lambda value: value or None)] = None
    cause: Annotated[str, Query(max_length=40), AfterValidator(_known)] = ""
    q: Annotated[str, Query(max_length=100)] = ""
    after: Annotated[int, Query(ge=0, le=2_147_483_647)] = 0

    def filter(self) -> RecipientFilter:
        """The filter for the service."""
        return RecipientFilter(self.state, self.cause, self.q.strip())


Wanted = Annotated[RecipientsQuery, Query()]


class GroupForm(RecipientsQuery):
    """Which recipients, and the name of the group to add them to."""

    name: Annotated[str, Query(max_length=groups.NAME_LIMIT)] = ""


@router.get("")
async def recipients_page(
    request: Request,
    campaign_id: UUID,
    principal: Reader,
    session: ReadSessionDep,
    state: StateDep,
    wanted: Wanted,
) -> Response:
    """Recipients in order of number."""
    campaign = await report.one(session, campaign_id)
    found = await recipients.page(
        session, campaign_id, wanted.filter(), after=wanted.after, limit=PAGE
    )
    counted = [(bucket, figures.people_in(campaign.progress, bucket)) for bucket in EXCLUSIVE]
    context = await shared(session, state, campaign, "recipients") | {
        "found": found,
        "wanted": wanted,
        "counts": [(bucket, people) for bucket, people in counted if people],
        "extra": wanted.state if wanted.state and wanted.state not in EXCLUSIVE else None,
        "cause": causes.by_key(wanted.cause),
        "bucket_of": lambda line: bucket_of(MessageState(line.state)),
        "cause_of": recipients.cause_of,
    }
    if is_htmx(request):
        return render_fragment(request, "campaigns/live/recipients.html", context, block="live")
    return page(request, principal, "campaigns/live/recipients.html", context)


@router.get(".csv")
async def recipients_csv(
    request: Request,
    campaign_id: UUID,
    principal: Exporter,
    session: SessionDep,
    state: StateDep,
    wanted: Wanted,
) -> Response:
    """The recipients shown, on all pages, as a file."""
    file = await exports.campaign_recipients(
        session, principal.actor, campaign_id, wanted.filter(), say
    )
    return people_file(request, principal, state, file)


@router.get("/group")
async def group_dialog(
    request: Request,
    campaign_id: UUID,
    _principal: Grouper,
    session: ReadSessionDep,
    wanted: Wanted,
) -> Response:
    """The dialog for adding the recipients shown to a group."""
    campaign = await report.one(session, campaign_id)
    cause = causes.by_key(wanted.cause)
    about = (
        said(cause.title)
        if cause
        else words.bucket(wanted.state, over=campaign.over)
        if wanted.state
        else ""
    )
    context = {
        "campaign": campaign,
        "wanted": wanted,
        "groups": await groups.every(session),
        "longest": groups.NAME_LIMIT,
        "suggested": " · ".join(filter(None, (campaign.name[:40], about)))[: groups.NAME_LIMIT],
    }
    return render_fragment(request, "campaigns/live/group.html", context)


@router.post("/group")
async def put_into_group(
    request: Request,
    campaign_id: UUID,
    principal: Grouper,
    session: SessionDep,
    form: Annotated[GroupForm, Form()],
) -> Response:
    """Add them to the group, from all pages."""
    try:
        group, added = await recipients.put_into_group(
            session, campaign_id, form.filter(), principal.actor, form.name
        )
    except (Conflict, Invalid) as problem:
        tab = "failures" if form.cause else f"recipients?state={form.state or ''}"
        return redirect(
            request, f"/campaigns/{campaign_id}/{tab}", flash=error_words(problem), tone="danger"
        )
    said = ngettext(
        "%(num)s person added to “%(group)s”", "%(num)s people added to “%(group)s”", added
    )
    flash = said % {"num": number(added), "group": group.name}
    return redirect(request, f"/contacts?group={group.id}", flash=flash)


@router.get("/{number}")
async def recipient_page(
    request: Request,
    campaign_id: UUID,
    number: Annotated[int, Path(ge=1, le=2_147_483_647)],
    principal: Reader,
    session: ReadSessionDep,
    state: StateDep,
) -> Response:
    """One recipient with every attempt: a dialog over the list, or a separate page."""
    campaign = await report.one(session, campaign_id)
    found = await ledger.ledger(session, campaign, number)
    context = {
        "campaign": campaign,
        "found": found,
        "bucket": bucket_of(MessageState(found.line.state)),
        "words": words,
        "why": ledger.why,
        "workflow_url": workflow_url(state, campaign_id),
        "as_dialog": is_htmx(request),
    }
    if is_htmx(request):
        return render_fragment(request, "campaigns/live/recipient.html", context, block="dialog")
    return page(request, principal, "campaigns/live/recipient.html", context)
