"""The list of runs, and a contact's on their page."""

from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from tests import runs
from tests.conftest import LoginAs
from tests.graphs import chain, say
from tests.web.automations import following
from tests.web.automations.following import Follow
from tests.web.automations.test_run import texts


@pytest.fixture
async def follow(session: AsyncSession, state: AppState) -> Follow:
    """A run that waits for a color, and one of another automation that failed."""
    follow = await following.at_question(session, state.vault)
    other = await runs.live(session, chain(say("Hi")), "Reminder")
    failing = Follow(session, follow.who, other, await runs.started(session, other, follow.who))
    await failing.decide()
    await failing.failed(1, "rejected")
    await session.commit()
    return follow


async def shown(client: httpx.AsyncClient, query: str = "") -> str:
    """The rows of the list."""
    page = await client.get(f"/automations/runs{query}", headers={"HX-Request": "true"})
    assert page.status_code == 200
    return texts(page.text)


async def test_every_filter_narrows_the_list(login_as: LoginAs, follow: Follow) -> None:
    client = await login_as(Role.AGENT)
    whole = await shown(client)
    assert "Shop version 1" in whole
    assert "Waits for a reply which · until" in whole
    assert "Reminder" in whole
    assert "Failed" in whole
    shop, contact = f"automation={follow.automation_id}", f"contact={follow.who.contact_id}"
    for query, is_there, is_not in (
        ("status=active", "Shop", "Reminder"), ("status=ended", "Reminder", "Shop"),
        ("ending=failed", "Reminder", "Shop"), (shop, "Shop", "Reminder"), ("period=day", "Shop", "No run"),
        (f"{shop}&node=which", "Shop", "No run"), (f"{shop}&node=hello", "No run matches", "version"),
        (contact, "Shop", "No run"), (f"contact={uuid4()}", "No run matches", "version"),
    ):  # fmt: skip
        rows = await shown(client, f"?{query}")
        assert is_there in rows, query
        assert is_not not in rows, query


async def test_the_page_offers_the_filters_and_follows_what_moves(
    login_as: LoginAs, follow: Follow
) -> None:
    client = await login_as(Role.AGENT)
    page = await client.get(f"/automations/runs?automation={follow.automation_id}")
    assert f'data-live="automations automation:{follow.automation_id}"' in page.text
    assert '<option value="which"' in page.text
    everything = await client.get("/automations/runs")
    assert f"run:{follow.run_id}" in everything.text
    leads = await client.get(f"/automations/{follow.automation_id}/runs")
    assert leads.headers["location"].endswith(
        f"/automations/runs?automation={follow.automation_id}"
    )
    narrowed = await client.get(f"/automations/runs?contact={follow.who.contact_id}")
    assert "chip" in narrowed.text


@pytest.mark.usefixtures("follow")
async def test_pages_follow_each_other(login_as: LoginAs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.automations.runs.PAGE", 1)
    client = await login_as(Role.AGENT)
    first = await client.get("/automations/runs")
    assert "Reminder version" in texts(first.text)
    following_page = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = texts((await client.get(following_page.replace("&amp;", "&"))).text)
    assert "Shop version" in second
    assert "Reminder version" not in second


async def test_a_contacts_page_and_timeline_tell_of_runs(login_as: LoginAs, follow: Follow) -> None:
    client = await login_as(Role.AGENT)
    contact = follow.who.contact_id
    assert f"/automations/runs/of/{contact}" in (await client.get(f"/contacts/{contact}")).text
    part = await client.get(f"/automations/runs/of/{contact}", headers={"HX-Request": "true"})
    assert follow.page in part.text
    assert "Failed" in texts(part.text)
    activity = await client.get(f"/contacts/{contact}/activity")
    assert "Entered the automation Shop" in texts(activity.text)
    assert "The automation Reminder failed" in texts(activity.text)
    assert follow.page in activity.text


async def test_without_runs_it_says_what_will_stand_here(login_as: LoginAs) -> None:
    page = texts((await (await login_as(Role.AGENT)).get("/automations/runs")).text)
    assert "Nobody has entered an automation yet" in page
