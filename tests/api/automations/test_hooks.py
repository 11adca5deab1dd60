"""The public door of webhook triggers, and their addresses."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.limits import RateLimiter
from api.state import AppState
from domain.permissions import Role
from tests import drawing, threads
from tests.conftest import LoginAs
from tests.eventually import eventually
from tests.noted import noted

PATH = "/api/automations"
ORDER = {"customer": {"tel": "+34 600 22 88 88", "name": "Ana"}, "order": {"items": [{"sku": 7}]}}
MAPPED: dict[str, Any] = {
    "phone_path": "customer.tel",
    "name_path": "customer.name",
    "create": True,
    "values": [{"path": "order.items[0].sku", "save_as": "sku"}],
}


@pytest.fixture
async def manager(login_as: LoginAs, session: AsyncSession, state: AppState) -> httpx.AsyncClient:
    """A manager, beside a number with a conversation."""
    await threads.only_thread(session, state.vault)
    await session.commit()
    return await login_as(Role.MANAGER)


async def automation(manager: httpx.AsyncClient, **data: Any) -> str:
    """A draft with a webhook trigger."""
    (channel,) = (await manager.get(f"{PATH}/known")).json()["channels"]
    mapped = {**MAPPED, "channel": channel["id"], **data}
    body = {"name": "Orders", "document": drawing.waiting("webhook", **mapped)}
    made = await manager.post(PATH, json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def address(manager: httpx.AsyncClient, automation_id: str) -> str:
    """The path of its trigger's address."""
    shown = await manager.put(f"{PATH}/{automation_id}/hooks/start")
    assert shown.status_code == 200, shown.text
    return str(urlsplit(shown.json()["url"]).path)


async def live(manager: httpx.AsyncClient, **data: Any) -> tuple[str, str]:
    """A published automation, and its address."""
    made = await automation(manager, **data)
    published = await manager.post(f"{PATH}/{made}/publish", json={"revision": 1})
    assert published.status_code == 200, published.text
    return made, await address(manager, made)


async def test_a_call_starts_the_person_in_it_with_values(
    manager: httpx.AsyncClient, client: httpx.AsyncClient, state: AppState
) -> None:
    made, door = await live(manager)
    heard = await client.post(door, json=ORDER)
    assert heard.status_code == 202, heard.text
    run = (await manager.get(f"/api/runs/{heard.json()['run']}")).json()
    assert (run["answers"], run["contact_name"], run["contact_phone"]) == (
        {"sku": "7"}, "Ana", "+34600228888",
    )  # fmt: skip
    assert len(await noted(state, "contact.created")) == 1
    (hook,) = (await manager.get(f"{PATH}/{made}/hooks")).json()
    assert (hook["sample"], hook["live"], hook["url"]) == (ORDER, True, None)


