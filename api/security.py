"""Who is asking and what they may do: every route declares one permission through ``requires``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Mount

from api import csrf
from api.clock import now
from api.cookies import session_cookie
from api.deps import StateDep, address_of, glance
from api.errors import Unauthorized
from api.limits import Allowance, too_many
from api.state import AppState
from domain.actors import Actor
from domain.errors import Forbidden
from domain.permissions import GRANTS, WORDS, Permission, Role
from domain.sentences import Text
from services import sessions, tokens

Via = Literal["session", "token"]

PROGRAMS = "/api/"
"""The paths API tokens work for; pages are for people."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The signed-in person behind a request, with what this request may do."""

    user_id: UUID
    role: Role
    name: str
    email: str
    actor: Actor
    permissions: frozenset[Permission]
    timezone: str
    locale: str
    via: Via
    session_hash: bytes = b""
    token: tokens.Maker | None = None

    def may(self, permission: Permission) -> bool:
        """Whether this request may use the permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless this request may use the permission."""
        if permission in self.permissions:
            return
        if self.via == "token" and permission in GRANTS[self.role]:
            raise Forbidden("forbidden.scope", permission=permission.value)
        about = Text(WORDS.get(permission, permission.value))
        raise Forbidden("forbidden.role", about=about)

    def require_to_grant(self, role: Role) -> None:
        """Raise Forbidden unless this request itself has everything the role would grant."""
        missing = sorted(GRANTS[role] - self.permissions)
        if missing:
            raise Forbidden("grant_too_wide", role=role.value, missing=missing[0].value)

    def require_person(self) -> None:
        """Raise Forbidden for a token: sessions and passwords belong to people."""
        if self.via != "session":
            raise Forbidden("person_needed")


async def admit(request: Request, state: AppState, permission: Permission) -> None:
    """Admit a request to its body, or raise: who is asking, may they, and from our own page?

    None of the body is read here. A form may contain the proof in a field, which ``current`` checks.
    """
    principal = await identify(request, state)
    if principal is None:
        raise Unauthorized
    # First, so that an error page knows its viewer.
    request.state.principal = principal
    for prepare in state.on_signed_in:
        prepare(request, principal)
    if not request.scope["path"].startswith(PROGRAMS):
        principal.require_person()
    principal.require(permission)
    if principal.via == "session" and request.method not in csrf.SAFE_METHODS:
        csrf.check_head(request, state, principal.session_hash)
    key = str(principal.user_id) if principal.via == "session" else principal.actor.label
    request.state.allowance = await _take(state, key)


async def _take(state: AppState, key: str) -> Allowance:
    """Count one call, for this process immediately and for all processes every few calls."""
    tabs = state.limiter.tabs
    if seconds := tabs.seconds_closed(key):
        raise too_many(seconds)
    allowance = state.limiter.take(key)
    if told := tabs.count(key):
        async with glance(state) as session:
            await tabs.tell(session, key, told)
    return allowance


async def current(request: Request, state: StateDep) -> Principal:
    """The principal that ``admit`` let in; raises Unauthorized."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise Unauthorized
    if principal.via == "session" and request.method not in csrf.SAFE_METHODS:
        await csrf.check(request, state, principal.session_hash)
    return principal


async def identify(
    connection: HTTPConnection, state: AppState, *, touch: bool = True
) -> Principal | None:
    """Who the bearer token or session cookie identifies; None if neither is valid.

    Uses a connection that is returned immediately, one statement at a time, so that the request holds nothing while it
    waits. ``touch=False`` does not count as use, so that an idle open page ages.
    """
    ip = address_of(connection)
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    cookie = session_cookie(connection, state.settings)
    bearer = scheme.lower() == "bearer"
    if not bearer and not cookie:
        return None
    hours = state.settings.session_hours if touch else None
    async with glance(state) as session:
        if bearer:
            return _from_token(await tokens.resolve(session, token.strip(), now()), ip)
        return _from_session(await sessions.resolve(session, cookie, now(), hours), ip)


def _from_session(signed_in: sessions.SignedIn | None, ip: str) -> Principal | None:
    if signed_in is None:
        return None
    user = signed_in.user
    return Principal(
        user_id=user.id,
        role=user.role,
        name=user.name,
        email=user.email,
        actor=Actor("user", user.id, ip),
        permissions=GRANTS[user.role],
        timezone=user.timezone,
        locale=user.locale,
        via="session",
        session_hash=signed_in.token_hash,
    )


def _from_token(bearer: tokens.Bearer | None, ip: str) -> Principal | None:
    if bearer is None:
        return None
    user = bearer.user
    return Principal(
        user_id=user.id,
        role=user.role,
        name=user.name,
        email=user.email,
        actor=Actor(f"token:{bearer.prefix}", user.id, ip),
        permissions=(bearer.scopes & GRANTS[user.role]) | {Permission.SIGNED_IN},
        timezone=user.timezone,
        locale=user.locale,
        via="token",
        token=tokens.Maker(bearer.id, bearer.expires_at),
    )


@dataclass(frozen=True, slots=True)
class Requirement:
    """A dependency that requires one permission."""

    permission: Permission

    def __call__(self, principal: Annotated[Principal, Depends(current)]) -> Principal:
        """The principal, if it has the permission."""
        principal.require(self.permission)
        return principal


@dataclass(frozen=True, slots=True)
class Open:
    """A dependency that declares a route as public."""

    permission: Permission = Permission.PUBLIC

    def __call__(self) -> None:
        """Check nothing."""


def requires(permission: Permission) -> Any:
    """Declare the one permission of a route: ``Annotated[Principal, requires(Permission.X)]``.

    With PUBLIC nothing is checked and the value is None; use it in ``dependencies=[...]``.
    """
    return Depends(Open() if permission is Permission.PUBLIC else Requirement(permission))


Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def requires_itself(permission: Permission) -> Callable[[Endpoint], Endpoint]:
    """Declare the permission of an endpoint that checks it in its own body (the WebSocket)."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["permission"] = permission
        return endpoint

    return mark


def declared(dependant: Dependant) -> Iterator[Permission]:
    """The permissions a route declares anywhere in its dependencies."""
    for dependency in dependant.dependencies:
        permission = getattr(dependency.call, "permission", None)
        if isinstance(permission, Permission):
            yield permission
        yield from declared(dependency)


def permissions_of(route: BaseRoute | RouteContext) -> list[Permission]:
    """Every permission one route declares (exactly one is right)."""
    dependant = getattr(route, "dependant", None)
    found = list(declared(dependant)) if isinstance(dependant, Dependant) else []
    own = getattr(getattr(route, "endpoint", None), "permission", None)
    return [*found, own] if isinstance(own, Permission) else found


def guard_of(route: BaseRoute | RouteContext) -> Permission | None:
    """The permission required before a route sees anything; None if it checks by itself."""
    dependant = getattr(route, "dependant", None)
    found = list(_guards(dependant)) if isinstance(dependant, Dependant) else []
    return found[0] if found else None


def _guards(dependant: Dependant) -> Iterator[Permission]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Requirement):
            yield dependency.call.permission
        yield from _guards(dependency)


def undeclared(routes: list[BaseRoute]) -> list[str]:
    """Routes that break deny by default: none or several permissions; only /static is exempt."""
    return [
        f"{sorted(route.methods or ['WS'])} {route.path}"
        for route in iter_route_contexts(routes)
        if not (isinstance(route.original_route, Mount) and route.path == "/static")
        and len(permissions_of(route)) != 1
    ]
