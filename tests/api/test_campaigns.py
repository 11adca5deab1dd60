"""Campaigns over the JSON API: drafts, launch, control, figures, recipients."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from tests import factories
from tests.conftest import LoginAs, TokenFor
from tests.services.campaigns.test_desk import planned

MAPPED = {"body.1": {"field": "name", "default": "friend"}}


async def noted(state: AppState) -> list[str]:
    """What happens to campaigns; the journal's reader tells their workflows."""
    query = text("SELECT kind FROM journal WHERE kind LIKE 'campaign.%' ORDER BY id")
    async with state.sessions() as session:
        return list(await session.scalars(query))


async def ingredients(state: AppState, count: int = 4) -> dict[str, str]:
    async with state.sessions.begin() as session:
        channel_id = await factories.channel(session, state.vault)
        template_id = await factories.template(session)
        group_id = await factories.people(session, count)
    return {
        "channel_id": str(channel_id),
        "template_id": str(template_id),
        "group_id": str(group_id),
    }


async def ready(client: httpx.AsyncClient, state: AppState, count: int = 4) -> str:
    found = await ingredients(state, count)
    body = {
        "name": "Spring",
        "channel_id": found["channel_id"],
        "template_id": found["template_id"],
        "audience": {"group_ids": [found["group_id"]]},
        "variables": MAPPED,
    }
    answer = await client.post("/api/campaigns", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def running(state: AppState, count: int = 4) -> str:
    async with state.sessions.begin() as session:
        return str((await factories.campaign(session, state.vault, count)).id)


async def test_a_draft_is_made_changed_checked_and_deleted(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    campaign_id = await ready(client, state)
    url = f"/api/campaigns/{campaign_id}"
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    changed = await client.put(url, json={"scheduled_at": at, "throttle": 20, "revision": 2})
    assert changed.status_code == 200, changed.text
    assert changed.json()["throttle"] == 20
    back = (await client.put(url, json={"scheduled_at": None, "throttle": None})).json()
    assert (back["scheduled_at"], back["throttle"]) == (None, None)
    stale = await client.put(url, json={"name": "Other", "revision": 2})
    assert (stale.status_code, stale.json()["code"]) == (409, "draft_changed")
    check = (await client.get(f"{url}/check")).json()
    assert check == {
        "recipients": 4, "never_asked": 0, "excluded": {}, "problems": {}, "ready": True,
    }  # fmt: skip
    assert (await client.delete(url)).status_code == 204
    assert (await client.get(url)).json()["code"] == "campaign_unknown"


async def test_what_cannot_be_is_refused_with_its_place(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    for body, field in (
        ({}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "A", "throttle": 0}, "throttle"),
        ({"name": "A", "throttle": 1001}, "throttle"),
        ({"name": "A", "scheduled_at": "2026-11-24T09:00:00"}, "scheduled_at"),
        ({"name": "A", "audience": {"group_ids": ["nope"]}}, "audience.group_ids.0"),
        ({"name": "A", "surprise": 1}, "surprise"),
        ({"name": "A", "channel_id": str(uuid4())}, "channel_id"),
        ({"name": "   "}, "name"),
    ):
        answer = await client.post("/api/campaigns", json=body)
        assert answer.status_code == 422, body
        assert field in answer.json()["fields"], answer.json()
    nul = await client.post("/api/campaigns", json={"name": "a\x00b"})
    assert (nul.status_code, nul.json()["name"]) == (201, "ab")
    tricks = await client.post("/api/campaigns", json={"name": "a\u202e\u2066\u200bb"})
    assert tricks.json()["name"] == "ab"


async def test_a_launch_is_refused_when_it_is_not_what_was_agreed_to(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{await ready(client, state)}"
    seen = (await client.get(url)).json()["revision"]
    await client.put(url, json={"throttle": 1})
    for body, code in (
        ({"revision": seen}, "draft_changed"),
        ({"revision": seen + 1, "expected": 100}, "audience_moved"),
    ):
        refused = await client.post(f"{url}/execute", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    sent = await client.post(f"{url}/execute", json={"revision": seen + 1, "expected": 3})
    assert (sent.status_code, sent.json()["status"]) == (200, "scheduled")


async def test_unknown_parameters_and_states_are_refused_by_name(login_as: LoginAs) -> None:
    client = await login_as(Role.ADMIN)
    for url, field in (
        ("/api/campaigns?zz=1", "zz"),
        ("/api/contacts/export?kind=zz", "kind"),
        ("/contacts/export.csv?group_id=1", None),
        ("/api/templates?status=zz", "status"),
        ("/api/audit?action=zz", "action"),
        ("/api/contacts?cursor=zz", "cursor"),
        ("/api/messages?cursor=zz", "cursor"),
        ("/api/conversations?cursor=zz", "cursor"),
    ):
        answer = await client.get(url, headers={"Sec-Fetch-Dest": "empty"})
        assert answer.status_code == 422, url
        assert field is None or list(answer.json()["fields"]) == [field], answer.json()
    city = {"phone": "+5511987654321", "fields": {"city": {"a": 1}}}
    wrong = await client.post("/api/contacts", json=city)
    assert list(wrong.json()["fields"]) == ["fields.city"], wrong.json()


async def test_launching_twice_at_once_and_again_launches_once(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    campaign_id = await ready(client, state)
    url = f"/api/campaigns/{campaign_id}/execute"
    answers = await asyncio.gather(*(client.post(url) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.json()["launched_at"] for answer in answers}) == 1
    again = await client.post(url)
    assert again.json()["launched_at"] == answers[0].json()["launched_at"]
    assert (await noted(state)).count("campaign.launched") == 1


async def test_an_idempotency_key_gives_the_first_answer_again(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    key = {"Idempotency-Key": "launch-1"}
    made = [await client.post("/api/campaigns", json={"name": "One"}, headers=key) for _ in "ab"]
    assert made[0].json() == made[1].json()
    assert made[1].headers["Idempotency-Replayed"] == "true"
    campaign_id = await ready(client, state)
    url = f"/api/campaigns/{campaign_id}/execute"
    key = {"Idempotency-Key": "launch-2"}
    first, second = [await client.post(url, headers=key) for _ in "ab"]
    assert first.json() == second.json()
    assert (await noted(state)).count("campaign.launched") == 1


async def test_an_unfinished_draft_says_what_is_missing(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    made = (await client.post("/api/campaigns", json={"name": "Empty"})).json()
    answer = await client.post(f"/api/campaigns/{made['id']}/execute")
    assert answer.status_code == 422
    assert answer.json()["code"] == "campaign_incomplete"
    assert set(answer.json()["fields"]) == {"channel", "template", "audience"}


async def test_control_changes_the_row_first_and_tells_the_workflow_after(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{await running(state)}"
    for verb, status in (("pause", "paused"), ("pause", "paused"), ("resume", "running")):
        answer = await client.post(f"{url}/{verb}")
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    slower = await client.put(f"{url}/throttle", json={"per_second": 5})
    assert slower.json()["throttle"] == 5
    full = await client.put(f"{url}/throttle", json={"per_second": None})
    assert full.json()["throttle"] is None
    assert (await client.put(f"{url}/throttle", json={})).status_code == 422
    assert (await client.post(f"{url}/stop")).json()["status"] == "stopped"
    assert (await client.post(f"{url}/stop")).json()["status"] == "stopped"
    told = ("campaign.paused", "campaign.resumed", "campaign.throttled", "campaign.stopped")
    assert tuple(dict.fromkeys(kind for kind in await noted(state) if kind in told)) == told
    again = await client.post(f"{url}/execute")
    assert (again.status_code, again.json()["detail"]) == (
        409, "This campaign was stopped, so it cannot be launched again.",
    )  # fmt: skip
    refused = await client.post(f"{url}/resume")
    assert (refused.status_code, refused.json()["code"]) == (409, "campaign_state")
    assert (await client.put(url, json={"name": "New"})).status_code == 409
    assert (await client.put(f"{url}/name", json={"name": "New"})).json()["name"] == "New"
    assert (await client.delete(url)).status_code == 204  # it wrote to nobody


@pytest.mark.fault("8B1")
async def test_a_scheduled_campaign_is_moved_copied_and_archived(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await planned(session)
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{campaign_id}"
    start = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    moved = await client.put(f"{url}/start", json={"scheduled_at": start})
    assert datetime.fromisoformat(moved.json()["scheduled_at"]) == datetime.fromisoformat(start)
    assert (
        await client.put(f"{url}/start", json={"scheduled_at": "2020-01-01T00:00:00Z"})
    ).status_code == 422
    assert (
        await client.put(f"{url}/start", json={"scheduled_at": "2027-01-01"})
    ).status_code == 422
    copy = await client.post(f"{url}/copy")
    assert (copy.status_code, copy.json()["status"]) == (201, "draft")
    assert (await client.post(f"{url}/archive")).status_code == 409
    await client.post(f"{url}/stop")
    assert (await client.post(f"{url}/archive")).json()["archived_at"]
    listed = (await client.get("/api/campaigns")).json()["items"]
    assert [item["id"] for item in listed] == [copy.json()["id"]]
    put_away = (await client.get("/api/campaigns?archived=true")).json()["items"]
    assert [item["id"] for item in put_away] == [str(campaign_id)]
    assert (await client.delete(f"{url}/archive")).json()["archived_at"] is None
    reader = await login_as(Role.AGENT)
    assert (await reader.post(f"{url}/copy")).status_code == 403


async def test_figures_sum_and_name_their_people(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    campaign_id = await running(state)
    stats = (await client.get(f"/api/campaigns/{campaign_id}/stats")).json()
    assert stats["reconciliation"] == {
        "total": 4, "terms": {"queued": 4}, "sentence": "4 = 4 queued",
    }  # fmt: skip
    assert stats["counters"]["total"] == stats["counters"]["queued"] == 4
    assert stats["funnel"] == dict.fromkeys(
        ("submitted", "reached_sent", "reached_delivered", "read", "replied"), 0
    )
    assert stats["pause"] is None
    url = f"/api/campaigns/{campaign_id}/recipients"
    first = (await client.get(url, params={"limit": 3})).json()
    assert [item["number"] for item in first["items"]] == [1, 2, 3]
    rest = (await client.get(url, params={"limit": 3, "after": first["next_after"]})).json()
    assert ([item["number"] for item in rest["items"]], rest["next_after"]) == ([4], None)
    none = (await client.get(url, params={"state": "failed"})).json()
    assert none == {"items": [], "next_after": None}
    assert (await client.get(url, params={"state": "pending"})).status_code == 422
    assert (await client.get(url, params={"limit": 201})).status_code == 422


@pytest.mark.parametrize("how", ["query", "header"])
async def test_recipients_come_as_csv(login_as: LoginAs, state: AppState, how: str) -> None:
    client = await login_as(Role.MANAGER)
    url = f"/api/campaigns/{await running(state)}/recipients"
    if how == "query":
        answer = await client.get(url, params={"format": "csv"})
    else:
        answer = await client.get(url, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["number"] for row in rows] == ["1", "2", "3", "4"]
    assert {row["state"] for row in rows} == {"queued"}


async def test_the_list_walks_by_cursor_and_filters(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    for number in range(5):
        await client.post("/api/campaigns", json={"name": f"Campaign {number}"})
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get("/api/campaigns", params={"limit": 2, "cursor": cursor})).json()
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [f"Campaign {number}" for number in (4, 3, 2, 1, 0)]
    found = (await client.get("/api/campaigns", params={"search": "paign 3"})).json()["items"]
    assert [item["name"] for item in found] == ["Campaign 3"]
    assert (await client.get("/api/campaigns", params={"status": "running"})).json()["items"] == []
    for wrong in ("%%%", "bm9wZQ", "WyJhIiwiYiJd"):
        answer = await client.get("/api/campaigns", params={"cursor": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")
    assert (await client.get("/api/campaigns", params={"limit": 201})).status_code == 422


async def test_agents_and_narrow_tokens_stay_out(
    login_as: LoginAs, token_for: TokenFor, state: AppState, client: httpx.AsyncClient
) -> None:
    agent = await login_as(Role.AGENT)
    assert (await agent.get("/api/campaigns")).status_code == 403
    campaign_id = await running(state)
    reader = {"Authorization": f"Bearer {await token_for(Role.MANAGER, ['campaigns:read'])}"}
    url = f"/api/campaigns/{campaign_id}"
    assert (await client.get(url, headers=reader)).status_code == 200
    for verb in ("pause", "resume", "stop", "execute"):
        assert (await client.post(f"{url}/{verb}", headers=reader)).status_code == 403
    writer = {"Authorization": f"Bearer {await token_for(Role.MANAGER, ['campaigns:write'])}"}
    assert (await client.post(f"{url}/execute", headers=writer)).status_code == 403


async def test_an_id_of_nothing_is_a_clear_404(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    base = f"/api/campaigns/{uuid4()}"
    for path in ("", "/stats", "/recipients", "/check"):
        assert (await client.get(base + path)).json()["code"] == "campaign_unknown"
    for verb in ("execute", "pause", "resume", "stop"):
        assert (await client.post(f"{base}/{verb}")).json()["code"] == "campaign_unknown"
    assert (await client.get("/api/campaigns/not-an-id")).status_code == 404
