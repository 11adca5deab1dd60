"""API token settings: create (shown once), see last use, revoke."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.errors import Invalid
from domain.permissions import Permission
from services import tokens
from services.tokens import NewToken
from web.i18n import gettext
from web.i18n import gettext as _
from web.rendering import redirect
from web.settings.frame import settings_page

router = APIRouter(prefix="/settings/tokens", include_in_schema=False)

Owner = Annotated[Principal, requires(Permission.TOKENS_WRITE)]


def lifetimes() -> list[tuple[str, str]]:
    """How long a token may live."""
    _ = gettext
    return [
        ("7", _("7 days")),
        ("30", _("30 days")),
        ("90", _("90 days")),
        ("365", _("1 year")),
        ("0", _("Until it is revoked")),
    ]


def scope_groups(principal: Principal) -> list[tuple[str, list[str]]]:
    """The scopes this person may give, by subject: ``("Contacts", [read, write])``."""
    groups: dict[str, list[str]] = {}
    for permission in sorted(principal.permissions - tokens.NOT_SCOPES):
        groups.setdefault(permission.partition(":")[0], []).append(permission.value)
    return [(name.title(), scopes) for name, scopes in groups.items()]


def _whose(principal: Principal) -> UUID | None:
    return tokens.whose(principal.user_id, principal.permissions)


async def _tokens_page(
    request: Request,
    principal: Principal,
    session: SessionDep,
    *,
    error: Invalid | None = None,
    made: NewToken | None = None,
    values: dict[str, object] | None = None,
) -> Response:
    context = {
        "tokens": await tokens.list_for(session, _whose(principal)),
        "groups": scope_groups(principal),
        "lifetimes": lifetimes(),
        "made": made,
        "now": now(),
        "values": values or {"name": "", "days": "90", "scopes": []},
    }
    return settings_page(request, principal, "tokens", context, error)


@router.get("")
async def tokens_page(request: Request, principal: Owner, session: ReadSessionDep) -> Response:
    """Live tokens, and the form for a new one."""
    return await _tokens_page(request, principal, session)


@router.post("")
async def create(
    request: Request,
    principal: Owner,
    session: SessionDep,
    name: Annotated[str, Form(max_length=300)] = "",
    scopes: Annotated[list[str] | None, Form(max_length=100)] = None,
    days: Annotated[int, Form(ge=0, le=tokens.LONGEST_DAYS)] = 90,
) -> Response:
    """Create a token; it is shown only on this response."""
    wanted = scopes or []
    try:
        made = await tokens.create(
            session,
            principal.actor,
            user=principal.user_id,
            allowed=principal.permissions,
            name=name,
            scopes=wanted,
            expires_in_days=days or None,
            now=now(),
        )
    except Invalid as error:
        values: dict[str, object] = {"name": name, "days": str(days), "scopes": wanted}
        return await _tokens_page(request, principal, session, error=error, values=values)
    return await _tokens_page(request, principal, session, made=made)


@router.post("/{token_id}/revoke")
async def revoke(
    token_id: UUID, request: Request, principal: Owner, session: SessionDep
) -> Response:
    """Revoke a token immediately."""
    await tokens.revoke(session, principal.actor, token_id, now=now(), user_id=_whose(principal))
    return redirect(request, "/settings/tokens", flash=_("Token revoked."))
