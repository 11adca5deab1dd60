"""The list of automations: search, create, and what can be done with each."""

import json
from collections.abc import Awaitable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, UploadFile
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.automations.graphs import MOST_BYTES
from domain.automations.status import AutomationStatus
from domain.errors import Conflict, Invalid
from domain.live import Room
from domain.permissions import Permission
from services.automations import control, copying, drafts, exchange, listing
from web.automations import words
from web.i18n import gettext as _
from web.pages import page
from web.rendering import is_htmx, redirect, render_fragment
from web.wording import error_words

router = APIRouter(prefix="/automations", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUTOMATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.AUTOMATIONS_WRITE)]
Runner = Annotated[Principal, requires(Permission.AUTOMATIONS_RUN)]

PAGE = 30


class ListQuery(BaseModel):
    """What the list shows."""

    status: Annotated[AutomationStatus | None, BeforeValidator(lambda value: value or None)] = None
    q: Annotated[str, Query(max_length=120)] = ""
    archived: Literal["", "1"] = ""
    after: Annotated[str, Query(max_length=200)] = ""


class NewForm(BaseModel):
    """A new automation: its starter, or empty for a blank one."""

    starter: Annotated[str, Field(max_length=40)] = ""


@router.get("")
async def list_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    wanted: Annotated[ListQuery, Query()],
) -> Response:
    """Newest automations first."""
    found = await listing.page(
        session, status=wanted.status, search=wanted.q.strip(), archived=bool(wanted.archived),
        cursor=wanted.after, limit=PAGE,
    )  # fmt: skip
    totals = await listing.totals(session)
    context = {
        "automations": found.items,
        "next_cursor": found.next_cursor or "",
        "wanted": wanted,
        "counts": [(status, totals[status]) for status in AutomationStatus if totals[status]],
        "total": sum(totals[status] for status in AutomationStatus),
        "archived": totals["archived"],
        "room": Room.AUTOMATIONS,
        "words": words,
        "fragment": is_htmx(request),
    }
    if context["fragment"]:
        return render_fragment(request, "automations/list.html", context, block="rows")
    return page(request, principal, "automations/list.html", context)


@router.post("")
async def create(
    request: Request, principal: Writer, session: SessionDep, form: Annotated[NewForm, Form()]
) -> Response:
    """A draft, blank or from a starter, opened in the builder."""
    names = {starter.key: name for starter, name, _about, _icon in words.starters()}
    name = names.get(form.starter, _("New automation"))
    made = await drafts.create(session, principal.actor, name, starter=form.starter)
    return redirect(request, f"/automations/{made.item.id}")


@router.post("/import")
async def import_file(
    request: Request, principal: Writer, session: SessionDep, file: UploadFile
) -> Response:
    """A draft from an exported file."""
    try:
        made = await exchange.imported(session, principal.actor, _read(await file.read(MOST_BYTES)))
    except Invalid as problem:
        return redirect(request, "/automations", flash=error_words(problem), tone="danger")
    return redirect(request, f"/automations/{made.item.id}", flash=_("Imported as a draft"))


def _read(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid("automation_file", field="file") from None
    if not isinstance(found, dict):
        raise Invalid("automation_file", field="file")
    return found


@router.post("/{automation_id:uuid}/pause")
async def pause(
    request: Request, automation_id: UUID, principal: Runner, session: SessionDep
) -> Response:
    """Hold everybody where they are."""
    done = control.pause(session, principal.actor, automation_id)
    return await _changed(request, done, _("Paused. Everybody stays where they are."))


@router.post("/{automation_id:uuid}/resume")
async def resume(
    request: Request, automation_id: UUID, principal: Runner, session: SessionDep
) -> Response:
    """Let it act again."""
    done = control.resume(session, principal.actor, automation_id)
    return await _changed(request, done, _("Live again"))


@router.get("/{automation_id:uuid}/archive")
async def archive_dialog(
    request: Request, automation_id: UUID, _principal: Runner, session: ReadSessionDep
) -> Response:
    """Ask for confirmation before archiving it."""
    context = {"automation": (await listing.one(session, automation_id)).item}
    return render_fragment(request, "automations/archive.html", context)


@router.post("/{automation_id:uuid}/archive")
async def archive(
    request: Request, automation_id: UUID, principal: Runner, session: SessionDep
) -> Response:
    """Take it out of the list."""
    done = copying.archive(session, principal.actor, automation_id)
    return await _changed(request, done, _("Archived"))


@router.post("/{automation_id:uuid}/unarchive")
async def unarchive(
    request: Request, automation_id: UUID, principal: Runner, session: SessionDep
) -> Response:
    """Put it back into the list."""
    done = copying.unarchive(session, principal.actor, automation_id)
    return await _changed(request, done, _("Back in the list"))


@router.post("/{automation_id:uuid}/duplicate")
async def duplicate(
    request: Request, automation_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """A draft with the same steps, opened in the builder."""
    made = await copying.duplicate(session, principal.actor, automation_id)
    said = _("This is the copy, a draft. The original stays as it is.")
    return redirect(request, f"/automations/{made.item.id}", flash=said)


async def _changed(request: Request, change: Awaitable[object], said: str) -> Response:
    """Do it and show the list again as it was narrowed, or say why not."""
    back = "" if is_htmx(request) else "/automations"
    try:
        await change
    except (Conflict, Invalid) as problem:
        return redirect(request, back, flash=error_words(problem), tone="warning")
    return redirect(request, back, flash=said)
