"""The list of campaigns, and creating or deleting drafts."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.campaigns import ACTIVE, CampaignStatus
from domain.errors import Conflict
from domain.permissions import Permission
from services import deletions
from services.campaigns import report
from services.campaigns.drafts import example, write
from services.campaigns.progress import pace
from services.campaigns.views import CampaignView
from web.campaigns import words
from web.deletions import address as undo_address
from web.i18n import gettext as _
from web.pages import page
from web.rendering import is_htmx, redirect, render_fragment
from web.wording import error_words

router = APIRouter(prefix="/campaigns", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]

PAGE = 30
SHOWN = (
    CampaignStatus.DRAFT, CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED,
    CampaignStatus.HELD, CampaignStatus.COMPLETED, CampaignStatus.STOPPED,
)  # fmt: skip


class ListQuery(BaseModel):
    """What the list shows."""

    status: Annotated[CampaignStatus | None, BeforeValidator(lambda value: value or None)] = None
    q: Annotated[str, Query(max_length=120)] = ""
    archived: Literal["", "1"] = ""
    after: Annotated[str, Query(max_length=200)] = ""


@router.get("")
async def list_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    wanted: Annotated[ListQuery, Query()],
) -> Response:
    """Newest campaigns first."""
    found = await report.listed(
        session,
        status=wanted.status,
        search=wanted.q.strip(),
        archived=bool(wanted.archived),
        cursor=wanted.after,
        limit=PAGE,
    )
    shown = found.items
    counts = await report.count_by_status(session)
    context = {
        "campaigns": shown,
        "next_cursor": found.next_cursor or "",
        "wanted": wanted,
        "counts": [(status, counts[status]) for status in SHOWN if counts.get(status)],
        "total": sum(counts.values()),
        "archived": await report.count_archived(session),
        "rooms": rooms(shown),
        "tries": await pace.next_tries(session, shown, now()),
        "words": words,
        "fragment": is_htmx(request),
    }
    if context["fragment"]:
        return render_fragment(request, "campaigns/list.html", context, block="rows")
    return page(request, principal, "campaigns/list.html", context)


def rooms(campaigns: list[CampaignView]) -> str:
    """The live rooms of a list: all campaigns, and the active ones on it."""
    moving = [f"campaign:{item.id}" for item in campaigns if item.status in ACTIVE]
    return " ".join(["campaigns", *moving])


@router.post("")
async def create(request: Request, principal: Writer, session: SessionDep) -> Response:
    """Open the wizard with a dated name; it becomes a draft once something is typed."""
    name = _("Campaign of %(day)s") % {"day": f"{now():%-d %b %Y}"}
    made = await write.begin(session, principal.actor, name)
    return redirect(request, f"/campaigns/{made.id}/audience")


@router.post("/example")
async def create_example(request: Request, principal: Writer, session: SessionDep) -> Response:
    """A complete draft made from existing data, ready for review."""
    try:
        made = await example.create(session, principal.actor)
    except Conflict as problem:
        return redirect(request, "/campaigns", flash=error_words(problem), tone="warning")
    return redirect(request, f"/campaigns/{made.id}/review", flash=_("Here is an example draft."))


@router.post("/{campaign_id}/delete")
async def delete(
    request: Request, campaign_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Delete a draft, or a campaign that messaged nobody."""
    deletion = await deletions.campaign(session, principal.actor, campaign_id)
    return redirect(
        request, "/campaigns", flash=_("Deleted"), undo=undo_address(deletion, campaign=True)
    )
