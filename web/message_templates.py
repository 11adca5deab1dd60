"""Pages of message templates: the list by name, and one template in all its languages."""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep, StateDep
from api.security import Principal, requires
from domain.errors import Conflict
from domain.permissions import Permission
from domain.templates import TemplateFilter
from services.campaigns.drafts import example
from services.templates import search, show, sync
from web import ignored
from web.i18n import gettext as _
from web.pages import page
from web.rendering import redirect, render_fragment
from web.wording import error_words, speech

router = APIRouter(prefix="/templates", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.TEMPLATES_READ)]
Writer = Annotated[Principal, requires(Permission.TEMPLATES_WRITE)]


class ListQuery(BaseModel):
    """What the list shows; ``part`` requests only the list, to refresh it in place."""

    q: Annotated[str, Query(max_length=200)] = ""
    language: Annotated[str, Query(max_length=20)] = ""
    category: Annotated[str, Query(max_length=40)] = ""
    status: Annotated[str, Query(max_length=40)] = ""
    after: Annotated[str, Query(max_length=2000)] = ""
    part: Literal["", "list"] = ""


def language_name(code: str) -> str:
    """A language in the viewer's own words: "Portuguese (Brazil)" for pt_BR."""
    return speech().language(code)


def category_name(code: str) -> str:
    """Meta's category in words."""
    words = {
        "MARKETING": _("Marketing"),
        "UTILITY": _("Utility"),
        "AUTHENTICATION": _("Login codes"),
    }
    return words.get(code, code)


def status_name(code: str) -> str:
    """Meta's status in words."""
    words = {
        "APPROVED": _("Approved"),
        "PENDING": _("In review"),
        "IN_APPEAL": _("In appeal"),
        "REJECTED": _("Rejected"),
        "PAUSED": _("Paused"),
        "DISABLED": _("Switched off"),
        "ARCHIVED": _("Archived"),
        "LOCKED": _("Locked"),
        "LIMIT_EXCEEDED": _("Over the limit"),
        "PENDING_DELETION": _("Being deleted"),
        "DELETED": _("Deleted"),
    }
    return words.get(code, code)


def aside_reason(code: str) -> str:
    """Why a template was set aside, and what to do about it."""
    words = {
        "no_name": _(
            "WhatsApp lists it without a usable name or language. Look at it in WhatsApp Manager."
        ),
        "unreadable": _(
            "It has a structure this version does not know. Everything else is up to date."
        ),
        "not_stored": _(
            "It could not be stored. Shorten or recreate it in WhatsApp Manager, then sync again."
        ),
        "characters": _("Its text has characters that cannot be stored; they are shown as �."),
    }
    return words.get(code, code)


WORDS = {"language": language_name, "category": category_name, "status": status_name}
"""Functions for templates that name Meta's codes."""


def _options(facets: Mapping[str, list[str]]) -> dict[str, list[tuple[str, str]]]:
    """The filters' choices, sorted by label."""
    codes = {**facets, "status": [*facets["status"], "DELETED"]}
    return {
        kind: sorted(((code, WORDS[kind](code)) for code in found), key=lambda option: option[1])
        for kind, found in codes.items()
    }


@router.get("")
async def list_page(
    request: Request,
    query: Annotated[ListQuery, Query()],
    principal: Reader,
    session: ReadSessionDep,
) -> Response:
    """Templates grouped by name."""
    options = _options(await search.facets(session))
    for name, offered in options.items():
        codes = [code for code, _label in offered]
        setattr(query, name, ignored.known(request, name, codes))
    wanted = TemplateFilter(
        search=query.q, language=query.language, category=query.category, status=query.status
    )
    found = await search.groups(session, wanted, cursor=query.after)
    context = {
        "groups": found.groups,
        "next_cursor": found.next_cursor,
        "filters": query,
        "filtered": wanted != TemplateFilter(),
        "options": options,
        "synced_at": await search.last_synced_at(session),
        "words": WORDS,
        "asides": await search.asides(session),
        "aside_reason": aside_reason,
        "has_channel": bool(await search.channels_to_sync(session)),
    }
    if query.part == "list":
        return render_fragment(request, "templates/list.html", context, block="list")
    return page(request, principal, "templates/list.html", context)


@router.post("/sync")
async def sync_templates(request: Request, _principal: Writer, state: StateDep) -> Response:
    """Start fetching the templates of every account; the list refreshes itself when done."""
    try:
        channel_ids = await sync.start(state.reads, state.workflows.sync_templates)
    except Conflict as error:
        return redirect(request, "/templates", flash=error_words(error), tone="danger")
    if not channel_ids:
        return redirect(request, "/channels/new", flash=_("Connect a number first."), tone="info")
    text = _("Fetching templates from WhatsApp. The list refreshes by itself.")
    return redirect(request, "/templates", flash=text, tone="info")


@router.get("/{template_id}")
async def detail_page(
    request: Request,
    template_id: UUID,
    principal: Reader,
    session: ReadSessionDep,
    part: Literal["", "detail"] = "",
) -> Response:
    """One template: a phone preview for each language, variables, state."""
    languages = await show.languages(session, template_id)
    chosen = next(item for item in languages if item.row.id == template_id)
    context = {"languages": languages, "chosen": chosen, "words": WORDS}
    if part == "detail":
        return render_fragment(request, "templates/detail.html", context, block="detail")
    return page(request, principal, "templates/detail.html", context)


@router.post("/{template_id}/campaign")
async def use_in_campaign(
    request: Request,
    template_id: UUID,
    principal: Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)],
    session: SessionDep,
) -> Response:
    """A new campaign draft with this template, on a number in its account."""
    made = await example.from_template(session, principal.actor, template_id)
    return redirect(request, f"/campaigns/{made.id}/audience")
