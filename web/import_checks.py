"""The check page of an import: its first rows, and the dry run done by a worker."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep, StateDep, discard
from api.security import Principal, requires
from api.state import AppState
from domain.contacts import ImportStatus
from domain.errors import Conflict, DomainError, Invalid
from domain.imports import KEPT_ERRORS, Import, Target
from domain.permissions import Permission
from services.imports import preview, report, run
from web import countries
from web.pages import page
from web.rendering import redirect, render_fragment
from web.wording import error_words, said

router = APIRouter(prefix="/contacts", include_in_schema=False)

Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]


async def result_of(
    request: Request, session: SessionDep, state: AppState, record: Import
) -> dict[str, Any]:
    """What pages show about an import that is being checked, running or done."""
    return {
        "record": record,
        "reasons": await report.reasons(session, record.id),
        "notes": [reason for reason in record.counts.reasons if reason[3]],
        "kept": KEPT_ERRORS,
        "consent_column": next(
            (
                header
                for header, target in zip(record.options.headers, record.mapping, strict=False)
                if target == Target.CONSENT
            ),
            "",
        ),
        "countries": countries.views(request, record.counts.countries, record.counts.surprising),
        "engine_away": await _engine_away(state, record),
    }


async def _engine_away(state: AppState, record: Import) -> bool:
    """Whether work has not started because Temporal does not answer."""
    waiting = record.status in {ImportStatus.RUNNING, ImportStatus.CHECKING}
    return waiting and not record.counts.done and not await state.workflows.reachable()


@router.get("/import/{import_id}/check")
async def check_page(
    request: Request, import_id: UUID, principal: Writer, session: ReadSessionDep, state: StateDep
) -> Response:
    """The first rows as they would be imported; the numbers follow once counted."""
    record = await preview.get(session, import_id)
    if record.status in {ImportStatus.RUNNING, ImportStatus.COMPLETED}:
        return redirect(request, f"/contacts/import/{import_id}")
    custom, rows = await preview.first_rows(session, record, state.data_dir)
    context = {
        "record": record,
        "fields": custom,
        "rows": rows,
        "country_names": countries.names(request),
        "says_consent": record.options.agreed or Target.CONSENT in record.mapping,
    }
    return page(request, principal, "imports/check.html", context)


@router.post("/import/{import_id}/check")
async def count(
    request: Request, import_id: UUID, principal: Writer, session: SessionDep, state: StateDep
) -> Response:
    """Have a worker count what would be new, changed, duplicate and wrong, showing its progress."""
    try:
        record = await run.request_check(session, import_id, principal.actor)
    except (Invalid, Conflict) as error:
        return _count_failed(request, error)
    return await _counts(request, session, state, record)


@router.get("/import/{import_id}/counts")
async def counts_fragment(
    request: Request, import_id: UUID, _principal: Writer, session: ReadSessionDep, state: StateDep
) -> Response:
    """The dry run's progress or result."""
    return await _counts(request, session, state, await preview.get(session, import_id))


async def _counts(
    request: Request, session: SessionDep, state: StateDep, record: Import
) -> Response:
    if record.status in run.UNDER_WAY:
        return redirect(request, f"/contacts/import/{record.id}")
    context = await result_of(request, session, state, record) | {"error": said(record.error)}
    return render_fragment(request, "imports/counts.html", context)


def _count_failed(request: Request, error: DomainError) -> Response:
    discard(request)
    context: dict[str, Any] = {"record": None, "reasons": [], "error": error_words(error)}
    return render_fragment(request, "imports/counts.html", context)
