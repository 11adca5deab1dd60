"""Rights are checked when they are used: tokens, sessions, open sockets and downloads end immediately."""

import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from sqlalchemy import text
from starlette.requests import Request

from api import security, streams
from api.cookies import SESSION
from api.limits import RateLimiter
from api.state import AppState
from domain.actors import SYSTEM
from domain.permissions import GRANTS, Permission, Role
from domain.users import User
from services import tokens, users
from tests.api.bearers import bearer, made
from tests.conftest import PASSWORD, LoginAs, MakeUser, TokenFor

pytestmark = pytest.mark.fault("C5")

OPEN = {"/docs", "/docs/{name}", "/openapi.json"}


def routes(app: FastAPI) -> list[tuple[RouteContext, Permission]]:
    """Every HTTP route that asks for somebody, with its permission."""
    found = [
        (route, security.permissions_of(route)[0])
        for route in iter_route_contexts(app.routes)
        if route.path != "/static" and route.methods
    ]
    return [
        (route, permission)
        for route, permission in found
        if permission is not Permission.PUBLIC and route.path not in OPEN
    ]


def url(route: RouteContext) -> str:
    return re.sub(r"\{[^}]+\}", str(uuid4()), route.path or "")


async def answers(
    app: FastAPI, client: httpx.AsyncClient, token: str, wanted: Callable[[Permission], bool]
) -> dict[str, int]:
    """The status of every API route whose permission is wanted, asked with this token."""
    app.state.whatsway.limiter = RateLimiter(rate_per_s=1e9, burst=10_000)
    found = {}
    for route, permission in routes(app):
        if (route.path or "").startswith("/api/") and wanted(permission):
            for method in sorted(route.methods or ()):
                answer = await client.request(method, url(route), headers=bearer(token))
                found[f"{method} {route.path}"] = answer.status_code
    return found


@pytest.fixture
async def owner(make_user: MakeUser) -> User:
    return await make_user(Role.ADMIN)


SCOPES = sorted(frozenset(Permission) - tokens.NOT_SCOPES)


async def test_a_token_without_a_scope_reaches_no_route_that_needs_it(
    app: FastAPI, client: httpx.AsyncClient, state: AppState, owner: User
) -> None:
    wrong: dict[str, int] = {}
    for missing in SCOPES:
        token = await made(state, owner, [scope for scope in SCOPES if scope is not missing])
        found = await answers(app, client, token, missing.__eq__)
        wrong |= {route: status for route, status in found.items() if status != 403}
    assert wrong == {}


@pytest.mark.fault("8B8")
async def test_a_scope_that_is_none_any_more_leaves_the_token_working_and_is_not_listed(
    client: httpx.AsyncClient, state: AppState, owner: User
) -> None:
    token = await made(state, owner, [Permission.TOKENS_WRITE])
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE api_tokens SET scopes = scopes || '{faxes:read}'"))
    listed = await client.get("/api/tokens", headers=bearer(token))
    assert listed.json()[0]["scopes"] == ["tokens:write"]
    refused = await client.get("/api/contacts", headers=bearer(token))
    assert refused.json()["detail"] == "This token lacks the scope contacts:read."


async def test_a_demoted_persons_token_loses_what_the_person_loses(
    app: FastAPI, client: httpx.AsyncClient, state: AppState, owner: User, make_user: MakeUser
) -> None:
    await make_user(Role.ADMIN)
    token = await made(state, owner, SCOPES)
    for role in (Role.MANAGER, Role.AGENT):
        async with state.sessions.begin() as session:
            await users.change_role(session, SYSTEM, owner.id, role)
        lost = GRANTS[Role.ADMIN] - GRANTS[role]
        found = await answers(app, client, token, lost.__contains__)
        assert {route: status for route, status in found.items() if status != 403} == {}
        kept = await client.get("/api/contacts", headers=bearer(token))
        assert kept.status_code == 200


