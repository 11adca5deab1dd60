"""Team settings: invite, change roles, reset passwords, deactivate."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.errors import Conflict, DomainError, Invalid
from domain.permissions import Permission, Role
from services import users
from web.i18n import gettext
from web.i18n import gettext as _
from web.rendering import redirect
from web.settings.frame import settings_page

router = APIRouter(prefix="/settings/team", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.USERS_READ)]
Writer = Annotated[Principal, requires(Permission.USERS_WRITE)]
Text = Annotated[str, Form(max_length=300)]


def roles() -> list[dict[str, str]]:
    """The roles with what they may do, most common first."""
    _ = gettext
    return [
        {
            "value": Role.AGENT,
            "title": _("Agent"),
            "description": _("Answers in the inbox; sees contacts, templates and automations."),
        },
        {
            "value": Role.MANAGER,
            "title": _("Manager"),
            "description": _(
                "Also changes contacts, templates, campaigns and automations, publishes and stops them, and creates API tokens."
            ),
        },
        {
            "value": Role.ADMIN,
            "title": _("Administrator"),
            "description": _("Everything, with channels, webhooks and the team."),
        },
    ]


async def _team_page(
    request: Request,
    principal: Principal,
    session: SessionDep,
    *,
    error: DomainError | None = None,
    values: dict[str, str] | None = None,
    handover: dict[str, str] | None = None,
) -> Response:
    context = {
        "people": await users.everyone(session),
        "roles": roles(),
        "me": principal.user_id,
        "values": values or {"email": "", "name": "", "role": Role.AGENT.value},
        "handover": handover,
    }
    return settings_page(request, principal, "team", context, error)


@router.get("")
async def team_page(request: Request, principal: Reader, session: ReadSessionDep) -> Response:
    """Everybody, and the form to invite somebody."""
    return await _team_page(request, principal, session)


@router.post("")
async def invite(
    request: Request,
    principal: Writer,
    session: SessionDep,
    role: Annotated[Role, Form()],
    email: Text = "",
    name: Text = "",
) -> Response:
    """Add a person; the generated password is shown only on this response."""
    try:
        user, password = await users.create(
            session, principal.actor, email=email, name=name, role=role
        )
    except (Invalid, Conflict) as error:
        values = {"email": email, "name": name, "role": role.value}
        return await _team_page(request, principal, session, error=error, values=values)
    handover = {"name": user.name, "email": user.email, "password": password}
    return await _team_page(request, principal, session, handover=handover)


@router.post("/{user_id}/password")
async def reset_password(
    user_id: UUID, request: Request, principal: Writer, session: SessionDep
) -> Response:
    """Generate a password, shown only on this response."""
    password = await users.reset_password(session, principal.actor, user_id, now())
    user = await users.get(session, user_id)
    handover = {"name": user.name, "email": user.email, "password": password}
    return await _team_page(request, principal, session, handover=handover)


@router.post("/{user_id}/role")
async def change_role(
    user_id: UUID,
    request: Request,
    principal: Writer,
    session: SessionDep,
    role: Annotated[Role, Form()],
) -> Response:
    """Change a person's role."""
    try:
        user = await users.change_role(session, principal.actor, user_id, role)
    except Conflict as error:
        return await _team_page(request, principal, session, error=error)
    done = _("%(name)s has a new role.") % {"name": user.name}
    return redirect(request, "/settings/team", flash=done)


@router.post("/{user_id}/deactivate")
async def deactivate(
    user_id: UUID, request: Request, principal: Writer, session: SessionDep
) -> Response:
    """Deactivate a person immediately."""
    try:
        await users.deactivate(session, principal.actor, user_id, now())
    except Conflict as error:
        return await _team_page(request, principal, session, error=error)
    return redirect(request, "/settings/team", flash=_("They can no longer sign in."))


@router.post("/{user_id}/reactivate")
async def reactivate(
    user_id: UUID, request: Request, principal: Writer, session: SessionDep
) -> Response:
    """Reactivate a person."""
    await users.reactivate(session, principal.actor, user_id)
    return redirect(request, "/settings/team", flash=_("They can sign in again."))
