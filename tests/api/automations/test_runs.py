"""Runs through the API: whom and what they show to whom, and those whose question may not have arrived."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from services import phones
from tests import threads
from tests.conftest import LoginAs, TokenFor
from tests.web.automations import following
from tests.web.automations.following import Follow


@pytest.fixture
async def follow(session: AsyncSession, state: AppState) -> Follow:
    """A run that heard that Red is wanted, and why it asks now is not known to have arrived."""
    follow = await following.at_question(session, state.vault)
    await follow.tap("Red")
    await follow.sent(3, "Why?", "unknown")
    await session.commit()
    return follow


async def seen(client: httpx.AsyncClient, secret: str, path: str, **query: Any) -> Any:
    headers = {"Authorization": f"Bearer {secret}"}
    answer = await client.get(path, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("scopes", "name", "words"),
    [
        ([], None, False),
        (["contacts:read"], "Person", False),
        (["conversations:read"], "Person", True),
    ],
)
async def test_a_token_sees_of_people_what_their_own_rights_let_it(
    client: httpx.AsyncClient,
    token_for: TokenFor,
    follow: Follow,
    scopes: list[str],
    name: str | None,
    words: bool,
) -> None:
    secret = await token_for(Role.ADMIN, ["automations:read", *scopes])
    run = await seen(client, secret, f"/api/runs/{follow.run_id}")
    [listed] = (await seen(client, secret, "/api/runs"))["items"]
    people = f"/api/automations/{follow.automation_id}/people"
    [inside] = (await seen(client, secret, people, node="why"))["items"]
    for one in (run, listed, inside):
        assert one["contact_id"] == str(follow.who.contact_id)
        assert (one["contact_name"] or "").startswith(name or "")
        assert (one["contact_name"] is None) == (one["contact_phone"] is None) == (name is None)
    assert (inside["conversation_id"] is not None) == words
    assert inside["contact_phone_shown"] == (phones.shown(follow.who.phone) if name else None)
    previews = [one["preview"] for step in run["steps"] for one in step["messages"]]
    previews += [one["preview"] for one in run["inbox"]]
    assert len(previews) == 4
    assert (run["answers"] is not None, None not in previews) == (words, words)
    assert any(previews) == words


async def test_nobody_asks_about_a_contact_who_may_not_see_contacts(
    client: httpx.AsyncClient, token_for: TokenFor, follow: Follow
) -> None:
    headers = {"Authorization": f"Bearer {await token_for(Role.ADMIN, ['automations:read'])}"}
    query = {"text": "Hi", "channel_id": str(follow.who.channel_id)}
    path = "/api/automations/explain"
    assert (await client.get(path, params=query, headers=headers)).status_code == 200
    for who in ({"contact_id": str(follow.who.contact_id)}, {"phone": follow.who.phone}):
        answer = await client.get(path, params=query | who, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_question_that_may_not_have_arrived_is_found(
    login_as: LoginAs, session: AsyncSession, follow: Follow
) -> None:
    client = await login_as(Role.AGENT)

    async def in_doubt() -> list[bool]:
        listed = await client.get("/api/runs", params={"in_doubt": True})
        return [one["in_doubt"] for one in listed.json()["items"]]

    assert await in_doubt() == [True]
    page = await client.get("/automations/runs?status=doubt")
    assert f"run-{follow.run_id}" in page.text
    assert "Nobody knows whether they got the question" in (await client.get(follow.page)).text
    await threads.settle(session, f"run:{follow.run_id}:3:0", "delivered")
    await session.commit()
    assert await in_doubt() == []
    assert f"run-{follow.run_id}" not in (await client.get("/automations/runs?status=doubt")).text
    assert not (await client.get(f"/api/runs/{follow.run_id}")).json()["in_doubt"]


async def test_a_sample_of_a_webhook_names_people(
    client: httpx.AsyncClient, login_as: LoginAs, token_for: TokenFor, follow: Follow
) -> None:
    manager = await login_as(Role.MANAGER)
    body = {"name": "Hook", "document": {"schema": 1, "triggers": [{"id": "t", "type": "webhook", "title": "", "x": 0, "y": 0, "data": {"phone_path": "phone"}}], "nodes": [], "edges": []}}  # fmt: skip
    made: UUID = (await manager.post("/api/automations", json=body)).json()["id"]
    door = (await manager.put(f"/api/automations/{made}/hooks/t")).json()["url"]
    await client.post(door, json={"phone": follow.who.phone})
    for scopes, shown in (([], None), (["contacts:read"], {"phone": follow.who.phone})):
        secret = await token_for(Role.ADMIN, ["automations:read", *scopes])
        [hook] = await seen(client, secret, f"/api/automations/{made}/hooks")
        assert hook["sample"] == shown
