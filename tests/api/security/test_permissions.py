"""Deny by default: every route declares one permission, and it holds for every role."""

import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import RouteContext, iter_route_contexts

from api import security
from api.app import check_permissions
from domain.permissions import GRANTS, Permission, Role
from settings import Settings
from tests.conftest import LoginAs
from web.app import create_app

SIGN_IN_ROUTES = {"/api/auth/login", "/api/auth/logout", "/login", "/logout"}


def routes(app: FastAPI) -> Iterator[tuple[RouteContext, Permission]]:
    """Every HTTP route with its permission."""
    for route in iter_route_contexts(app.routes):
        if route.path != "/static" and route.methods:
            (permission,) = security.permissions_of(route)
            yield route, permission


def url(route: RouteContext) -> str:
    """The route's address with ids that name nothing."""
    return re.sub(r"\{[^}]+\}", str(uuid4()), route.path or "")


async def test_every_route_declares_one_permission(app: FastAPI) -> None:
    assert security.undeclared(app.routes) == []


async def test_strangers_pass_only_public_routes(app: FastAPI, client: httpx.AsyncClient) -> None:
    reached = []
    for route, permission in routes(app):
        for method in sorted(route.methods or ()):
            if permission is Permission.PUBLIC or route.path in ("/docs", "/openapi.json"):
                continue
            answer = await client.request(method, url(route))
            signed_out = answer.status_code == 401 or (
                answer.status_code == 303 and answer.headers["location"].startswith("/login")
            )
            if not signed_out and not (route.path or "").startswith("/docs/"):
                reached.append(f"{method} {route.path} {answer.status_code}")
    assert reached == []


async def test_public_routes_are_few_and_known(app: FastAPI) -> None:
    public = {route.path for route, permission in routes(app) if permission is Permission.PUBLIC}
    assert public - SIGN_IN_ROUTES <= {
        "/health",
        "/ready",
        "/api/webhook",
        "/favicon.ico",
        "/hooks/automations/{token}",  # whoever knows the token
    }


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_is_refused_what_it_does_not_hold(
    app: FastAPI, login_as: LoginAs, role: Role
) -> None:
    client = await login_as(role)
    wrong = []
    for route, permission in routes(app):
        if permission is Permission.PUBLIC or permission in GRANTS[role]:
            continue
        for method in sorted(route.methods or ()):
            answer = await client.request(method, url(route))
            if answer.status_code == 429:
                await _wait_for_the_rate_limit(app)
                answer = await client.request(method, url(route))
            if answer.status_code != 403:
                wrong.append(f"{method} {route.path} {answer.status_code}")
    assert wrong == []


async def _wait_for_the_rate_limit(app: FastAPI) -> None:
    app.state.whatsway.limiter = type(app.state.whatsway.limiter)()


async def test_an_app_with_an_undeclared_route_does_not_start(settings: Settings) -> None:
    app = create_app(settings)
    router = APIRouter()

    @router.get("/open-by-mistake")
    async def forgotten() -> None: ...

    @router.get("/twice", dependencies=[security.requires(Permission.PUBLIC)])
    async def twice(_: None = security.requires(Permission.USERS_READ)) -> None: ...

    app.include_router(router)
    with pytest.raises(RuntimeError, match=r"open-by-mistake.*twice"):
        check_permissions(app)


@pytest.mark.fault("C5")
async def test_a_role_change_takes_effect_at_once(login_as: LoginAs) -> None:
    admin, agent = await login_as(Role.ADMIN), await login_as(Role.AGENT)
    assert (await agent.get("/api/users")).status_code == 403
    agent_id = (await agent.get("/api/auth/me")).json()["id"]
    change = await admin.put(f"/api/users/{agent_id}", json={"role": "manager"})
    assert change.status_code == 200
    assert (await agent.get("/api/users")).status_code == 200
    await admin.put(f"/api/users/{agent_id}", json={"is_active": False})
    assert (await agent.get("/api/users")).status_code == 401
