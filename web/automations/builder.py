"""The page of the builder: its frame and words; the island draws the rest from the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import ReadSessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from services.automations import listing
from web.automations import words
from web.pages import page

router = APIRouter(prefix="/automations", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUTOMATIONS_READ)]


@router.get("/{automation_id:uuid}")
async def builder_page(
    request: Request, automation_id: UUID, principal: Reader, session: ReadSessionDep
) -> Response:
    """One automation in the builder; what the viewer may not change is shown only."""
    context = {
        "automation": (await listing.one(session, automation_id)).item,
        "may_write": principal.may(Permission.AUTOMATIONS_WRITE),
        "may_run": principal.may(Permission.AUTOMATIONS_RUN),
        "failures": words.failures(),
    }
    return page(request, principal, "automations/builder.html", context)
