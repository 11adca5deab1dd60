"""Secret values for headers of automations' HTTP requests: set, replaced, deleted, and never shown again."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep, StateDep
from api.security import Principal, requires
from domain.errors import DomainError
from domain.permissions import Permission
from services.automations import secrets
from web.i18n import gettext as _
from web.rendering import redirect
from web.settings.frame import settings_page

HOME = "/settings/secrets"
router = APIRouter(prefix=HOME, include_in_schema=False)

Runner = Annotated[Principal, requires(Permission.AUTOMATIONS_RUN)]


@router.get("")
async def secrets_page(request: Request, principal: Runner, session: ReadSessionDep) -> Response:
    """The names of all secrets, and the form for one."""
    return await _page(request, principal, session)


@router.post("")
async def put(
    request: Request,
    principal: Runner,
    session: SessionDep,
    state: StateDep,
    name: Annotated[str, Form(max_length=300)] = "",
    value: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Set a value, in place of an earlier one."""
    wanted = name.strip().upper()
    try:
        await secrets.put(session, state.vault, principal.actor, wanted, value)
    except DomainError as error:
        return await _page(request, principal, session, error=error, name=name)
    return redirect(request, HOME, flash=_("%(name)s is set.") % {"name": wanted})


@router.post("/{name}/delete")
async def delete(
    request: Request,
    name: Annotated[str, Path(max_length=60)],
    principal: Runner,
    session: SessionDep,
) -> Response:
    """Delete one; requests that name it fail from now on."""
    await secrets.delete(session, principal.actor, name)
    return redirect(request, HOME, flash=_("Secret deleted."))


async def _page(
    request: Request,
    principal: Principal,
    session: AsyncSession,
    *,
    error: DomainError | None = None,
    name: str = "",
) -> Response:
    context = {"secrets": await secrets.names(session), "name": name}
    return settings_page(request, principal, "secrets", context, error)
