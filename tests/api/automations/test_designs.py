"""Designs of automations through the API: drafts, versions, copies and files."""

from typing import Any

import httpx
import pytest

from api.state import AppState
from domain.permissions import Role
from tests import drawing
from tests.conftest import LoginAs
from tests.noted import noted

PATH = "/api/automations"


@pytest.fixture
async def manager(login_as: LoginAs) -> httpx.AsyncClient:
    """A manager."""
    return await login_as(Role.MANAGER)


async def made(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """A new automation that waits."""
    body = {"name": "Welcome", "document": drawing.waiting(), **more}
    answer = await client.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def saved(client: httpx.AsyncClient, automation_id: str, revision: int) -> httpx.Response:
    """A save of another document on top of a revision."""
    body = {"revision": revision, "document": drawing.waiting("keyword", words=["hello"])}
    return await client.put(f"{PATH}/{automation_id}/draft", json=body)


async def test_a_draft_is_made_saved_published_and_restored(
    manager: httpx.AsyncClient, state: AppState
) -> None:
    one = await made(manager)
    own = f"{PATH}/{one['id']}"
    assert (one["status"], one["revision"], one["changed"], one["triggers"]) == (
        "draft", 1, True, ["manual"],
    )  # fmt: skip
    assert [problem for problem in one["draft"]["problems"] if problem["severity"] == "error"] == []
    published = await manager.post(f"{own}/publish", json={"revision": 1})
    assert published.status_code == 200, published.text
    assert published.json()["version"] == 1
    shown = (await manager.get(own)).json()
    assert (shown["status"], shown["version"], shown["changed"]) == ("live", 1, False)
    kept = await saved(manager, one["id"], 1)
    assert kept.json()["revision"] == 2
    assert (await manager.get(own)).json()["changed"] is True
    changes = (await manager.get(f"{own}/changes")).json()
    assert changes["since"] == 1
    (trigger,) = (one for one in changes["changes"] if one["what"] == "trigger")
    kind = {"field": "type", "name": "Kind of step", "old": "manual", "new": "keyword"}
    assert trigger["edits"] == [kind]
    back = await manager.post(f"{own}/versions/1/restore", json={"revision": 2})
    assert back.json()["revision"] == 3
    assert (await manager.get(own)).json()["changed"] is False
    versions = (await manager.get(f"{own}/versions")).json()
    assert [(one["version"], one["live"]) for one in versions] == [(1, True)]
    assert (await manager.get(f"{own}/versions/1")).json()["document"]["nodes"][0]["id"] == "ask"
    assert len(await noted(state, "automation.published")) == 1


async def test_a_second_window_never_overwrites_the_first(
    manager: httpx.AsyncClient, login_as: LoginAs
) -> None:
    one = await made(manager)
    other = await login_as(Role.ADMIN)
    assert (await saved(manager, one["id"], 1)).status_code == 200
    late = await other.put(
        f"{PATH}/{one['id']}/draft", json={"revision": 1, "document": drawing.waiting()}
    )
    assert (late.status_code, late.json()["code"]) == (409, "draft_changed")
    assert "changed this draft at" in late.json()["detail"]
    now = (await other.get(f"{PATH}/{one['id']}/draft")).json()
    assert now["revision"] == 2
    assert now["saved_by"] is not None
    published = await other.post(f"{PATH}/{one['id']}/publish", json={"revision": 1})
    assert published.json()["code"] == "draft_changed"


async def test_the_same_document_again_is_no_new_revision(manager: httpx.AsyncClient) -> None:
    one = await made(manager)
    body = {"revision": 1, "document": drawing.waiting()}
    again = await manager.put(f"{PATH}/{one['id']}/draft", json=body)
    assert again.json()["revision"] == 1


async def test_errors_prevent_publishing_and_say_where(manager: httpx.AsyncClient) -> None:
    one = await made(manager, document=drawing.document([], [], []))
    refused = await manager.post(f"{PATH}/{one['id']}/publish", json={"revision": 1})
    assert (refused.status_code, refused.json()["code"]) == (422, "draft_has_errors")
    assert refused.json()["fields"]
    shown = (await manager.get(f"{PATH}/{one['id']}")).json()
    assert (shown["status"], shown["version"]) == ("draft", None)


async def test_publishing_what_acts_already_is_refused(manager: httpx.AsyncClient) -> None:
    one = await made(manager)
    await manager.post(f"{PATH}/{one['id']}/publish", json={"revision": 1})
    again = await manager.post(f"{PATH}/{one['id']}/publish", json={"revision": 1})
    assert (again.status_code, again.json()["code"]) == (409, "automation_unchanged")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"schema": 99, "nodes": "no", "edges": [1], "triggers": None},
        {"schema": 1, "nodes": [{"id": "a", "type": "teleport", "data": {}}]},
        {"schema": 1, "nodes": [{"id": "a\x00", "type": "end", "title": "x" * 9000, "data": None}]},
        drawing.document([], [drawing.node("a", "end")], [drawing.edge("a", "a")]),
    ],
)
async def test_a_strange_document_is_kept_with_its_problems(
    manager: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    one = await made(manager)
    kept = await manager.put(
        f"{PATH}/{one['id']}/draft", json={"revision": 1, "document": document}
    )
    assert kept.status_code == 200, kept.text
    assert kept.json()["problems"]
    assert (await manager.get(f"{PATH}/{one['id']}")).status_code == 200


async def test_every_starter_begins_a_draft(manager: httpx.AsyncClient) -> None:
    starters = (await manager.get(f"{PATH}/starters")).json()
    assert len(starters) == 6
    for starter in starters:
        body = {"name": starter["name"], "starter": starter["key"]}
        answer = await manager.post(PATH, json=body)
        assert answer.status_code == 201, answer.text
        assert len(answer.json()["draft"]["document"]["nodes"]) == starter["nodes"]
    none = await manager.post(PATH, json={"name": "No", "starter": "unknown"})
    assert none.json()["code"] == "automation_starter_unknown"


async def test_copies_files_and_the_archive(manager: httpx.AsyncClient, state: AppState) -> None:
    one = await made(manager)
    own = f"{PATH}/{one['id']}"
    copied = (await manager.post(f"{own}/duplicate")).json()
    assert (copied["name"], copied["status"]) == ("Welcome (copy)", "draft")
    file = (await manager.get(f"{own}/export")).json()
    brought = await manager.post(f"{PATH}/import", json={"file": file, "name": "Elsewhere"})
    assert brought.json()["draft"]["document"] == one["draft"]["document"]
    wrong = await manager.post(f"{PATH}/import", json={"file": {"document": 1}})
    assert wrong.json()["code"] == "automation_file"
    await manager.post(f"{own}/publish", json={"revision": 1})
    archived = (await manager.post(f"{own}/archive")).json()
    assert (archived["status"], archived["archived_at"] is None) == ("paused", False)
    assert (await saved(manager, one["id"], 1)).json()["code"] == "automation_archived"
    listed = (await manager.get(PATH)).json()["items"]
    assert one["id"] not in [item["id"] for item in listed]
    gone = (await manager.get(PATH, params={"archived": True})).json()["items"]
    assert [item["id"] for item in gone] == [one["id"]]
    back = (await manager.post(f"{own}/unarchive")).json()
    assert (back["status"], back["archived_at"]) == ("paused", None)
    assert (await manager.post(f"{own}/resume")).json()["status"] == "live"
    assert len(await noted(state, "automation.resumed")) == 1


async def test_the_list_is_filtered_and_joined_by_cursors(manager: httpx.AsyncClient) -> None:
    ids = [(await made(manager, name=f"Number {place}"))["id"] for place in range(5)]
    await manager.post(f"{PATH}/{ids[0]}/publish", json={"revision": 1})
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await manager.get(PATH, params=query)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == ids[::-1]
    live = (await manager.get(PATH, params={"status": "live"})).json()["items"]
    assert [item["id"] for item in live] == ids[:1]
    found = (await manager.get(PATH, params={"q": "number 3"})).json()["items"]
    assert [item["id"] for item in found] == [ids[3]]
    assert (await manager.get(PATH, params={"cursor": "x"})).status_code == 422


async def test_renaming_needs_a_name(manager: httpx.AsyncClient, state: AppState) -> None:
    one = await made(manager)
    named = await manager.put(f"{PATH}/{one['id']}", json={"name": "  Hello  "})
    assert named.json()["name"] == "Hello"
    assert (await manager.put(f"{PATH}/{one['id']}", json={"name": " "})).status_code == 422
    assert len(await noted(state, "automation.renamed")) == 1


async def test_who_may_do_what(login_as: LoginAs, manager: httpx.AsyncClient) -> None:
    one, agent = await made(manager), await login_as(Role.AGENT)
    own = f"{PATH}/{one['id']}"
    assert (await agent.get(own)).status_code == 200
    assert (await agent.post(PATH, json={"name": "Mine"})).status_code == 403
    assert (await agent.post(f"{own}/publish", json={"revision": 1})).status_code == 403
    assert (await agent.post(f"{own}/stop-runs")).status_code == 403
