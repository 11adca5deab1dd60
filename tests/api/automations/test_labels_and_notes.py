"""Labels and notes of conversations through the API."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from tests import threads
from tests.conftest import LoginAs
from tests.noted import noted
from tests.threads import Thread


@pytest.fixture
async def thread(session: AsyncSession, state: AppState) -> Thread:
    """A conversation, committed."""
    made = await threads.only_thread(session, state.vault)
    await session.commit()
    return made


@pytest.fixture
async def agent(login_as: LoginAs) -> httpx.AsyncClient:
    """An agent."""
    return await login_as(Role.AGENT)


async def test_labels_are_made_changed_put_on_and_deleted(
    agent: httpx.AsyncClient, thread: Thread, state: AppState
) -> None:
    vip = (await agent.post("/api/labels", json={"name": " VIP ", "color": "red"})).json()
    assert (vip["name"], vip["conversations"]) == ("VIP", 0)
    taken = await agent.post("/api/labels", json={"name": "vip"})
    assert (taken.status_code, taken.json()["code"]) == (409, "label_exists")
    own = f"/api/conversations/{thread.id}/labels"
    for _ in range(2):
        put = await agent.put(f"{own}/{vip['id']}")
        assert [one["name"] for one in put.json()] == ["VIP"]
    assert await noted(state, "conversation.label_added") == [thread.id]
    renamed = await agent.put(f"/api/labels/{vip['id']}", json={"name": "Vip"})
    assert (renamed.json()["name"], renamed.json()["color"]) == ("Vip", "red")
    assert (await agent.get("/api/labels")).json()[0]["conversations"] == 1
    assert (await agent.delete(f"{own}/{vip['id']}")).json() == []
    await agent.put(f"{own}/{vip['id']}")
    assert (await agent.delete(f"/api/labels/{vip['id']}")).status_code == 204
    assert (await agent.get(own)).json() == []


@pytest.mark.parametrize(
    "body", [{"name": " "}, {"name": "x" * 41}, {"name": "x", "color": "beige"}, {"title": "x"}]
)
async def test_odd_labels_are_refused(agent: httpx.AsyncClient, body: dict[str, str]) -> None:
    assert (await agent.post("/api/labels", json=body)).status_code == 422


async def test_notes_are_written_read_in_pages_and_deleted(
    agent: httpx.AsyncClient, login_as: LoginAs, thread: Thread, state: AppState
) -> None:
    own = f"/api/conversations/{thread.id}/notes"
    for place in range(3):
        made = await agent.post(own, json={"text": f"Note {place}"})
        assert made.status_code == 201
    first = (await agent.get(own, params={"limit": 2})).json()
    assert [one["text"] for one in first["items"]] == ["Note 2", "Note 1"]
    rest = (await agent.get(own, params={"cursor": first["next_cursor"]})).json()
    assert [one["text"] for one in rest["items"]] == ["Note 0"]
    assert rest["next_cursor"] is None
    note, other = first["items"][0], await login_as(Role.AGENT)
    refused = await other.delete(f"/api/notes/{note['id']}")
    assert (refused.status_code, refused.json()["code"]) == (403, "note_of_another")
    assert (await agent.delete(f"/api/notes/{note['id']}")).status_code == 204
    boss = await login_as(Role.MANAGER)
    assert (await boss.delete(f"/api/notes/{first['items'][1]['id']}")).status_code == 204
    assert (await boss.delete(f"/api/notes/{note['id']}")).status_code == 404
    assert (await agent.post(own, json={"text": " \x00 "})).json()["code"] == "note_empty"
    assert await noted(state, "conversation.note_written") == [thread.id] * 3
