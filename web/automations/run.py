"""One run as a timeline: what happened at each node, with the ways to its messages, its execution and its cause."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep, StateDep
from api.security import Principal, requires
from api.state import AppState
from domain.automations.states import Ending
from domain.errors import DomainError, NotFound
from domain.permissions import Permission
from services.automations import control, documents, naming, report
from services.channels import show
from services.conversations import asides
from services.messages import read
from services.receiving import log
from web.automations import run_words
from web.automations import words as automation_words
from web.automations.run_steps import story
from web.automations.workflow_links import workflow_url
from web.i18n import gettext as _
from web.pages import page
from web.rendering import is_htmx, redirect, render_fragment
from web.wording import error_words

router = APIRouter(prefix="/automations/runs/{run_id:uuid}", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUTOMATIONS_READ)]
Runner = Annotated[Principal, requires(Permission.AUTOMATIONS_RUN)]
RawReader = Annotated[Principal, requires(Permission.WEBHOOKS_READ)]


@router.get("")
async def run_page(
    request: Request, run_id: UUID, principal: Reader, session: ReadSessionDep, state: StateDep
) -> Response:
    """A run step by step."""
    context = await _context(session, state, run_id)
    if is_htmx(request):
        return render_fragment(request, "automations/run.html", context, block="live")
    return page(request, principal, "automations/run.html", context)


async def _context(session: AsyncSession, state: AppState, run_id: UUID) -> dict[str, Any]:
    view = await report.run(session, run_id)
    graph = documents.read(view.rest.graph).graph
    channel = next(
        (one for one in await show.numbers(session) if one.id == view.line.channel_id), None
    )
    conversation_id = view.line.conversation_id
    return {
        "run": view.line,
        "rest": view.rest,
        "trigger_title": view.trigger_title,
        "trigger": automation_words.trigger(view.trigger_type).text if view.trigger_type else "",
        "written": view.written,
        "cause": run_words.cause(view.rest.cause, view.rest.message_id),
        "story": story(view, graph, await naming.names(session, graph)),
        "stands": run_words.status(view.line),
        "why": run_words.reason(view.line.reason),
        "channel": channel,
        "taken": await asides.taken(session, conversation_id) if conversation_id else None,
        "retryable": view.line.ending == Ending.FAILED,
        "workflow_url": workflow_url(state, run_id),
        "words": run_words,
    }


@router.get("/raw")
async def raw_page(
    request: Request, run_id: UUID, principal: RawReader, session: ReadSessionDep
) -> Response:
    """The delivery of WhatsApp that started the run; once it has expired, what is kept of the message."""
    view = await report.run(session, run_id)
    if view.rest.message_id is None:
        raise NotFound("webhook_gone")
    record = await read.require(session, view.rest.message_id)
    personal = principal.may(Permission.WEBHOOKS_PERSONAL)
    delivery = await log.delivery(session, record.wamid, record.created_at, personal=personal)
    kept = orjson.dumps(record.payload or {}, option=orjson.OPT_INDENT_2).decode()
    context = {
        "run": view.line,
        "message": record,
        "delivery": delivery,
        "raw": delivery.raw if delivery else kept,
    }
    return page(request, principal, "automations/raw.html", context)


@router.post("/stop")
async def stop(request: Request, run_id: UUID, principal: Runner, session: SessionDep) -> Response:
    """End the run where it is."""
    try:
        await control.stop_run(session, principal.actor, run_id)
    except DomainError as problem:
        return redirect(request, f"/automations/runs/{run_id}", flash=error_words(problem), tone="warning")  # fmt: skip
    return redirect(request, f"/automations/runs/{run_id}", flash=_("Stopped"))


@router.post("/retry")
async def retry(request: Request, run_id: UUID, principal: Runner, session: SessionDep) -> Response:
    """Let a failed run go on at the node that failed."""
    try:
        await control.retry_run(session, principal.actor, run_id)
    except DomainError as problem:
        return redirect(request, f"/automations/runs/{run_id}", flash=error_words(problem), tone="warning")  # fmt: skip
    said = _("It goes on at the step that failed.")
    return redirect(request, f"/automations/runs/{run_id}", flash=said)
