"""Labels of conversations: create, rename, paint, delete."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.errors import DomainError
from domain.permissions import Permission
from services.conversations import labels
from web.i18n import gettext as _
from web.label_colors import color_names
from web.rendering import redirect
from web.settings.frame import settings_page

HOME = "/settings/labels"
router = APIRouter(prefix=HOME, include_in_schema=False)

Writer = Annotated[Principal, requires(Permission.CONVERSATIONS_WRITE)]
Name = Annotated[str, Form(max_length=300)]
Color = Annotated[str, Form(max_length=20)]


@router.get("")
async def labels_page(request: Request, principal: Writer, session: ReadSessionDep) -> Response:
    """All labels, and the form for a new one."""
    return await _page(request, principal, session)


@router.post("")
async def create(
    request: Request,
    principal: Writer,
    session: SessionDep,
    name: Name = "",
    color: Color = "",
) -> Response:
    """A new label."""
    try:
        await labels.create(session, principal.actor, name, color)
    except DomainError as error:
        typed = {"name": name, "color": color}
        return await _page(request, principal, session, error=error, values=typed)
    return redirect(request, HOME, flash=_("Label created."))


@router.post("/{label_id:uuid}")
async def change(
    request: Request,
    label_id: UUID,
    principal: Writer,
    session: SessionDep,
    name: Name = "",
    color: Color = "",
) -> Response:
    """Another name or colour."""
    try:
        await labels.change(session, principal.actor, label_id, name=name, color=color)
    except DomainError as error:
        return await _page(request, principal, session, error=error)
    return redirect(request, HOME, flash=_("Saved."))


@router.post("/{label_id:uuid}/delete")
async def delete(
    request: Request, label_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Delete it, and take it off every conversation."""
    await labels.delete(session, principal.actor, label_id)
    return redirect(request, HOME, flash=_("Label deleted."))


async def _page(
    request: Request,
    principal: Principal,
    session: AsyncSession,
    *,
    error: DomainError | None = None,
    values: dict[str, Any] | None = None,
) -> Response:
    context = {
        "labels": await labels.every(session),
        "colors": [("", _("No color")), *color_names().items()],
        "longest": labels.NAME_LIMIT,
        "values": values or {"name": "", "color": ""},
    }
    return settings_page(request, principal, "labels", context, error)
