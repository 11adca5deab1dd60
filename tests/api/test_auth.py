"""Signing in and out, sessions, throttling, CSRF and tokens."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from api.cookies import SESSION
from api.state import AppState
from domain.permissions import Role
from tests.conftest import PASSWORD, LoginAs, MakeUser, TokenFor


async def sign_in(
    client: httpx.AsyncClient, email: str, password: str = PASSWORD
) -> httpx.Response:
    return await client.post("/api/auth/login", json={"email": email, "password": password})


async def test_sign_in_shows_who_and_sets_a_protected_cookie(
    client: httpx.AsyncClient, make_user: MakeUser
) -> None:
    user = await make_user(Role.MANAGER, email="ada@example.com")
    answer = await sign_in(client, " ADA@example.com ")
    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == str(user.id)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # plain http on loopback
    me = (await client.get("/api/auth/me")).json()
    assert me["email"] == "ada@example.com"
    assert "contacts:write" in me["permissions"]
    assert me["csrf_token"] == answer.json()["csrf_token"]


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("\x00", "x"), ("", "")],
)
async def test_wrong_credentials_say_the_same(
    client: httpx.AsyncClient, make_user: MakeUser, email: str, password: str
) -> None:
    await make_user(email="ada@example.com")
    answer = await sign_in(client, email, password)
    assert answer.status_code == 401
    assert answer.json()["code"] == "login_failed"
    assert "set-cookie" not in answer.headers


@pytest.mark.fault("C5")
async def test_deactivated_people_cannot_sign_in(
    client: httpx.AsyncClient, make_user: MakeUser, state: AppState
) -> None:
    user = await make_user(email="ada@example.com")
    async with state.sessions.begin() as session:
        await session.execute(
            text("UPDATE users SET is_active = false WHERE id = :id"), {"id": user.id}
        )
    assert (await sign_in(client, "ada@example.com")).status_code == 401


@pytest.mark.fault("C6")
async def test_too_many_wrong_passwords_lock_even_the_right_one(
    client: httpx.AsyncClient, make_user: MakeUser, state: AppState
) -> None:
    await make_user(email="ada@example.com")
    for _ in range(5):
        assert (await sign_in(client, "ada@example.com", "wrong")).status_code == 401
    locked = await sign_in(client, "ada@example.com")
    assert locked.status_code == 429
    assert locked.json()["code"] == "login_locked"
    assert 50 <= int(locked.headers["retry-after"]) <= 60
    async with state.sessions.begin() as session:
        await session.execute(
            text("UPDATE login_throttles SET locked_until = now() - interval '1 second'")
        )
    assert (await sign_in(client, "ada@example.com")).status_code == 200
    async with state.sessions() as session:
        left = await session.scalar(
            text("SELECT count(*) FROM login_throttles WHERE key LIKE 'email:%'")
        )
    assert left == 0


async def test_a_new_sign_in_replaces_the_session(
    client: httpx.AsyncClient, make_user: MakeUser
) -> None:
    await make_user(email="ada@example.com")
    await sign_in(client, "ada@example.com")
    first = client.cookies[SESSION]
    await sign_in(client, "ada@example.com")
    assert client.cookies[SESSION] != first
    client.cookies.set(SESSION, first, domain="127.0.0.1", path="/")
    assert (await client.get("/api/auth/me")).status_code == 401


async def test_sign_out_ends_the_session(login_as: LoginAs) -> None:
    client = await login_as(Role.AGENT)
    token = client.cookies[SESSION]
    assert (await client.post("/api/auth/logout")).status_code == 204
    client.cookies.clear()
    client.cookies.set(SESSION, token)
    assert (await client.get("/api/auth/me")).status_code == 401
    assert (await client.post("/api/auth/logout")).status_code == 204


async def test_sessions_expire_slide_and_end_for_good(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.AGENT)
    now = datetime.now(UTC)

    async def set_times(**ago: timedelta) -> None:
        values = ", ".join(f"{name} = :{name}" for name in ago)
        async with state.sessions.begin() as session:
            await session.execute(
                text(f"UPDATE sessions SET {values}"), {n: now - d for n, d in ago.items()}
            )

    await set_times(last_seen_at=timedelta(hours=3), expires_at=timedelta(hours=-1))
    assert (await client.get("/api/auth/me")).status_code == 200
    async with state.sessions() as session:
        expires_at = await session.scalar(text("SELECT expires_at FROM sessions"))
    assert expires_at is not None
    assert expires_at > now + timedelta(days=6)
    await set_times(created_at=timedelta(days=29, hours=23), last_seen_at=timedelta(hours=1))
    assert (await client.get("/api/auth/me")).status_code == 200
    async with state.sessions() as session:
        expires_at = await session.scalar(text("SELECT expires_at FROM sessions"))
    assert expires_at is not None
    assert expires_at < now + timedelta(hours=2)
    await set_times(expires_at=timedelta(seconds=1))
    answer = await client.get("/api/auth/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


async def test_own_sessions_can_be_listed_and_ended(
    client: httpx.AsyncClient, login_as: LoginAs
) -> None:
    here = await login_as(Role.AGENT)
    me = (await here.get("/api/auth/me")).json()
    await sign_in(client, me["email"])
    listed = (await here.get("/api/auth/sessions")).json()
    assert sorted(item["current"] for item in listed) == [False, True]
    other = next(item for item in listed if not item["current"])
    assert (await here.delete(f"/api/auth/sessions/{other['id']}")).status_code == 204
    assert (await client.get("/api/auth/me")).status_code == 401
    stranger = await login_as(Role.ADMIN)
    mine = next(item for item in listed if item["current"])
    assert (await stranger.delete(f"/api/auth/sessions/{mine['id']}")).status_code == 404
    assert (await stranger.delete("/api/auth/sessions/zz")).status_code == 404


@pytest.mark.fault("C5")
async def test_changing_the_password_signs_other_browsers_out(
    client: httpx.AsyncClient, login_as: LoginAs
) -> None:
    here = await login_as(Role.AGENT)
    me = (await here.get("/api/auth/me")).json()
    await sign_in(client, me["email"])
    body = {"current_password": "wrong", "new_password": "a-better-password"}
    wrong = await here.put("/api/auth/password", json=body)
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["current_password"])
    body["current_password"] = PASSWORD
    assert (await here.put("/api/auth/password", json=body)).status_code == 204
    assert (await here.get("/api/auth/me")).status_code == 200
    assert (await client.get("/api/auth/me")).status_code == 401
    assert (await sign_in(client, me["email"], "a-better-password")).status_code == 200


async def test_writes_by_cookie_need_the_csrf_token(login_as: LoginAs) -> None:
    client = await login_as(Role.AGENT)
    body = {"name": "New", "timezone": "UTC"}
    assert (await client.put("/api/auth/me", json=body)).status_code == 200
    right = client.headers.pop("x-csrf-token")
    missing = await client.put("/api/auth/me", json=body)
    assert (missing.status_code, missing.json()["code"]) == (403, "csrf_failed")
    other = await login_as(Role.AGENT)
    foreign = other.headers["x-csrf-token"]
    assert foreign != right
    for value in (foreign, "", "ü"):
        headers = {b"x-csrf-token": value.encode()}
        assert (await client.put("/api/auth/me", json=body, headers=headers)).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:8000"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8000"}, 403),
    ],
)
async def test_writes_from_other_sites_are_refused(
    login_as: LoginAs, headers: dict[str, str], status: int
) -> None:
    client = await login_as(Role.AGENT)
    body = {"name": "New", "timezone": "UTC"}
    answer = await client.put("/api/auth/me", json=body, headers=headers)
    assert answer.status_code == status


async def test_tokens_act_within_their_scopes(
    client: httpx.AsyncClient, token_for: TokenFor
) -> None:
    secret = await token_for(Role.ADMIN, ["users:read"])
    client.headers["authorization"] = f"Bearer {secret}"
    me = (await client.get("/api/auth/me")).json()
    assert (me["via"], me["permissions"], me["csrf_token"]) == (
        "token",
        ["signed_in", "users:read"],
        None,
    )
    assert (await client.get("/api/users")).status_code == 200
    body = {"email": "new@example.com", "name": "New", "role": "agent"}
    refused = await client.post("/api/users", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    for method, path in (("put", "/api/auth/password"), ("get", "/api/auth/sessions")):
        content = {"current_password": "x", "new_password": "y"} if method == "put" else None
        assert (await client.request(method, path, json=content)).status_code == 403


@pytest.mark.fault("C5")
async def test_a_token_makes_no_stronger_token(
    client: httpx.AsyncClient, token_for: TokenFor
) -> None:
    client.headers["authorization"] = f"Bearer {await token_for(Role.ADMIN, ['tokens:write'])}"
    body = {"name": "more", "scopes": ["users:write"]}
    answer = await client.post("/api/tokens", json=body)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["scopes"])
    body["scopes"] = ["tokens:write"]
    made = await client.post("/api/tokens", json=body)
    assert made.status_code == 201
    listed = (await client.get("/api/tokens")).json()
    assert made.json()["token"] not in str(listed)
    assert (await client.delete(f"/api/tokens/{made.json()['id']}")).status_code == 204
    client.headers["authorization"] = f"Bearer {made.json()['token']}"
    assert (await client.get("/api/auth/me")).status_code == 401


@pytest.mark.fault("C5")
@pytest.mark.parametrize("change", ["expires_at", "revoked_at"])
async def test_ended_tokens_open_nothing(
    client: httpx.AsyncClient, token_for: TokenFor, state: AppState, change: str
) -> None:
    client.headers["authorization"] = f"Bearer {await token_for(Role.AGENT)}"
    assert (await client.get("/api/auth/me")).status_code == 200
    async with state.sessions.begin() as session:
        await session.execute(text(f"UPDATE api_tokens SET {change} = now() - interval '1 s'"))
    answer = await client.get("/api/auth/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer ", "Bearer ww_x", "Bearer ww_\u00e9", "Basic eDp5"])
async def test_nonsense_credentials_are_unauthorized(
    client: httpx.AsyncClient, header: str
) -> None:
    headers = {b"authorization": header.encode()}
    assert (await client.get("/api/auth/me", headers=headers)).status_code == 401


async def test_production_cookies_are_secure(
    client: httpx.AsyncClient, make_user: MakeUser, state: AppState
) -> None:
    await make_user(email="ada@example.com")
    state.settings = state.settings.model_copy(update={"public_url": "https://ways.example.com"})
    answer = await sign_in(client, "ada@example.com")
    assert answer.headers["set-cookie"].startswith("__Host-whatsway_session=")
    assert "Secure" in answer.headers["set-cookie"]


async def test_pages_sign_in_with_a_form(client: httpx.AsyncClient, make_user: MakeUser) -> None:
    await make_user(email="ada@example.com")
    form = await client.get("/login?next=/contacts?q=1")
    token = form.text.split('name="csrf" value="')[1].split('"')[0]
    fields = {"email": "ada@example.com", "password": "wrong", "csrf": token, "next": "/contacts"}
    wrong = await client.post("/login", data=fields)
    assert wrong.status_code == 401
    assert "password is wrong" in wrong.text
    fields |= {"password": PASSWORD, "csrf": "forged"}
    assert (await client.post("/login", data=fields)).status_code == 403
    right = await client.post("/login", data=fields | {"csrf": token})
    assert (right.status_code, right.headers["location"]) == (303, "/contacts")
    assert (await client.get("/login")).status_code == 303


@pytest.mark.fault("C6")
@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/a\nb"]
)
async def test_signing_in_never_leads_to_another_site(
    client: httpx.AsyncClient, make_user: MakeUser, target: str
) -> None:
    await make_user(email="ada@example.com")
    form = await client.get("/login")
    token = form.text.split('name="csrf" value="')[1].split('"')[0]
    fields = {"email": "ada@example.com", "password": PASSWORD, "csrf": token, "next": target}
    answer = await client.post("/login", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