@pytest.mark.parametrize("kind", ["expired", "revoked", "deactivated", "reset", "unknown"])
async def test_a_token_that_ended_opens_nothing(
    app: FastAPI,
    client: httpx.AsyncClient,
    state: AppState,
    owner: User,
    make_user: MakeUser,
    kind: str,
) -> None:
    await make_user(Role.ADMIN)
    now = datetime.now(UTC)
    began = now - timedelta(days=2) if kind == "expired" else now
    token = await made(state, owner, SCOPES, expires_in_days=1, now=began)
    async with state.sessions.begin() as session:
        if kind == "revoked":
            (row,) = await tokens.list_for(session, owner.id)
            await tokens.revoke(session, SYSTEM, row.id, now=now, user_id=None)
        elif kind == "deactivated":
            await users.deactivate(session, SYSTEM, owner.id, now)
            await users.reactivate(session, SYSTEM, owner.id)
        elif kind == "reset":
            await users.reset_password(session, SYSTEM, owner.id, now)
    shown = token if kind != "unknown" else f"{tokens.PREFIX}nothing"
    found = await answers(app, client, shown, lambda _: True)
    assert {route: status for route, status in found.items() if status != 401} == {}


async def test_pages_are_for_people(
    app: FastAPI, client: httpx.AsyncClient, state: AppState, owner: User
) -> None:
    token = await made(state, owner, SCOPES)
    app.state.whatsway.limiter = RateLimiter(rate_per_s=1e9, burst=10_000)
    wrong = {}
    for route, _ in routes(app):
        if (route.path or "").startswith("/api/"):
            continue
        for method in sorted(route.methods or ()):
            answer = await client.request(method, url(route), headers=bearer(token))
            if answer.status_code != 403:
                wrong[f"{method} {route.path}"] = answer.status_code
    assert wrong == {}


