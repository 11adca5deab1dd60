"""The conversation endpoints of the API."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from store import conversations
from tests import threads
from tests.conftest import LoginAs, MakeUser
from tests.threads import Thread


@pytest.fixture
async def thread(session: AsyncSession, state: AppState) -> Thread:
    """A conversation with two unread messages, committed."""
    made = await threads.only_thread(session, state.vault)
    for _ in range(2):
        await threads.message(session, made)
    await conversations.change(session, made.id, unread=2)
    await session.commit()
    return made


@pytest.fixture
async def agent(login_as: LoginAs) -> httpx.AsyncClient:
    """An agent."""
    return await login_as(Role.AGENT)


async def test_list_and_read(agent: httpx.AsyncClient, thread: Thread) -> None:
    page = (await agent.get("/api/conversations", params={"unread": True})).json()
    assert [item["id"] for item in page["items"]] == [str(thread.id)]
    assert page["next_cursor"] is None
    shown = (await agent.get(f"/api/conversations/{thread.id}")).json()
    assert (shown["unread"], shown["status"], shown["contact_name"]) == (2, "open", "Ana Ruiz")
    read = await agent.post(f"/api/conversations/{thread.id}/read")
    assert read.json()["unread"] == 0
    assert (await agent.get("/api/conversations", params={"unread": True})).json()["items"] == []


async def test_pages_are_joined_by_cursors(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    for n in range(4):
        await threads.thread(session, thread.channel_id, f"Person {n}")
    await session.commit()
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await agent.get("/api/conversations", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 5


async def test_status_and_assignee(
    agent: httpx.AsyncClient, make_user: MakeUser, thread: Thread
) -> None:
    mina = await make_user(Role.AGENT)
    own = f"/api/conversations/{thread.id}"
    both = await agent.put(own, json={"status": "pending", "assignee_id": str(mina.id)})
    assert (both.json()["status"], both.json()["assignee_id"]) == ("pending", str(mina.id))
    kept = await agent.put(own, json={"status": "open"})
    assert kept.json()["assignee_id"] == str(mina.id)
    nobody = await agent.put(own, json={"assignee_id": None})
    assert (nobody.json()["status"], nobody.json()["assignee_id"]) == ("open", None)
    mine = await agent.get("/api/conversations", params={"unassigned": True, "status": "open"})
    assert len(mine.json()["items"]) == 1


@pytest.mark.parametrize(
    "body", [{"status": "asleep"}, {"assignee_id": str(uuid4())}, {"assignee_id": "x"}]
)
async def test_wrong_changes_change_nothing(
    agent: httpx.AsyncClient, thread: Thread, body: dict[str, str]
) -> None:
    assert (await agent.put(f"/api/conversations/{thread.id}", json=body)).status_code == 422


async def test_nobody_without_the_right_and_nothing_that_is_not_there(
    client: httpx.AsyncClient, agent: httpx.AsyncClient, thread: Thread
) -> None:
    assert (await client.get(f"/api/conversations/{thread.id}")).status_code == 401
    assert (await agent.get(f"/api/conversations/{uuid4()}")).status_code == 404
    assert (await agent.post(f"/api/conversations/{uuid4()}/read")).status_code == 404
