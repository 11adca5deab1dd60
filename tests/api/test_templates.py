from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.state import AppState
from domain.actors import SYSTEM
from domain.permissions import Role
from services.channels import write
from services.templates import sync
from simulator.app import Simulator
from tests import simulated
from tests.conftest import LoginAs
from whatsapp.client import CloudApi

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def simulator(state: AppState) -> AsyncIterator[Simulator]:
    """A simulator on a port, its number connected and its templates here."""
    async with simulated.served() as (server, url), CloudApi() as api:
        config = server.state.engine.world.config
        async with state.sessions.begin() as session:
            form = simulated.form(config, url)
            row = await write.add(session, state.vault, form, actor=SYSTEM)
        await sync.sync(state.sessions, state.vault, api, row.id, now=NOW)
        yield server


async def one(client: httpx.AsyncClient, name: str, language: str = "en_US") -> dict[str, Any]:
    answer = await client.get("/api/templates", params={"search": name, "language": language})
    found: dict[str, Any] = next(item for item in answer.json()["items"] if item["name"] == name)
    return found


async def test_pages_cover_everything_once(simulator: Simulator, login_as: LoginAs) -> None:
    client = await login_as(Role.AGENT)
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await client.get("/api/templates", params={"limit": 7, "cursor": cursor})).json()
        seen += [item["meta_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert sorted(seen) == sorted(simulator.state.engine.world.catalog.by_id)
    assert len(seen) == len(set(seen))


async def test_a_template_says_what_it_needs_and_why_it_cannot_go(
    simulator: Simulator, login_as: LoginAs
) -> None:
    client = await login_as(Role.AGENT)
    spring = await one(client, "spring_sale")
    assert [slot["kind"] for slot in spring["variables"]] == ["media", "text", "text", "url"]
    assert spring["problem"] is None
    paused = await one(client, "flash_weekend")
    assert paused["problem"]["code"] == "template_paused"
    again = await client.get(f"/api/templates/{spring['id']}")
    assert again.json() == spring


async def test_an_edit_goes_to_meta_and_comes_back(simulator: Simulator, login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    template = await one(client, "feedback_request")
    components = template["components"]
    components[0]["text"] = "Hello {{1}}, how did you like your last order with us?"
    answer = await client.put(f"/api/templates/{template['id']}", json={"components": components})
    assert answer.status_code == 200
    assert answer.json()["components"][0]["text"].startswith("Hello {{1}}")
    stored = simulator.state.engine.world.catalog.by_id[template["meta_id"]]
    assert stored.components[0]["text"].startswith("Hello {{1}}")
    refused = await client.put(
        f"/api/templates/{template['id']}", json={"components": template["components"][:1]}
    )
    assert refused.status_code == 422  # once a day, says Meta
    assert refused.json()["code"] == "template_refused"


async def test_broken_rules_never_reach_meta(simulator: Simulator, login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    template = await one(client, "feedback_request")
    body = {
        "components": [{"type": "BODY", "text": "{{1}} hi"}, {"type": "FOOTER", "text": "x" * 61}]
    }
    answer = await client.put(f"/api/templates/{template['id']}", json=body)
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {
        "components.0.text",
        "components.0.example",
        "components.1.text",
    }
    assert (await client.get(f"/api/templates/{template['id']}")).json() == template


async def test_state_and_category_guard_edits(simulator: Simulator, login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    approved = await one(client, "feedback_request")
    answer = await client.put(f"/api/templates/{approved['id']}", json={"category": "UTILITY"})
    assert (answer.status_code, answer.json()["code"]) == (409, "template_category_fixed")
    pending = await one(client, "autumn_preview")
    answer = await client.put(
        f"/api/templates/{pending['id']}", json={"components": [{"type": "BODY"}]}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "template_not_editable")


async def test_without_the_engine_a_sync_says_so(simulator: Simulator, login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    answer = await client.post("/api/templates/sync")
    assert (answer.status_code, answer.json()["code"]) == (409, "sync_not_started")


async def test_sync_starts_one_run_for_each_account(
    simulator: Simulator, login_as: LoginAs, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with state.sessions.begin() as session:
        config = simulator.state.engine.world.config
        second = simulated.form(config, phone_number_id="22222222", name="Second")
        await write.add(session, state.vault, second, actor=SYSTEM)
    started: list[UUID] = []

    async def start(channel_id: UUID) -> bool:
        started.append(channel_id)
        return True

    monkeypatch.setattr(state.workflows, "sync_templates", start)
    client = await login_as(Role.MANAGER)
    answer = await client.post("/api/templates/sync")
    assert answer.status_code == 202
    assert answer.json()["channel_ids"] == [str(channel_id) for channel_id in started]
    assert len(started) == 1


@pytest.mark.parametrize(
    "path", ["/api/templates/01890000-0000-7000-8000-000000000000", "/api/templates/nonsense"]
)
async def test_unknown_templates_are_not_found(login_as: LoginAs, path: str) -> None:
    assert (await (await login_as(Role.AGENT)).get(path)).status_code == 404


async def test_bad_queries_are_refused(login_as: LoginAs) -> None:
    client = await login_as(Role.AGENT)
    for query in ("cursor=zzz", "limit=0", "limit=9999"):
        assert (await client.get(f"/api/templates?{query}")).status_code == 422


async def test_agents_read_only(login_as: LoginAs) -> None:
    client = await login_as(Role.AGENT)
    assert (await client.post("/api/templates/sync")).status_code == 403
    assert (await client.put(f"/api/templates/{uuid4()}", json={})).status_code == 403
