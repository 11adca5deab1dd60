"""What the builder asks: pickers, problems and remedies, arranging and testing."""

import json

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from tests import drawing, factories, threads
from tests.conftest import LoginAs

PATH = "/api/automations"


@pytest.fixture
async def manager(login_as: LoginAs, session: AsyncSession, state: AppState) -> httpx.AsyncClient:
    """A manager, beside a number and a template."""
    await threads.only_thread(session, state.vault)
    await factories.template(session)
    await session.commit()
    return await login_as(Role.MANAGER)


async def test_pickers_offer_what_exists(manager: httpx.AsyncClient) -> None:
    await manager.post("/api/labels", json={"name": "VIP", "color": "red"})
    await manager.put(f"{PATH}/secrets/SHOP_KEY", json={"value": "x"})
    known = (await manager.get(f"{PATH}/known")).json()
    (template,) = known["templates"]
    assert (template["id"], template["languages"], template["problem"]) == (
        "restock_coffee", ["en_US"], None,
    )  # fmt: skip
    assert [(slot["key"], slot["example"]) for slot in template["slots"]] == [("body.1", "Mara")]
    assert "{{1}}" in template["body"]
    assert "Mara" not in template["body"]
    assert [one["name"] for one in known["labels"]] == ["VIP"]
    assert [one["phone"] for one in known["channels"]] == ["+34 611 555 010"]
    assert (known["secrets"], known["zone"]) == (["SHOP_KEY"], "UTC")


async def test_problems_stand_at_their_node_in_words(manager: httpx.AsyncClient) -> None:
    document = drawing.document(
        [drawing.node("start", "manual")],
        [drawing.node("say", "send_template", template="gone"), drawing.node("lost", "end")],
        [drawing.edge("start", "say")],
    )
    found = (await manager.post(f"{PATH}/validate", json={"document": document})).json()["problems"]
    codes = {(one["at"], one["code"]) for one in found}
    assert {("say", "automation_template_gone"), ("lost", "automation_unreachable")} <= codes
    assert all(one["text"] and " " in one["text"] for one in found)
    fixes = [one for one in found if one["fix"]]
    assert all(one["fix_label"] for one in fixes)
    mended = await manager.post(
        f"{PATH}/fix", json={"document": document, "at": "lost", "fix": "remove"}
    )
    assert [node["id"] for node in mended.json()["document"]["nodes"]] == ["say"]
    ends = {"document": document, "at": "say", "fix": "add_end", "field": "failed"}
    added = (await manager.post(f"{PATH}/fix", json=ends)).json()["document"]
    assert [edge["branch"] for edge in added["edges"] if edge["source"] == "say"] == ["failed"]
    unknown = await manager.post(
        f"{PATH}/fix", json={"document": document, "at": "lost", "fix": "pray"}
    )
    assert unknown.json()["code"] == "fix_unknown"


async def test_arranging_moves_nodes_apart(manager: httpx.AsyncClient) -> None:
    arranged = await manager.post(f"{PATH}/arrange", json={"document": drawing.waiting()})
    places = {(node["x"], node["y"]) for node in arranged.json()["document"]["nodes"]}
    assert len(places) == 3


async def test_a_test_plays_the_document_and_sends_nothing(
    manager: httpx.AsyncClient,
) -> None:
    script = {
        "at": "2026-11-23T12:00:00Z",
        "actions": [{"kind": "write", "text": "Hi"}, {"kind": "next_wait"}],
    }
    body = {"document": drawing.waiting(), "play": script}
    shown = (await manager.post(f"{PATH}/play", json=body)).json()
    assert [one["node"] for one in shown["lit"]] == ["ask", "gap", "over"]
    assert (shown["answers"], shown["ended"]["ending"]) == ({"answer": "Hi"}, "completed")
    assert shown == (await manager.post(f"{PATH}/play", json=body)).json()


@pytest.mark.parametrize(
    "script",
    [
        {"message": "a\ud83d\0"},
        {"answers": {"name": "\ud83d"}},
        {"person": {"fields": {"name": "\ud83d"}, "labels": ["\ud83d"]}},
        {"actions": [{"kind": "write", "text": "\ud83d"}, {"kind": "tap", "choice": "\ud83d"}]},
    ],
)
async def test_half_an_emoji_is_played_without_it(
    manager: httpx.AsyncClient, script: dict[str, object]
) -> None:
    body = json.dumps({"document": drawing.waiting(), "play": script})
    headers = {"Content-Type": "application/json"}
    answer = await manager.post(f"{PATH}/play", content=body, headers=headers)
    assert answer.status_code == 200


async def test_a_window_without_a_zone_closes_by_our_clock(manager: httpx.AsyncClient) -> None:
    script = {"at": "2026-11-23T12:00:00Z", "window_until": "2026-11-23T12:30:00"}
    body = {"document": drawing.waiting(), "play": script}
    shown = (await manager.post(f"{PATH}/play", json=body)).json()
    assert (shown["window_until"], shown["window_open"]) == ("2026-11-23T12:30:00Z", True)


@pytest.mark.parametrize(
    "script",
    [
        {"at": "now"},
        {"at": "2026-11-23T12:00:00"},
        {"at": "9999-12-31T23:59:59Z"},
        {"at": "0001-01-01T00:00:00Z"},
        {"window_until": "9999-12-31T23:59:59-12:00"},
        {"actions": [{"kind": "jump_to", "moment": "0001-01-01T00:00:00+14:00"}]},
        {"actions": [{"kind": "fly"}]},
        {"speed": 2},
    ],
)
async def test_a_script_that_cannot_be_read_says_where(
    manager: httpx.AsyncClient, script: dict[str, object]
) -> None:
    body = {"document": drawing.waiting(), "play": script}
    answer = await manager.post(f"{PATH}/play", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "play_script")


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://127.0.0.1:1/", []),
        ("https://169.254.169.254/latest/meta-data", []),
        ("ftp://example.com", []),
        ("https://example.com", [{"name": "Key", "value": "{{secret.GONE}}"}]),
    ],
)
async def test_a_test_call_that_may_not_be_made_says_why(
    manager: httpx.AsyncClient, url: str, headers: list[dict[str, str]]
) -> None:
    node = {"method": "GET", "url": url, "headers": headers}
    tried = (await manager.post(f"{PATH}/try-request", json={"node": node})).json()
    assert (tried["status"], tried["body"]) == (None, "")
    assert tried["error"]


async def test_a_test_call_shows_the_answer(
    manager: httpx.AsyncClient, state: AppState, address: str
) -> None:
    state.settings = state.settings.model_copy(update={"automation_allow_local": True})
    node = {"method": "GET", "url": f"{address}/{{{{contact.page}}}}"}
    body = {"node": node, "values": {"contact.page": "health"}}
    tried = (await manager.post(f"{PATH}/try-request", json=body)).json()
    assert (tried["status"], tried["error"]) == (200, None), tried
    assert tried["body"]


async def test_every_reason_has_words(manager: httpx.AsyncClient) -> None:
    reasons = (await manager.get(f"{PATH}/reasons")).json()
    assert reasons["no_reply"] == "No reply came in time."
    assert (await manager.get(f"{PATH}/schema")).json()