async def test_the_same_call_again_starts_nothing_twice(
    manager: httpx.AsyncClient, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    _made, door = await live(manager, entry={"rule": "always"})
    first = (await client.post(door, json=ORDER)).json()["run"]
    assert (await client.post(door, json=ORDER)).json()["run"] == first
    keyed = [
        (await client.post(door, json=ORDER, headers={"Idempotency-Key": key})).json()["run"]
        for key in ("a", "a", "b")
    ]
    assert keyed[0] == keyed[1] not in {first, keyed[2]}
    assert await session.scalar(text("SELECT count(*) FROM automation_runs")) == 3


async def test_a_draft_keeps_a_sample_and_starts_nobody(
    manager: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    made = await automation(manager)
    door = await address(manager, made)
    heard = await client.post(door, json=ORDER)
    assert (heard.status_code, heard.json()["run"], heard.json()["code"]) == (202, None, "not_live")
    (hook,) = (await manager.get(f"{PATH}/{made}/hooks")).json()
    assert (hook["sample"], hook["live"]) == (ORDER, False)
    assert (await manager.delete(f"{PATH}/{made}/hooks/start/sample")).status_code == 204
    assert (await manager.get(f"{PATH}/{made}/hooks")).json()[0]["sample"] is None


@pytest.mark.parametrize(
    ("payload", "data", "code"),
    [
        ({"customer": {}}, {}, "hook_phone_missing"),
        ({"customer": {"tel": {"nested": 1}}}, {}, "hook_phone_invalid"),
        ({"customer": {"tel": "tomorrow"}}, {}, "hook_phone_invalid"),
        (ORDER, {"create": False}, "hook_contact_unknown"),
    ],
)
async def test_a_call_about_nobody_is_refused_and_kept_as_a_sample(
    manager: httpx.AsyncClient,
    client: httpx.AsyncClient,
    payload: dict[str, Any],
    data: dict[str, Any],
    code: str,
) -> None:
    made, door = await live(manager, **data)
    heard = await client.post(door, json=payload)
    assert (heard.status_code, heard.json()["code"]) == (422, code)
    assert (await manager.get(f"{PATH}/{made}/hooks")).json()[0]["sample"] == payload


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 422),
        (b'"text"', 422),
        (b"{" * 5000, 422),
        (b'{"a": "\\u0000", "customer": {"tel": "\\ud800"}}', 422),
        (b'{"a": "' + b"x" * (256 * 1024) + b'"}', 413),
    ],
)
async def test_odd_bodies_get_a_clear_answer(
    manager: httpx.AsyncClient, client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    _made, door = await live(manager)
    assert (await client.post(door, content=body)).status_code == status


async def test_a_renewed_address_replaces_the_first(
    manager: httpx.AsyncClient, client: httpx.AsyncClient, state: AppState
) -> None:
    made, door = await live(manager)
    assert await address(manager, made) == door
    renewed = (await manager.post(f"{PATH}/{made}/hooks/start/renew")).json()["url"]
    gone = await client.post(door, json=ORDER)
    assert (gone.status_code, gone.json()["code"]) == (404, "hook_unknown")
    assert (await client.post(urlsplit(renewed).path, json=ORDER)).status_code == 202
    assert len(await noted(state, "automation.hook_changed")) == 1
    unknown = await manager.put(f"{PATH}/{made}/hooks/ask")
    assert unknown.json()["code"] == "hook_unknown"


async def test_strangers_get_nothing_but_404_and_soon_429(
    client: httpx.AsyncClient, state: AppState
) -> None:
    state.limiter = RateLimiter(rate_per_s=0.01, burst=2)
    answers = [await client.post("/hooks/automations/nothing", json={}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert "retry-after" in answers[-1].headers


async def test_a_flood_of_calls_leaves_room_for_everybody_else(
    manager: httpx.AsyncClient, client: httpx.AsyncClient, session: AsyncSession, state: AppState
) -> None:
    _made, door = await live(manager)
    await session.execute(text("SELECT FROM automation_hooks FOR UPDATE"))  # as a slow call does
    calls = [asyncio.create_task(client.post(door, json=ORDER)) for _ in range(40)]
    await eventually(state.hooks.locked, "calls are waiting")
    async with asyncio.timeout(2):
        assert (await manager.get("/api/labels")).status_code == 200
    await session.rollback()
    assert {one.status_code for one in await asyncio.gather(*calls)} == {202}


async def test_secrets_are_set_listed_and_never_shown(manager: httpx.AsyncClient) -> None:
    own = f"{PATH}/secrets"
    assert (await manager.put(f"{own}/SHOP_KEY", json={"value": "s3cr3t"})).status_code == 204
    assert (await manager.put(f"{own}/SHOP_KEY", json={"value": "other"})).status_code == 204
    listed = await manager.get(own)
    assert [one["name"] for one in listed.json()] == ["SHOP_KEY"]
    assert "other" not in listed.text
    for name, value in (("shop", "x"), ("A" * 41, "x"), ("OK", " "), ("OK", "a\nb")):
        assert (await manager.put(f"{own}/{name}", json={"value": value})).status_code == 422
    assert (await manager.delete(f"{own}/SHOP_KEY")).status_code == 204
    assert (await manager.delete(f"{own}/SHOP_KEY")).status_code == 404