async def test_a_token_changes_nothing_about_its_owner(
    client: httpx.AsyncClient, state: AppState, owner: User
) -> None:
    client.headers.update(bearer(await made(state, owner, SCOPES)))
    profile = {"name": "Mallory", "timezone": "UTC", "locale": "en"}
    password = {"current_password": PASSWORD, "new_password": "plum-violin-harbour-9"}
    me = f"/api/users/{owner.id}"
    refused = [
        await client.put("/api/auth/me", json=profile),
        await client.post("/settings/profile", data=profile),
        await client.put("/api/auth/password", json=password),
        await client.get("/api/auth/sessions"),
        await client.put(me, json={"role": "agent"}),
        await client.put(me, json={"is_active": True}),
        await client.post(f"{me}/password"),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    async with state.sessions() as session:
        assert await users.get(session, owner.id) == replace(owner)


async def test_a_token_gives_nobody_more_than_it_holds(
    client: httpx.AsyncClient, state: AppState, owner: User, make_user: MakeUser
) -> None:
    other, agent = await make_user(Role.ADMIN), await make_user(Role.AGENT)
    narrow = bearer(await made(state, owner, [Permission.USERS_WRITE]))
    wide = bearer(await made(state, owner, SCOPES))
    person = {"email": "new@example.com", "name": "New", "role": "admin"}
    for answer in (
        await client.post("/api/users", json=person, headers=narrow),
        await client.post("/api/users", json=person | {"role": "agent"}, headers=narrow),
        await client.post(f"/api/users/{other.id}/password", headers=narrow),
        await client.put(f"/api/users/{agent.id}", json={"role": "admin"}, headers=narrow),
        await client.put(f"/api/users/{other.id}", json={"is_active": False}, headers=narrow),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "grant_too_wide")
    assert (await client.post("/api/users", json=person, headers=wide)).status_code == 201


async def test_a_token_mints_none_that_is_wider_or_outlives_it(
    client: httpx.AsyncClient, state: AppState, owner: User
) -> None:
    held = [Permission.TOKENS_WRITE, Permission.CONTACTS_READ]
    parent = bearer(await made(state, owner, held, expires_in_days=10))

    async def mint(**body: Any) -> httpx.Response:
        given = {"name": "child", "scopes": ["contacts:read"]} | body
        return await client.post("/api/tokens", json=given, headers=parent)

    assert (await mint(scopes=["contacts:write"])).status_code == 422
    assert (await mint(expires_in_days=11)).status_code == 422
    assert (await mint(expires_in_days=None)).status_code == 422
    assert (await mint(expires_in_days=5)).status_code == 201
    unsaid = await mint(scopes=["tokens:write", "contacts:read"])
    assert unsaid.status_code == 201
    child = unsaid.json()
    assert datetime.fromisoformat(child["expires_at"]) <= datetime.now(UTC) + timedelta(days=10)
    grandchild = await client.post(
        "/api/tokens",
        json={"name": "grandchild", "scopes": ["contacts:read"], "expires_in_days": 1},
        headers=bearer(child["token"]),
    )
    async with state.sessions.begin() as session:
        listed = await tokens.list_for(session, owner.id)
        oldest = min(listed, key=lambda token: token.created_at)
        await tokens.revoke(session, SYSTEM, oldest.id, now=datetime.now(UTC), user_id=owner.id)
    for made_by_it in (child, grandchild.json()):
        answer = await client.get("/api/contacts", headers=bearer(made_by_it["token"]))
        assert answer.status_code == 401, "it outlived the token that made it"


EXPORTS = (
    "/api/contacts/export",
    "/api/contacts/import/{}/errors",
    "/api/campaigns/{}/file/errors",
    "/contacts/export.csv",
    "/contacts/import/{}/errors.csv",
    "/campaigns/{}/file/errors.csv",
    "/campaigns/{}/recipients.csv",
)


async def test_files_of_people_need_a_permission_of_their_own_and_are_on_record(
    client: httpx.AsyncClient, state: AppState, login_as: LoginAs, token_for: TokenFor
) -> None:
    agent, manager = await login_as(Role.AGENT), await login_as(Role.MANAGER)
    reader = bearer(await token_for(Role.ADMIN, ["contacts:read", "contacts:write"]))
    for path in EXPORTS:
        address = path.format(uuid4())
        assert (await agent.get(address)).status_code == 403
        assert (await client.get(address, headers=reader)).status_code == 403
    person = {"phone": "+34600111222", "name": "Ana"}
    assert (await manager.post("/api/contacts", json=person)).status_code == 201
    for path in ("/api/contacts/export", "/contacts/export.csv"):
        answer = await manager.get(path)
        assert answer.status_code == 200
        assert "+34600111222" in answer.text
    async with state.sessions() as session:
        found = await session.execute(
            text("SELECT data FROM journal WHERE kind = 'contacts.exported'")
        )
        assert [row.data for row in found] == [{"rows": 1}] * 2
    assert "export.csv" not in (await agent.get("/contacts")).text
    assert "export.csv" in (await manager.get("/contacts")).text


async def test_recipients_as_a_file_need_the_permission_too(
    state: AppState, login_as: LoginAs, client: httpx.AsyncClient, token_for: TokenFor
) -> None:
    await login_as()
    reader = bearer(await token_for(Role.MANAGER, ["campaigns:read"]))
    campaign, portfolio, channel = uuid4(), uuid4(), uuid4()
    async with state.sessions.begin() as session:
        for statement in (
            f"INSERT INTO portfolios (id, name) VALUES ('{portfolio}', 'P')",
            "INSERT INTO channels (id, portfolio_id, name, phone_number_id, waba_id, api_url, "
            f"access_token, app_secret, verify_token) VALUES ('{channel}', '{portfolio}', 'C', "
            "'12345', '12345', 'http://127.0.0.1:1', '', '', '')",
            "INSERT INTO campaigns (id, channel_id, name, status, type, created_at) VALUES "
            f"('{campaign}', '{channel}', 'N', 'draft', 'csv', now())",
        ):
            await session.execute(text(statement))
    url = f"/api/campaigns/{campaign}/recipients"
    assert (await client.get(url, headers=reader)).status_code == 200
    for answer in (
        await client.get(f"{url}?format=csv", headers=reader),
        await client.get(url, headers=reader | {"Accept": "text/csv"}),
    ):
        assert answer.status_code == 403


async def test_a_file_on_its_way_ends_with_the_rights(
    app: FastAPI, state: AppState, login_as: LoginAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LOOK_EVERY_S", 0.0)
    manager = await login_as(Role.MANAGER)
    cookie = f"{SESSION}={manager.cookies[SESSION]}"
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "app": app,
        "headers": [(b"cookie", cookie.encode())], "client": ("127.0.0.1", 1),
    }  # fmt: skip
    me = UUID((await manager.get("/api/auth/me")).json()["id"])

    async def lines() -> AsyncGenerator[bytes]:
        yield b"one"
        async with state.sessions.begin() as session:
            await users.change_role(session, SYSTEM, me, Role.AGENT)
        yield b"two"

    request = Request(scope)
    sent = [line async for line in streams.while_allowed(request, state, lines())]
    assert sent == [b"one"]


async def test_pages_say_before_what_a_new_password_ends(login_as: LoginAs) -> None:
    admin = await login_as()
    assert "revokes all your API tokens" in (await admin.get("/settings/profile")).text
    await login_as(Role.AGENT)
    assert "their API tokens are revoked" in (await admin.get("/settings/team")).text
