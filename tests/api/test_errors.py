"""Bad input gets a clear 4xx with a stable code; faults get a plain 500; nothing leaks."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from api.app import include
from api.deps import SessionDep, discard
from api.errors import describe
from api.idempotency import IdempotentRoute
from api.limits import RateLimiter
from api.security import Principal, requires
from api.state import AppState
from api.wording import say
from domain.errors import Conflict, Invalid, LimitReached, NotFound
from domain.permissions import Permission, Role
from domain.sentences import Sentence
from services import users
from settings import Settings
from store.engine import create_engine
from tests.conftest import LoginAs, make_settings, running
from web.app import create_app


class Thing(BaseModel):
    """A body for the probe routes."""

    name: str


SignedIn = Annotated[Principal, requires(Permission.SIGNED_IN)]


@cache
def probe_app() -> FastAPI:
    """The application with routes that do what real ones should not."""
    app = create_app(make_settings("postgresql://nobody@127.0.0.1:1/nothing", Path()))
    router = APIRouter(prefix="/api/probe", route_class=IdempotentRoute)
    router.post("/raise/{kind}")(fail)
    router.post("/things", status_code=201)(create)
    router.post("/discard")(show_again)
    router.post("/number/{value}")(number)
    include(app, router)
    return app


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(probe_app(), settings) as application:
        yield application


ERRORS = {
    "missing": NotFound("group_not_found"),
    "state": Conflict("not_failed"),
    "invalid": Invalid("token_invalid", fields={"name": Sentence("token_name")}),
    "limit": LimitReached("too_many_at_once", retry_after_s=7),
    "fault": RuntimeError("secret +5511987654321"),
}


async def fail(kind: str, principal: SignedIn, session: SessionDep) -> None:
    await rename(principal, session)
    raise ERRORS[kind]


async def show_again(principal: SignedIn, session: SessionDep, request: Request) -> None:
    await rename(principal, session)
    discard(request)


async def rename(principal: Principal, session: AsyncSession) -> None:
    await users.change_profile(
        session, principal.actor, principal.user_id, name="Half", timezone="UTC", locale="en"
    )


async def create(body: Thing, principal: SignedIn, session: SessionDep) -> dict[str, str]:
    user, _ = await users.create(
        session, principal.actor, email=f"{body.name}@example.com", name="x", role=Role.AGENT
    )
    return {"id": str(user.id)}


async def number(value: int, principal: SignedIn, session: SessionDep) -> None:
    await session.execute(text("SELECT CAST(:value AS integer)"), {"value": value})


@pytest.fixture
async def person(login_as: LoginAs) -> httpx.AsyncClient:
    """Somebody signed in to the app with the probe routes."""
    return await login_as(Role.MANAGER)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("missing", 404, "group_not_found"),
        ("state", 409, "not_failed"),
        ("invalid", 422, "token_invalid"),
        ("limit", 429, "too_many_at_once"),
        ("fault", 500, "internal"),
    ],
)
async def test_errors_are_problems_and_undo_the_write(
    person: httpx.AsyncClient, kind: str, status: int, code: str
) -> None:
    answer = await person.post(f"/api/probe/raise/{kind}")
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert {"type", "title", "detail"} <= set(body)
    assert body.get("fields") == (
        {"name": say(Sentence("token_name"))} if kind == "invalid" else None
    )
    assert answer.headers.get("retry-after") == ("7" if kind == "limit" else None)
    assert "5511987654321" not in answer.text
    assert (await person.get("/api/auth/me")).json()["name"] == "Test Manager"


async def test_a_form_shown_again_undoes_the_write(person: httpx.AsyncClient) -> None:
    assert (await person.post("/api/probe/discard")).status_code == 200
    assert (await person.get("/api/auth/me")).json()["name"] == "Test Manager"


async def test_the_commit_comes_before_the_answer(
    person: httpx.AsyncClient, state: AppState
) -> None:
    answer = await person.post("/api/probe/things", json={"name": "one"})
    assert answer.status_code == 201
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM users WHERE name = 'x'")) == 1


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b'{"name": "\xff"}', "application/json", 400, "bad_request"),
        (b"[" * 100_000, "application/json", 400, "bad_request"),
        (b"{}", "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"),
        (b'{"name": 1}', "application/json", 422, "invalid"),
        (b'{"name": "\\ud800"}', "application/json", 422, "email_invalid"),
        (b'{"name": "a\\u0000b"}', "application/json", 422, "email_invalid"),
        (b"name=x", "application/x-www-form-urlencoded", 422, "invalid"),
        (b"x" * 1_100_000, "application/json", 413, "too_large"),
    ],
)
async def test_bad_bodies(
    person: httpx.AsyncClient, content: bytes, content_type: str, status: int, code: str
) -> None:
    answer = await person.post(
        "/api/probe/things", content=content, headers={"content-type": content_type}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_body_of_undeclared_length_is_counted(person: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 50_000

    answer = await person.post(
        "/api/probe/things", content=endless(), headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/api/users/not-an-id", 404, "not_found"),
        ("GET", "/api/users/01890000-0000-7000-8000-000000000000", 404, "user_not_found"),
        ("DELETE", "/api/users", 405, "method_not_allowed"),
        ("GET", "/api/users/a%00b", 422, "invalid_value"),
        ("GET", "/api/audit?entity=a%00b", 422, "invalid_value"),
        ("GET", "/api/audit?limit=0", 422, "invalid"),
        ("GET", "/api/audit?before_id=99999999999999999999", 422, "invalid"),
        ("POST", "/api/probe/number/99999999999", 422, "invalid_value"),
    ],
)
async def test_bad_addresses(
    person: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await person.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_nul_in_a_stored_text_is_refused_whole(login_as: LoginAs, state: AppState) -> None:
    admin = await login_as(Role.ADMIN)
    body = {"name": "a\x00b", "scopes": ["contacts:read"]}
    answer = await admin.post("/api/tokens", json=body)
    assert answer.status_code == 422
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM api_tokens")) == 0


async def test_half_a_surrogate_pair_is_bad_input(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/auth/login",
        content=b'{"email": "ada@example.com", "password": "\\ud800"}',
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    unstorable = describe(UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"))
    assert (unstorable.status, unstorable.code) == (422, "invalid_value")


async def test_a_broken_database_is_a_plain_500(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.ADMIN)
    async with state.sessions.begin() as session:
        await session.execute(text("ALTER TABLE sessions RENAME TO elsewhere"))
    broken = await client.get("/api/auth/me")
    assert (broken.status_code, broken.json()["code"]) == (500, "internal")
    assert "elsewhere" not in broken.text


async def test_a_database_that_does_not_answer_is_a_503(
    client: httpx.AsyncClient, state: AppState
) -> None:
    nothing = create_engine("postgresql://nobody@127.0.0.1:1/nothing")
    with _bound_to(nothing, state.sessions), _bound_to(nothing, state.probe):
        answer = await client.get("/api/auth/me", headers={"authorization": "Bearer ww_x"})
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert answer.headers["retry-after"] == "2"
        assert (await client.get("/ready")).status_code == 503
        assert (await client.get("/health")).status_code == 200
    await nothing.dispose()


@contextmanager
def _bound_to(engine: AsyncEngine, makes: async_sessionmaker[AsyncSession]) -> Iterator[None]:
    """Sessions of another engine inside; the application ends the engines that it made."""
    own = makes.kw["bind"]
    makes.configure(bind=engine)
    try:
        yield
    finally:
        makes.configure(bind=own)


async def test_too_many_calls_are_slowed_down(person: httpx.AsyncClient, state: AppState) -> None:
    state.limiter = RateLimiter(rate_per_s=0.01, burst=2)
    first = await person.get("/api/auth/me")
    assert first.headers["ratelimit-remaining"] == "1"
    await person.get("/api/auth/me")
    third = await person.get("/api/auth/me")
    assert (third.status_code, third.json()["code"]) == (429, "rate_limited")
    assert int(third.headers["retry-after"]) > 1


async def test_every_answer_carries_the_security_headers(
    person: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    answers = [
        await person.get("/api/auth/me"),
        await client.get("/login"),
        await client.get("/nothing"),
        await client.get("/static/nothing.js"),
        await person.post("/api/probe/raise/fault"),
        await client.post("/api/auth/login", content=b"x" * 2_000_000),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in answer.headers
        assert len(answer.headers["x-request-id"]) == 32


async def test_pages_answer_people(client: httpx.AsyncClient, login_as: LoginAs) -> None:
    missing = await client.get("/nothing")
    assert missing.status_code == 404
    assert "text/html" in missing.headers["content-type"]
    assert "There is nothing at this address." in missing.text
    admin = await login_as(Role.ADMIN)
    fragment = await admin.get("/nothing", headers={"hx-request": "true"})
    assert "<html" not in fragment.text
