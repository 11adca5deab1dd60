"""Automations that act: started, watched, stopped and tried again through the API."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from tests import drawing, threads
from tests.conftest import LoginAs
from tests.noted import noted
from tests.threads import Thread

PATH = "/api/automations"


@pytest.fixture
async def thread(session: AsyncSession, state: AppState) -> Thread:
    """A conversation of the only number, committed."""
    made = await threads.only_thread(session, state.vault)
    await session.commit()
    return made


@pytest.fixture
async def manager(login_as: LoginAs) -> httpx.AsyncClient:
    """A manager."""
    return await login_as(Role.MANAGER)


async def live(client: httpx.AsyncClient, document: dict[str, Any] | None = None) -> str:
    """A published automation that waits for a reply."""
    body = {"name": "Welcome", "document": document or drawing.waiting()}
    made = (await client.post(PATH, json=body)).json()
    published = await client.post(f"{PATH}/{made['id']}/publish", json={"revision": 1})
    assert published.status_code == 200, published.text
    return str(made["id"])


async def started(client: httpx.AsyncClient, automation: str, thread: Thread, **more: Any) -> str:
    """The run of the thread's contact."""
    body = {"contact_ids": [str(thread.contact_id)], **more}
    answer = await client.post(f"{PATH}/{automation}/start", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["started"][0]["run_id"])


async def at(session: AsyncSession, run_id: str, node: str, waits: str | None = "reply") -> None:
    """A run that came to a node by one step."""
    await session.execute(
        text("UPDATE automation_runs SET node = :node, waits = :waits, step = 2 WHERE id = :id"),
        {"id": UUID(run_id), "node": node, "waits": waits},
    )
    await session.execute(
        text("""
INSERT INTO automation_steps (run_id, step, automation_id, node, type)
SELECT id, 1, automation_id, CAST(:node AS text), 'user_reply' FROM automation_runs WHERE id = :id"""),
        {"id": UUID(run_id), "node": node},
    )
    await session.commit()


async def failed(session: AsyncSession, run_id: str) -> None:
    """A run that failed where it is."""
    await session.execute(
        text("""
UPDATE automation_runs SET ending = 'failed', reason = 'http_timeout', ended_at = now(), waits = NULL WHERE id = :id"""),
        {"id": UUID(run_id)},
    )
    await session.execute(
        text("UPDATE automation_steps SET branch = 'failed', ended_at = now() WHERE run_id = :id"),
        {"id": UUID(run_id)},
    )
    await session.commit()


async def test_chosen_contacts_start_once_for_a_key(
    manager: httpx.AsyncClient, thread: Thread
) -> None:
    automation = await live(manager)
    run = await started(manager, automation, thread, key="order 41", answers={"order": "41"})
    assert await started(manager, automation, thread, key="order 41") == run
    other = await manager.post(
        f"{PATH}/{automation}/start", json={"contact_ids": [str(thread.contact_id)]}
    )
    assert [one["code"] for one in other.json()["refused"]] == ["entered"]
    assert other.json()["refused"][0]["text"]
    shown = (await manager.get(f"/api/runs/{run}")).json()
    assert (shown["answers"], shown["cause"]) == ({"order": "41"}, "hand:order 41")
    assert shown["workflow_url"].endswith(f"run%2F{run}")
    assert shown["raw_url"] is None  # no message started it


async def test_a_run_leads_to_the_message_that_started_it(
    manager: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    run = await started(manager, await live(manager), thread)
    message_id = await threads.message(session, thread, payload={"id": "wamid.X", "type": "text"})
    query = text("UPDATE automation_runs SET message_id = :message")
    await session.execute(query, {"message": message_id})
    await session.commit()
    link = (await manager.get(f"/api/runs/{run}")).json()["raw_url"]
    assert link.endswith(f"/automations/runs/{run}/raw")
    page = await manager.get(urlsplit(link).path)
    assert page.status_code == 200
    assert "wamid.X" in page.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "start_whom"),
        ({"phone": "+34 600 22 00 00", "contact_ids": ["0192f0c1-0000-7000-8000-000000000000"]}, "start_whom"),
        ({"phone": "12"}, "phone_country"),
        ({"contact_ids": [], "phone": "+34600220000", "trigger_id": "none"}, "automation_not_by_hand"),
    ],
)  # fmt: skip
async def test_a_start_names_somebody(
    manager: httpx.AsyncClient, thread: Thread, body: dict[str, Any], code: str
) -> None:
    automation = await live(manager)
    answer = await manager.post(f"{PATH}/{automation}/start", json=body)
    assert answer.json()["code"] == code, answer.text


async def test_a_number_becomes_a_contact(
    manager: httpx.AsyncClient, thread: Thread, state: AppState
) -> None:
    automation = await live(manager)
    answer = await manager.post(f"{PATH}/{automation}/start", json={"phone": "+34 600 22 99 99"})
    assert len(answer.json()["started"]) == 1, answer.text
    assert len(await noted(state, "contact.created")) == 1


async def test_nobody_starts_what_does_not_act(manager: httpx.AsyncClient, thread: Thread) -> None:
    automation = await live(manager)
    paused = (await manager.post(f"{PATH}/{automation}/pause")).json()
    assert paused["status"] == "paused"
    answer = await manager.post(f"{PATH}/{automation}/start", json={"phone": "+34600220000"})
    assert answer.json()["code"] == "automation_not_live"


