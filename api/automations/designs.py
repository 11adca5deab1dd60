"""Automations: the list, drafts, versions, copies and files."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.automations.outcomes import VersionDocumentOut, VersionOut
from api.automations.shapes import (
    AutomationIn,
    AutomationItemOut,
    AutomationOut,
    AutomationPageOut,
    CopyIn,
    DraftIn,
    DraftOut,
    FileIn,
    NameIn,
    RevisionIn,
    SavedOut,
    problems_of,
)
from api.automations.who import Reader, Writer
from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from domain.automations.status import AutomationStatus
from services.automations import copying, drafts, exchange, listing

router = APIRouter(prefix="/api/automations", tags=["automations"], route_class=IdempotentRoute)

Number = Annotated[int, Path(ge=1, le=2_147_483_647)]


@router.get("")
async def list_automations(
    _principal: Reader,
    session: ReadSessionDep,
    status: AutomationStatus | None = None,
    q: Annotated[str, Query(max_length=120)] = "",
    archived: bool = False,
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AutomationPageOut:
    """Automations, newest first: the list, or the archived ones."""
    found = await listing.page(
        session, status=status, search=q, archived=archived, cursor=cursor, limit=limit
    )
    items = [AutomationItemOut.of(item) for item in found.items]
    return AutomationPageOut(items=items, next_cursor=found.next_cursor)


@router.post("", status_code=201)
async def create_automation(
    body: AutomationIn, principal: Writer, session: SessionDep
) -> AutomationOut:
    """Create a draft: empty, from a starter, or with a document copied from elsewhere."""
    made = await drafts.create(
        session, principal.actor, body.name, starter=body.starter, document=body.document
    )
    return AutomationOut.whole(made)


@router.post("/import", status_code=201)
async def import_automation(body: FileIn, principal: Writer, session: SessionDep) -> AutomationOut:
    """Create a draft from an exported file."""
    made = await exchange.imported(session, principal.actor, body.file, body.name)
    return AutomationOut.whole(made)


@router.get("/{automation_id}")
async def get_automation(
    automation_id: UUID, _principal: Reader, session: ReadSessionDep
) -> AutomationOut:
    """One automation with its draft."""
    return AutomationOut.whole(await listing.one(session, automation_id))


@router.put("/{automation_id}")
async def rename_automation(
    automation_id: UUID, body: NameIn, principal: Writer, session: SessionDep
) -> AutomationOut:
    """Give it another name."""
    named = await drafts.rename(session, principal.actor, automation_id, body.name)
    return AutomationOut.whole(named)


@router.get("/{automation_id}/draft")
async def get_draft(automation_id: UUID, _principal: Reader, session: ReadSessionDep) -> DraftOut:
    """The draft as it is now, and who saved it when."""
    return DraftOut.of(await listing.draft(session, automation_id))


@router.put("/{automation_id}/draft")
async def save_draft(
    automation_id: UUID, body: DraftIn, principal: Writer, session: SessionDep
) -> SavedOut:
    """Save a draft, unless somebody saved another one since the revision it was drawn on."""
    saved = await drafts.save(session, principal.actor, automation_id, body.revision, body.document)
    return SavedOut(
        revision=saved.revision, saved_at=saved.saved_at, problems=problems_of(saved.problems)
    )


@router.get("/{automation_id}/versions")
async def list_versions(
    automation_id: UUID, _principal: Reader, session: ReadSessionDep
) -> list[VersionOut]:
    """Every published version, newest first."""
    found = await listing.versions(session, automation_id)
    return [VersionOut.of(line, live=live) for line, live in found]


@router.get("/{automation_id}/versions/{version}")
async def get_version(
    automation_id: UUID, version: Number, _principal: Reader, session: ReadSessionDep
) -> VersionDocumentOut:
    """A published version with its document."""
    return VersionDocumentOut.whole(await listing.version(session, automation_id, version))


@router.post("/{automation_id}/versions/{version}/restore")
async def restore_version(
    automation_id: UUID,
    version: Number,
    body: RevisionIn,
    principal: Writer,
    session: SessionDep,
) -> DraftOut:
    """Make a published version the draft; nothing acts differently until it is published."""
    draft = await drafts.restore(session, principal.actor, automation_id, version, body.revision)
    return DraftOut.of(draft)


@router.post("/{automation_id}/duplicate", status_code=201)
async def duplicate_automation(
    automation_id: UUID, principal: Writer, session: SessionDep, body: CopyIn | None = None
) -> AutomationOut:
    """Create a draft with the same document."""
    name = body.name if body else ""
    return AutomationOut.whole(
        await copying.duplicate(session, principal.actor, automation_id, name)
    )


@router.get("/{automation_id}/export")
async def export_automation(
    automation_id: UUID, response: Response, _principal: Reader, session: ReadSessionDep
) -> dict[str, Any]:
    """The draft as a file that can be imported elsewhere."""
    file = await exchange.exported(session, automation_id)
    called = quote(f"{file['name']}.json", safe="")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"automation.json\"; filename*=UTF-8''{called}"
    )
    return file
