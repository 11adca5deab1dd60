"""Failures lead to exactly their people, and these into a group."""

import re

import pytest
from sqlalchemy import text

from api.state import AppState
from domain.ids import new_id
from domain.permissions import Role
from tests.conftest import LoginAs
from tests.services.campaigns.test_retry import PAYMENT, UNREACHABLE, failed
from tests.web.test_campaign_pages import HTMX, words

pytestmark = pytest.mark.fault("8B2")


async def test_people_of_one_cause_go_into_a_group(login_as: LoginAs, state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign = await failed(session, PAYMENT, UNREACHABLE, UNREACHABLE)
    client = await login_as(Role.MANAGER)
    base = f"/campaigns/{campaign.id}"
    page = await client.get(f"{base}/failures")
    assert 'href="/contacts"' not in re.sub(r"<nav.*?</nav>", "", page.text, flags=re.DOTALL)
    link = f"{base}/recipients?state=failed&amp;cause=unreachable"
    assert link in page.text
    dialog = await client.get(
        f"{base}/recipients/group?state=failed&cause=unreachable", headers=HTMX
    )
    assert "Put these people into a group" in words(dialog)
    form = {"state": "failed", "cause": "unreachable", "name": "Not reached"}
    for said in ("2 people added", "0 people added"):
        answer = await client.post(f"{base}/recipients/group", data=form)
        assert answer.headers["location"].startswith("/contacts?group=")
        assert said in words(await client.get(answer.headers["location"]))
    async with state.sessions() as session:
        members = await session.scalar(
            text(
                "SELECT count(*) FROM group_members JOIN groups g ON g.id = group_id WHERE g.name = :name"
            ),
            {"name": "Not reached"},
        )
        assert members == 2
    nameless = await client.post(f"{base}/recipients/group", data=form | {"name": " "})
    assert nameless.headers["location"] == f"{base}/failures"
    nowhere = await client.post(
        f"/campaigns/{new_id()}/recipients/group", data=form | {"name": "X"}
    )
    assert nowhere.status_code == 404
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM groups WHERE name = 'X'")) == 0
    agent = await login_as(Role.AGENT)
    assert (await agent.post(f"{base}/recipients/group", data=form)).status_code == 403


async def test_a_campaign_that_only_waits_says_for_what(login_as: LoginAs, state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign = await failed(session, PAYMENT)
        await session.execute(
            text("UPDATE campaigns SET status = 'running', finished_at = NULL, started_at = now()")
        )
        await session.execute(
            text("UPDATE messages SET state = 'queued', next_try_at = now() + interval '1 day'")
        )
        # As it is later: in the seconds after a message it is measured, not waited for.
        await session.execute(text("DELETE FROM campaign_rates"))
    client = await login_as(Role.MANAGER)
    page = words(await client.get(f"/campaigns/{campaign.id}"))
    assert re.search(r"Trying \d+ pe\w+ again", page)
    assert "0/s" not in page
    assert "next try" in words(await client.get("/"))