async def test_figures_people_and_lists(
    manager: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    automation = await live(manager)
    run = await started(manager, automation, thread)
    await at(session, run, "ask")
    counts = (await manager.get(f"{PATH}/{automation}/counts", params={"period": "24h"})).json()
    assert (counts["entered"], counts["active"]) == (1, 1)
    assert [(one["node"], one["here"]) for one in counts["nodes"]] == [("ask", 1)]
    people = (await manager.get(f"{PATH}/{automation}/people", params={"node": "ask"})).json()
    assert [(one["run_id"], one["contact_name"]) for one in people["items"]] == [(run, "Ana Ruiz")]
    for query in ({"automation_id": automation}, {"status": "active"}, {"node": "ask"}, {}):
        listed = (await manager.get("/api/runs", params=query)).json()["items"]
        assert [one["id"] for one in listed] == [run]
    for query in ({"status": "ended"}, {"ending": "failed"}, {"to": "2020-01-01T00:00:00Z"}):
        assert (await manager.get("/api/runs", params=query)).json()["items"] == []
    inside = (await manager.get(f"/api/conversations/{thread.id}/automations")).json()
    assert [(one["id"], one["node_title"]) for one in inside] == [(run, "Ask")]
    shown = (await manager.get(f"{PATH}/{automation}")).json()
    assert shown["runs_inside"] == [{"version": 1, "runs": 1}]


async def test_a_failed_run_goes_on_at_its_node_by_a_new_step(
    manager: httpx.AsyncClient, session: AsyncSession, thread: Thread, state: AppState
) -> None:
    run = await started(manager, await live(manager), thread)
    await at(session, run, "gap")
    early = await manager.post(f"/api/runs/{run}/retry")
    assert (early.status_code, early.json()["code"]) == (409, "run_not_failed")
    await failed(session, run)
    shown = (await manager.get(f"/api/runs/{run}")).json()
    assert (shown["ending"], shown["reason_text"]) == (
        "failed", "The other system did not answer in time.",
    )  # fmt: skip
    again = (await manager.post(f"/api/runs/{run}/retry")).json()
    assert (again["status"], again["node"], again["waits"]) == ("active", "gap", None)
    step = await session.scalar(text("SELECT step FROM automation_runs"))
    assert step == 2
    assert await noted(state, "run.retried") == [UUID(run)]


async def test_stopping_ends_runs_and_says_how_many(
    manager: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    automation = await live(manager)
    run = await started(manager, automation, thread)
    refused = await manager.post(f"{PATH}/{automation}/archive")
    assert (refused.status_code, refused.json()["code"]) == (409, "automation_has_runs")
    assert (await manager.post(f"{PATH}/{automation}/stop-runs")).json() == {"stopped": 1}
    assert (await manager.post(f"{PATH}/{automation}/stop-runs")).json() == {"stopped": 0}
    assert (await manager.get(f"/api/runs/{run}")).json()["ending"] == "stopped"
    assert (await manager.post(f"/api/runs/{run}/stop")).json()["code"] == "run_over"
    other = await started(manager, automation, thread)
    assert (await manager.post(f"/api/runs/{other}/stop")).json()["ending"] == "stopped"


@pytest.mark.parametrize(
    ("inside", "node", "outcome"),
    [
        ("finish", "ask", {"finishing": 1, "moved": 0, "stopped": 0}),
        ("move", "ask", {"finishing": 0, "moved": 1, "stopped": 0}),
        ("move", "gap", {"finishing": 1, "moved": 0, "stopped": 0}),  # it is gone
        ("stop", "ask", {"finishing": 0, "moved": 0, "stopped": 1}),
    ],
)
async def test_publishing_says_what_becomes_of_people_inside(
    manager: httpx.AsyncClient,
    session: AsyncSession,
    thread: Thread,
    inside: str,
    node: str,
    outcome: dict[str, int],
) -> None:
    automation = await live(manager)
    await at(session, await started(manager, automation, thread), node)
    shorter = drawing.document(
        [drawing.node("start", "manual")],
        [drawing.node("ask", "user_reply", save_as="answer"), drawing.node("over", "end")],
        [drawing.edge("start", "ask"), drawing.edge("ask", "over", "answered")],
    )
    body = {"revision": 1, "document": shorter}
    assert (await manager.put(f"{PATH}/{automation}/draft", json=body)).json()["revision"] == 2
    done = await manager.post(
        f"{PATH}/{automation}/publish", json={"revision": 2, "inside": inside}
    )
    assert done.json()["inside"] == outcome, done.text
    version = await session.scalar(text("SELECT version FROM automation_runs"))
    assert version == (2 if outcome["moved"] else 1)


async def test_a_conversation_is_taken_and_given_back(
    manager: httpx.AsyncClient, thread: Thread, state: AppState
) -> None:
    own = f"/api/conversations/{thread.id}"
    taken = (await manager.post(f"{own}/take")).json()
    assert taken["taken_by"] is not None
    back = (await manager.post(f"{own}/give-back")).json()
    assert back == {"taken_at": None, "taken_by": None}
    assert await noted(state, "conversation.given_back") == [thread.id]


async def test_who_gets_a_text_and_why(manager: httpx.AsyncClient, thread: Thread) -> None:
    automation = await live(manager, drawing.waiting("keyword", words=["hello"]))
    query = {"text": "Hello!", "channel_id": str(thread.channel_id)}
    asked = (await manager.get(f"{PATH}/explain", params=query)).json()
    assert (asked["taker"], asked["automation_id"]) == ("trigger", automation), asked
    assert [one["won"] for one in asked["candidates"]] == [True]
    nobody = (await manager.get(f"{PATH}/explain", params={**query, "text": "Bye"})).json()
    assert (nobody["taker"], nobody["candidates"][0]["fits"]) == ("nobody", False)
