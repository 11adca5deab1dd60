"""Deliveries over HTTP: the short way past the router and the way through it answer the same."""

import hmac
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from domain.actors import SYSTEM
from services.channels import write
from simulator.config import SimulatorConfig
from tests import simulated

BODY = b'{"object":"whatsapp_business_account","entry":[]}'


def signed(body: bytes, secret: str = SimulatorConfig().app_secret) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()}


async def chunked(body: bytes) -> AsyncIterator[bytes]:
    """A body of undeclared length, which goes through the router."""
    yield body[:9]
    yield body[9:]


async def kept(state: AppState) -> list[bytes]:
    async with state.sessions() as session:
        rows = await session.scalars(text("SELECT body FROM webhook_events ORDER BY id"))
        return [bytes(row) for row in rows]


@pytest.fixture
async def channel(state: AppState) -> None:
    async with state.sessions.begin() as session:
        await write.add(session, state.vault, simulated.form(SimulatorConfig()), actor=SYSTEM)


@pytest.mark.usefixtures("channel")
async def test_both_ways_keep_a_delivery_and_dress_the_answer(
    client: httpx.AsyncClient, state: AppState
) -> None:
    other = BODY + b" "
    short = await client.post("/api/webhook", content=BODY, headers=signed(BODY))
    long = await client.post("/api/webhook", content=chunked(other), headers=signed(other))
    assert (short.status_code, long.status_code) == (200, 200)
    assert set(short.headers) == set(long.headers)
    assert await kept(state) == [BODY, other]


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize("headers", [{}, {"x-hub-signature-256": "sha1=00"}, signed(BODY, "typo")])
async def test_both_ways_turn_strangers_away(
    client: httpx.AsyncClient, state: AppState, headers: dict[str, str]
) -> None:
    for content in (BODY, chunked(BODY)):
        answer = await client.post("/api/webhook", content=content, headers=headers)
        assert answer.status_code == 401
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT sum(count) FROM rejected_webhooks")) == 2
    assert await kept(state) == []


@pytest.mark.usefixtures("channel")
async def test_a_body_beyond_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    body = b" " * (4 * 1024 * 1024 + 1)
    answer = await client.post("/api/webhook", content=body, headers=signed(body))
    assert answer.status_code == 413
