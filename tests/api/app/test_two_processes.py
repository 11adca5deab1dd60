"""Two API processes behind a round-robin proxy: what one does, the other knows."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from api.limits import RateLimiter
from api.state import AppState
from domain.permissions import Role
from services import signin
from services.calls import LEAST
from settings import Settings
from tests import factories
from tests.conftest import BASE_URL, PASSWORD, LoginAs, MakeUser, running
from web.app import create_app

pytestmark = pytest.mark.fault("D7")


@pytest.fixture
async def twin(settings: Settings) -> AsyncIterator[FastAPI]:
    """A second process on the same database, with separate memory."""
    async with running(create_app(settings), settings) as application:
        yield application


class RoundRobin(httpx.AsyncBaseTransport):
    """A round-robin proxy."""

    def __init__(self, *apps: FastAPI) -> None:
        self._turns = [httpx.ASGITransport(app, client=("127.0.0.1", 5000)) for app in apps]
        self._next = 0

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One after the other."""
        self._next += 1
        return await self._turns[self._next % len(self._turns)].handle_async_request(request)


async def test_a_session_is_good_for_both_and_ends_for_both(
    app: FastAPI, twin: FastAPI, login_as: LoginAs
) -> None:
    one = await login_as()
    async with httpx.AsyncClient(transport=RoundRobin(app, twin), base_url=BASE_URL) as client:
        client.cookies, client.headers = one.cookies, one.headers
        for _ in range(4):
            assert (await client.get("/campaigns")).status_code == 200
        made = [await client.post("/api/groups", json={"name": f"Group {n}"}) for n in range(4)]
        assert [answer.status_code for answer in made] == [201] * 4
        shown = [(await client.get("/api/groups")).json() for _ in range(2)]
        assert shown[0] == shown[1]
        await client.post("/api/auth/logout")
        again = [await client.get("/api/groups") for _ in range(4)]
        assert [answer.status_code for answer in again] == [401] * 4


@pytest.mark.fault("C6")
async def test_sign_in_limits_hold_over_both_and_for_guesses_at_the_same_time(
    app: FastAPI, twin: FastAPI, make_user: MakeUser
) -> None:
    await make_user(Role.ADMIN, email="ada@example.com")
    async with httpx.AsyncClient(transport=RoundRobin(app, twin), base_url=BASE_URL) as client:

        async def guess(number: int) -> int:
            body = {"email": "ada@example.com", "password": f"guess {number}"}
            return (await client.post("/api/auth/login", json=body)).status_code

        answers = await asyncio.gather(*map(guess, range(16)))
        right = {"email": "ada@example.com", "password": PASSWORD}
        locked = [(await client.post("/api/auth/login", json=right)).status_code for _ in range(2)]
    assert sorted(answers) == [401] * signin.PER_PAIR + [429] * (16 - signin.PER_PAIR)
    assert locked == [429, 429]


def _limited(*apps: FastAPI) -> None:
    for app in apps:
        # So slow that even a busy machine refills almost nothing in the meantime.
        app.state.whatsway.limiter = RateLimiter(rate_per_s=0.2, burst=40)


async def _asked(client: httpx.AsyncClient, times: int) -> int:
    """How many of the requests were answered."""
    answers = [await client.get("/api/groups") for _ in range(times)]
    assert {answer.status_code for answer in answers} <= {200, 429}
    return sum(answer.status_code == 200 for answer in answers)


async def test_one_limit_of_requests_holds_over_both(
    app: FastAPI, twin: FastAPI, login_as: LoginAs
) -> None:
    one = await login_as()
    _limited(app, twin)
    async with httpx.AsyncClient(transport=RoundRobin(app, twin), base_url=BASE_URL) as client:
        client.cookies, client.headers = one.cookies, one.headers
        # A few unreported calls come on top; each process alone would allow 80.
        assert 40 <= await _asked(client, 100) <= 40 + LEAST + 5
        refused = await client.get("/api/groups")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) >= 1
    assert await _asked(one, 10) == 0


async def test_who_asks_one_only_has_the_whole_limit_and_nobody_waits_for_the_count(
    app: FastAPI, twin: FastAPI, login_as: LoginAs, session: AsyncSession
) -> None:
    one, other = await login_as(), await login_as()
    _limited(app, twin)
    assert 40 <= await _asked(one, 60) <= 41
    await _asked(other, 12)
    await session.execute(text("SELECT FROM rate_slots FOR UPDATE"))
    assert await _asked(other, 25) == 25
    await session.rollback()


async def test_a_delivery_that_comes_to_both_is_kept_once(
    app: FastAPI, twin: FastAPI, state: AppState, session: AsyncSession
) -> None:
    await factories.channel(session, state.vault)
    await session.commit()
    body = orjson.dumps({"object": "whatsapp_business_account", "entry": []})
    secret = await session.scalar(text("SELECT app_secret FROM channels"))
    key = state.vault.decrypt(secret).encode()
    signature = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": signature, "content-type": "application/json"}
    async with httpx.AsyncClient(transport=RoundRobin(app, twin), base_url=BASE_URL) as client:
        answers = [
            await client.post("/api/webhook", content=body, headers=headers) for _ in range(4)
        ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert await session.scalar(text("SELECT count(*) FROM webhook_events")) == 1
