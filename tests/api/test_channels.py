from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from domain.permissions import Role
from simulator.app import Simulator
from tests import simulated
from tests.conftest import LoginAs


@pytest.fixture
async def simulator(app: FastAPI) -> AsyncIterator[tuple[Simulator, str]]:
    """A simulator on a port whose webhooks reach the application in this process."""
    async with simulated.served(httpx.ASGITransport(app)) as pair:
        yield pair


def body(simulator: tuple[Simulator, str], **changes: str) -> dict[str, Any]:
    server, url = simulator
    form = simulated.form(server.state.engine.world.config, url, **changes)
    names = (
        "name",
        "phone_number_id",
        "waba_id",
        "access_token",
        "app_secret",
        "verify_token",
        "api_url",
    )
    return {name: getattr(form, name) for name in names}


async def test_adding_checks_live_with_the_real_handshake(
    simulator: tuple[Simulator, str], login_as: LoginAs
) -> None:
    client = await login_as(Role.ADMIN)
    answer = await client.post("/api/channels", json=body(simulator))
    assert answer.status_code == 201
    assert answer.json()["checking"]
    channel = (await client.get(f"/api/channels/{answer.json()['id']}")).json()
    assert (channel["status"], channel["checking"]) == ("connected", False)
    states = {step["key"]: step["state"] for step in channel["steps"]}
    assert states.pop("webhook") == "waiting"
    assert set(states.values()) == {"ok"}
    assert simulator[0].state.engine.world.override_url.endswith("/api/webhook")


async def test_no_answer_holds_a_secret(
    simulator: tuple[Simulator, str], login_as: LoginAs
) -> None:
    client = await login_as(Role.ADMIN)
    sent = body(simulator)
    added = await client.post("/api/channels", json=sent)
    path = f"/api/channels/{added.json()['id']}"
    answers = [added, await client.get(path), await client.get("/api/channels")]
    answers.append(await client.put(path, json={**sent, "name": "Renamed"}))
    for answer in answers:
        assert answer.is_success
        for secret in ("access_token", "app_secret", "verify_token"):
            assert sent[secret] not in answer.text


async def test_checking_again_blocks_and_repairs(
    simulator: tuple[Simulator, str], login_as: LoginAs
) -> None:
    client = await login_as(Role.ADMIN)
    sent = body(simulator)
    path = f"/api/channels/{(await client.post('/api/channels', json=sent)).json()['id']}"
    changed = await client.put(path, json={**sent, "access_token": "revoked"})
    assert changed.json()["checking"]  # a changed number is checked as a new one is
    blocked = (await client.get(path)).json()
    assert (blocked["status"], blocked["blocked_reason"]) == ("blocked", "token")
    assert "system user token" in blocked["next_step"]
    await client.put(path, json=sent)
    await client.post(f"{path}/probe")
    assert (await client.get(path)).json()["status"] == "connected"


async def test_removing(simulator: tuple[Simulator, str], login_as: LoginAs) -> None:
    client = await login_as(Role.ADMIN)
    path = (
        f"/api/channels/{(await client.post('/api/channels', json=body(simulator))).json()['id']}"
    )
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    assert (await client.delete(path)).status_code == 404


async def test_wrong_input(login_as: LoginAs) -> None:
    client = await login_as(Role.ADMIN)
    wrong = {"name": "x", "phone_number_id": "+34", "waba_id": "1"}
    answer = await client.post("/api/channels", json=wrong)
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {
        "phone_number_id",
        "waba_id",
        "access_token",
        "app_secret",
    }


async def test_only_admins_write(login_as: LoginAs) -> None:
    path = f"/api/channels/{uuid4()}"
    for role in (Role.AGENT, Role.MANAGER):
        client = await login_as(role)
        assert (await client.get("/api/channels")).json() == []
        assert (await client.get(path)).status_code == 404
        for method, where in (
            ("POST", "/api/channels"),
            ("DELETE", path),
            ("POST", f"{path}/probe"),
        ):
            assert (await client.request(method, where, json={})).status_code == 403
