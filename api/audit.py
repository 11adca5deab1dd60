"""The audit log for programs: filter, page, newest first."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict

from api.deps import ReadSessionDep
from api.security import requires
from api.validation import Wrong
from domain.audit import AuditFilter
from domain.journal.facts import KINDS
from domain.permissions import Permission
from domain.sentences import Sentence
from services import audit

router = APIRouter(
    prefix="/api/audit", tags=["audit"], dependencies=[requires(Permission.AUDIT_READ)]
)


class AuditOut(BaseModel):
    """One write: who did what to which thing, before and after."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    user_id: UUID | None
    user_name: str
    actor: str
    action: str
    entity: str
    entity_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    ip: str


class AuditPage(BaseModel):
    """A page of the log; pass ``next_before`` as ``before_id`` for the next older page."""

    items: list[AuditOut]
    next_before: int | None


def _action(sent: str) -> str:
    if sent and sent not in KINDS:
        raise Wrong(Sentence("value_unknown.action"))
    return sent


class AuditQuery(BaseModel):
    """Filters; omitted ones match everything."""

    user_id: UUID | None = None
    entity: str = ""
    entity_id: str = ""
    action: Annotated[str, AfterValidator(_action)] = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
    limit: Annotated[int, Query(ge=1, le=200)] = 50


@router.get("")
async def list_entries(query: Annotated[AuditQuery, Query()], session: ReadSessionDep) -> AuditPage:
    """Entries that match, newest first."""
    found = await audit.page(session, AuditFilter(**query.model_dump()))
    more = len(found) == query.limit
    return AuditPage(
        items=[AuditOut.model_validate(entry) for entry in found],
        next_before=found[-1].id if more else None,
    )
