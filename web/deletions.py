"""The toast that undoes a deletion."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import SessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from services import deletions
from services.deletions import TakenBack
from web.i18n import gettext as _
from web.i18n import ngettext
from web.rendering import redirect

router = APIRouter(prefix="/deletions", include_in_schema=False)


def address(deletion_id: UUID, *, campaign: bool = False) -> str:
    """The endpoints the toast posts to."""
    return f"/deletions/{'campaigns/' if campaign else ''}{deletion_id}/undo"


@router.post("/{deletion_id:uuid}/undo")
async def undo(
    request: Request,
    deletion_id: UUID,
    principal: Annotated[Principal, requires(Permission.CONTACTS_WRITE)],
    session: SessionDep,
) -> Response:
    """Restore contacts, groups and fields, and refresh the page."""
    back = await deletions.undo(session, principal.actor, deletion_id)
    return redirect(request, "", flash=_said(back))


@router.post("/campaigns/{deletion_id:uuid}/undo")
async def undo_campaign(
    request: Request,
    deletion_id: UUID,
    principal: Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)],
    session: SessionDep,
) -> Response:
    """Restore a campaign, and refresh the page."""
    back = await deletions.undo(session, principal.actor, deletion_id, campaign=True)
    return redirect(request, "", flash=_said(back))


def _said(back: TakenBack) -> str:
    if not back.replaced:
        return _("Back again.")
    words = ngettext(
        "Restored, except for %(num)s contact that has been added again since.",
        "Restored, except for %(num)s contacts that have been added again since.",
        back.replaced,
    )
    return words % {"num": f"{back.replaced:,}"}
