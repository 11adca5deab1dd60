"""Start an automation by hand: for a contact from their page, or for those selected in the list."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.contacts import PAGE_LIMIT, Selection
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id, parse_id
from domain.permissions import Permission
from services.automations import reasons, starting_by_hand
from services.automations.starting_by_hand import MOST, Chosen, Outcome
from services.contacts import search
from web.contact_filters import LISTED, list_address, selection_of
from web.filters import number as shown
from web.i18n import gettext as _
from web.i18n import ngettext
from web.rendering import redirect, render_fragment
from web.wording import error_words, said

router = APIRouter(prefix="/automations/start", include_in_schema=False)

Runner = Annotated[Principal, requires(Permission.AUTOMATIONS_RUN)]


@router.post("/choose")
async def choose(request: Request, _principal: Runner, session: ReadSessionDep) -> Response:
    """Ask which automation, with the number of contacts."""
    form = await request.form()
    ids = await _people(session, selection_of(form))
    offered = await starting_by_hand.offered(session)
    context = {
        "ids": ids,
        "options": [(str(one), name) for one, name in offered],
        "kept": {name: form.get(name, "") for name in (*LISTED, "back")},
        "key": new_id(),
    }
    return render_fragment(request, "automations/start.html", context)


@router.post("")
async def start(request: Request, principal: Runner, session: SessionDep) -> Response:
    """Let them enter, then back to where one came from, with who could not and why."""
    form = await request.form()
    ids = await _people(session, selection_of(form))
    back = f"/contacts/{ids[0]}" if form.get("back") else list_address(form)
    try:
        outcomes = await _start(session, principal, form, ids)
    except (Conflict, Invalid, NotFound) as problem:
        return redirect(request, back, flash=error_words(problem), tone="warning")
    refused = any(one.why_not for one in outcomes)
    tone = "warning" if refused else "success"
    return redirect(request, back, flash=_told(outcomes), tone=tone)


async def _start(
    session: AsyncSession, principal: Principal, form: FormData, ids: Sequence[UUID]
) -> list[Outcome]:
    automation_id = parse_id(str(form.get("automation_id", "")))
    if automation_id is None:
        raise NotFound("automation_unknown")
    chosen = Chosen(contact_ids=ids, key=str(form.get("key", "")))
    return await starting_by_hand.start(session, principal.actor, automation_id, chosen)


async def _people(session: AsyncSession, selection: Selection) -> Sequence[UUID]:
    """The selected contacts; raises Invalid for nobody, or more than start at a time."""
    ids = selection.ids if selection.ids is not None else await _matching(session, selection)
    if not ids:
        raise Invalid("selection_empty")
    if len(ids) > MOST:
        raise Invalid("start_limit", most=MOST)
    return ids


async def _matching(session: AsyncSession, selection: Selection) -> list[UUID]:
    """All that the list showed, or one more than start at a time."""
    wanted = selection.filter
    found: list[UUID] = []
    cursor: str | None = None
    while len(found) <= MOST:
        page = await search.page(session, wanted, cursor=cursor, limit=PAGE_LIMIT)
        found += [contact.id for contact in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _told(outcomes: Sequence[Outcome]) -> str:
    """How many entered, and why others did not."""
    started = sum(one.run_id is not None for one in outcomes)
    why = Counter(one.why_not for one in outcomes if one.why_not is not None)
    if len(outcomes) == 1:
        (outcome,) = outcomes
        if outcome.why_not is None:
            return _("Started.")
        return _("Not started. %(reason)s") % {"reason": said(reasons.of_start(outcome.why_not))}
    told = ngettext("%(num)s contact started.", "%(num)s contacts started.", started)
    sentences = [told % {"num": shown(started)}]
    for code, count in why.most_common():
        left = ngettext("%(num)s not started: %(reason)s", "%(num)s not started: %(reason)s", count)
        sentences.append(left % {"num": shown(count), "reason": said(reasons.of_start(code))})
    return " ".join(sentences)
