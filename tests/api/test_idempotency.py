"""A key makes a write that is repeated the same one."""

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from tests.conftest import LoginAs, TokenFor


@pytest.fixture
async def manager(login_as: LoginAs) -> httpx.AsyncClient:
    """Somebody who may make groups."""
    return await login_as(Role.MANAGER)


async def test_idempotency_replays_the_first_answer(
    manager: httpx.AsyncClient, state: AppState
) -> None:
    headers = {"idempotency-key": "order-1"}
    first = await manager.post("/api/groups", json={"name": "one"}, headers=headers)
    again = await manager.post("/api/groups", json={"name": "one"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await manager.post("/api/groups", json={"name": "two"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM groups")) == 1


async def test_a_failed_write_does_not_use_up_its_key(manager: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "order-1"}
    bad = await manager.post("/api/groups", json={"name": " "}, headers=headers)
    assert bad.status_code == 422
    good = await manager.post("/api/groups", json={"name": "ab"}, headers=headers)
    assert good.status_code == 201


async def test_keys_belong_to_one_person(
    manager: httpx.AsyncClient, login_as: LoginAs, token_for: TokenFor, client: httpx.AsyncClient
) -> None:
    headers = {"idempotency-key": "order-1"}
    other = await login_as(Role.ADMIN)
    first = await manager.post("/api/groups", json={"name": "one"}, headers=headers)
    second = await other.post("/api/groups", json={"name": "two"}, headers=headers)
    assert first.json() != second.json()
    for key in ("", "é", "x" * 256):
        answer = await manager.post(
            "/api/groups",
            json={"name": "one"},
            headers={b"idempotency-key": key.encode("latin-1")},
        )
        assert answer.status_code == 422


async def test_a_key_in_use_is_refused(manager: httpx.AsyncClient, state: AppState) -> None:
    me = (await manager.get("/api/auth/me")).json()["id"]
    async with state.sessions.begin() as session:
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"{me}:k"}
        )
        answer = await manager.post(
            "/api/groups", json={"name": "one"}, headers={"idempotency-key": "k"}
        )
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_flight")
