"""The list of automations: what one can begin with, what each offers, and what is refused in words."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.automations import starters
from domain.permissions import Role
from tests.conftest import LoginAs
from tests.services.automations.test_repairing import HOSTILE
from tests.web.automations.following import at_question

HTMX = {"HX-Request": "true"}


async def create(client: httpx.AsyncClient, starter: str = "") -> str:
    answer = await client.post("/automations", data={"starter": starter})
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def flash(client: httpx.AsyncClient, answer: httpx.Response) -> str:
    """What the next page says."""
    client.cookies.update(answer.cookies)
    return (await client.get("/automations")).text


async def test_an_empty_list_offers_to_begin(login_as: LoginAs) -> None:
    shown = (await (await login_as()).get("/automations")).text
    assert "No automations yet" in shown
    for starter in starters.ALL:
        assert f'value="{starter.key}"' in shown


@pytest.mark.parametrize("starter", [one.key for one in starters.ALL])
async def test_every_starter_opens_in_the_builder(login_as: LoginAs, starter: str) -> None:
    client = await login_as()
    base = await create(client, starter)
    page = await client.get(base)
    assert page.status_code == 200
    assert "data-may-write" in page.text
    made = (await client.get(f"/api{base}")).json()
    assert made["draft"]["document"]["nodes"]
    assert made["name"] in (await client.get("/automations")).text


async def test_search_and_state_narrow_the_list(login_as: LoginAs) -> None:
    client = await login_as()
    await create(client, "welcome")
    await create(client)
    found = (await client.get("/automations", params={"q": "welc"}, headers=HTMX)).text
    assert "Welcome and qualify" in found
    assert ">New automation</a>" not in found
    assert "No automation matches" in (await client.get("/automations?status=live")).text


async def test_a_file_comes_back_as_a_draft(login_as: LoginAs) -> None:
    client = await login_as()
    base = await create(client, "triage")
    exported = await client.get(f"/api{base}/export")
    assert "filename*=UTF-8''Support%20triage.json" in exported.headers["content-disposition"]
    file = exported.content
    answer = await client.post("/automations/import", files={"file": ("a.json", file)})
    copy = (await client.get(f"/api{answer.headers['location']}")).json()
    assert copy["draft"]["document"]["nodes"] == json.loads(file)["document"]["nodes"]


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"{", b"[" * 100_000, b'{"whatsway": "x"}', b"\xff"]
)
async def test_what_is_no_export_is_refused_in_words(login_as: LoginAs, content: bytes) -> None:
    client = await login_as()
    answer = await client.post("/automations/import", files={"file": ("a.json", content)})
    assert answer.status_code == 303
    assert 'data-tone="danger"' in await flash(client, answer)


async def test_an_automation_is_copied_archived_and_taken_back(login_as: LoginAs) -> None:
    client = await login_as()
    base = await create(client, "welcome")
    copy = (await client.post(f"{base}/duplicate")).headers["location"]
    assert (await client.get(f"/api{copy}")).json()["name"].endswith("(copy)")
    await client.post(f"{base}/archive")
    archived = (await client.get("/automations?archived=1")).text
    assert f'href="{base}"' in archived
    await client.post(f"{base}/unarchive")
    assert f'href="{base}"' in (await client.get("/automations")).text


async def test_it_is_paused_and_resumed_from_the_list(login_as: LoginAs) -> None:
    client = await login_as()
    base = await create(client)
    assert 'data-tone="warning"' in await flash(client, await client.post(f"{base}/resume"))
    document: dict[str, Any] = {
        "schema": 1,
        "triggers": [{"id": "t", "type": "keyword", "data": {"words": ["hi"]}}],
        "nodes": [{"id": "e", "type": "end", "data": {}}],
        "edges": [{"source": "t", "branch": "next", "target": "e"}],
        "settings": {},
    }
    saved = await client.put(f"/api{base}/draft", json={"revision": 1, "document": document})
    wanted = {"revision": saved.json()["revision"], "inside": "finish"}
    assert (await client.post(f"/api{base}/publish", json=wanted)).status_code == 200
    await client.post(f"{base}/pause")
    assert (await client.get(f"/api{base}")).json()["status"] == "paused"
    answer = await client.post(f"{base}/resume", headers=HTMX)
    assert "hx-refresh" in answer.headers  # the list stays as it was narrowed
    assert (await client.get(f"/api{base}")).json()["status"] == "live"


async def test_the_figures_lead_to_the_people_behind_them(
    session: AsyncSession, login_as: LoginAs, state: AppState
) -> None:
    follow = await at_question(session, state.vault)
    shown = (await (await login_as(Role.AGENT)).get("/automations")).text
    runs = f"/automations/runs?automation={follow.automation_id}"
    for way in (f"{runs}&amp;status=active", f"{runs}&amp;period=week", runs):
        assert f'href="{way}"' in shown, way


async def test_who_may_only_read_changes_nothing(login_as: LoginAs) -> None:
    base = await create(await login_as(), "welcome")
    reader = await login_as(Role.AGENT)
    page = await reader.get(base)
    assert page.status_code == 200
    assert "data-may-write" not in page.text
    for path in ("/automations", "/automations/import", f"{base}/pause", f"{base}/duplicate"):
        assert (await reader.post(path)).status_code == 403


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_every_page_opens_whatever_a_draft_looks_like(
    session: AsyncSession, login_as: LoginAs, hostile: dict[str, Any]
) -> None:
    client = await login_as()
    base = await create(client)
    changed = text("UPDATE automations SET draft = CAST(:draft AS jsonb)")
    await session.execute(changed, {"draft": json.dumps({"schema": 1, **hostile})})
    await session.commit()
    own = base.rpartition("/")[2]
    for path in (base, "/automations", f"/automations/runs?automation={own}", f"/api{base}/export"):
        assert (await client.get(path)).status_code == 200, path
