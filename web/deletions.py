"""The bar that takes a deletion back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import SessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from services import deletions
from web.i18n import gettext as _
from web.rendering import redirect

router = APIRouter(prefix="/deletions", include_in_schema=False)


def address(deletion_id: UUID) -> str:
    """What the bar posts to."""
    return f"/deletions/{deletion_id}/undo"


@router.post("/{deletion_id:uuid}/undo")
async def undo(
    request: Request,
    deletion_id: UUID,
    principal: Annotated[Principal, requires(Permission.CONTACTS_WRITE)],
    session: SessionDep,
) -> Response:
    """Everything is back where it was; the page shows it."""
    await deletions.undo(session, principal.actor, deletion_id)
    return redirect(request, "", flash=_("Back again."))
