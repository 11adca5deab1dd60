"""What a campaign's menu and a scheduled campaign's page offer, and that it works."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from api.state import AppState
from domain.permissions import Role
from services.campaigns import report
from tests.api.campaigns.test_outcomes import ended_workflows
from tests.conftest import LoginAs
from tests.noted import commands
from tests.services.campaigns.test_desk import planned
from tests.web.campaigns.test_pages import HTMX, words

__all__ = ["ended_workflows"]
pytestmark = pytest.mark.fault("8B1")


async def test_a_scheduled_campaign_offers_what_exists(
    login_as: LoginAs, state: AppState, ended_workflows: list[UUID]
) -> None:
    async with state.sessions.begin() as session:
        base = f"/campaigns/{await planned(session)}"
    client = await login_as(Role.MANAGER)
    page = words(await client.get(base))
    for offered in ("Edit", "Change the start", "Cancel campaign", "Rename", "Duplicate"):
        assert offered in page
    assert "Archive" not in page
    dialog = words(await client.get(f"{base}/stop", headers=HTMX))
    assert "Cancel this campaign?" in dialog
    assert "pause it" not in dialog
    start = (datetime.now(UTC) + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    moved = await client.post(f"{base}/start", data={"at": start, "zone": "UTC", "when": "later"})
    assert "flash" in moved.cookies
    assert (await commands(state))[-1] == "move_campaign"
    past = {"at": f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M}", "zone": "UTC"}
    refused = await client.post(f"{base}/start", data=past)
    assert "That time has passed" in words(await client.get(refused.headers["location"]))
    edited = await client.post(f"{base}/edit")
    assert edited.headers["location"] == f"{base}/review"
    assert len(ended_workflows) == 1
    await client.post(f"{base}/start", data={"when": "now"})
    assert "so it has no start to change yet" in words(await client.get(f"{base}/review"))


async def test_an_ended_campaign_is_renamed_copied_archived_and_brought_back(
    login_as: LoginAs, state: AppState, ended_workflows: list[UUID]
) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await planned(session)
    base = f"/campaigns/{campaign_id}"
    client = await login_as(Role.MANAGER)
    await client.post(f"{base}/stop")
    page = words(await client.get(base))
    assert "3 not sent" in page
    assert "waiting to be sent" not in page.lower()
    assert "3 waiting" not in page
    assert "value=" in (await client.get(f"{base}/name", headers=HTMX)).text
    await client.post(f"{base}/name", data={"name": "Winter"})
    archived = await client.post(f"{base}/archive", headers=HTMX)
    assert f"{base}/restore" in archived.headers["hx-trigger"]
    listed = await client.get("/campaigns")
    assert "Winter" not in listed.text
    assert "Archived 1" in words(listed)
    assert "Winter" in (await client.get("/campaigns?archived=1")).text
    await client.post(f"{base}/restore", headers=HTMX)
    assert "Winter" in (await client.get("/campaigns")).text
    copied = await client.post(f"{base}/copy")
    made = re.search(r"/campaigns/([0-9a-f-]+)/audience", copied.headers["location"])
    assert made is not None
    assert "Winter (copy)" in (await client.get(copied.headers["location"])).text
    assert "Delete this campaign?" in words(await client.get(f"{base}/delete", headers=HTMX))
    await client.post(f"{base}/delete")
    async with state.sessions() as session:
        assert [str(one.id) for one in await report.page(session)] == [made[1]]


async def test_the_step_schedule_is_ticked_once_it_was_seen(
    login_as: LoginAs, state: AppState, ended_workflows: list[UUID]
) -> None:
    async with state.sessions.begin() as session:
        base = f"/campaigns/{await planned(session)}"
    client = await login_as(Role.MANAGER)
    await client.post(f"{base}/edit")

    async def step() -> str:
        text = (await client.get(f"{base}/message")).text
        found = re.search(rf"<li[^>]*>(?:(?!</li>).)*{base}/schedule.*?</li>", text, re.DOTALL)
        assert found is not None
        return found[0]

    before = await step()
    await client.get(f"{base}/schedule")
    assert 'data-state="done"' in await step()
    assert 'data-state="todo"' in before
