"""A person's decisions about a campaign: undo, settle unknown outcomes, retry, resume after a restore."""

import re

import httpx
import psycopg
import pytest
from playwright.async_api import expect

from store.engine import libpq_url
from tests.e2e.browser import Visitor
from tests.e2e.campaign import launch
from tests.e2e.stage import Stage
from tests.e2e.stories import Item, draft, ended, items
from tests.eventually import eventually

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
]

FEW = "Newsletter"


async def calls(simulator: httpx.AsyncClient) -> int:
    """How many sends WhatsApp was asked for so far."""
    stats = (await simulator.get("/_sim/stats")).json()
    return int(stats["accepted"]) + int(stats["rejected"])


async def campaign(program: httpx.AsyncClient, campaign_id: str) -> Item:
    found: Item = (await program.get(f"/api/campaigns/{campaign_id}")).json()
    return found


async def test_a_launch_is_taken_back_before_anything_left(
    visitor: Visitor, program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> None:
    made = await draft(program, "Too early", group=FEW)
    before = await calls(simulator)
    page = await visitor.open(f"/campaigns/{made}/review")
    await launch(page, None)
    await expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await page.wait_for_url(re.compile("/review$"))
    await expect(page.get_by_text("Launch undone. Nothing was sent.")).to_be_visible()
    found = await campaign(program, made)
    assert (found["status"], found["counters"]["total"]) == ("draft", 0)
    assert await calls(simulator) == before
    await launch(page, None)
    await expect(page.get_by_text("Finished").first).to_be_visible(timeout=40_000)
    assert await calls(simulator) == before + (await campaign(program, made))["counters"]["total"]


async def test_unknown_outcomes_are_sent_again_only_when_somebody_says_so(
    visitor: Visitor, program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> None:
    made = await draft(program, "Nobody answers", group=FEW)
    lost = {"http_500_share": 1, "http_500_accepted_share": 0}
    await simulator.patch("/_sim/knobs", json=lost)
    await program.post(f"/api/campaigns/{made}/execute")

    async def some_unknown() -> bool:
        return bool((await campaign(program, made))["counters"]["unknown"] >= 3)

    try:
        await eventually(some_unknown, "three are in doubt")
    finally:
        await simulator.patch("/_sim/knobs", json={"http_500_share": 0})
    over = await ended(program, made)
    doubtful = over["counters"]["unknown"]
    assert over["status"] == "completed"
    # WhatsApp answered nobody at first: most of the audience was held back meanwhile.
    assert 3 <= doubtful < over["counters"]["total"] / 2
    doubted = items(await program.get(f"/api/campaigns/{made}/recipients?state=unknown"))
    page = await visitor.open(f"/campaigns/{made}/recipients?state=unknown")
    await page.get_by_role("button", name="Assume sent").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Assume sent").click()
    await expect(page.get_by_text("1 message counts as sent")).to_be_visible()
    before = await calls(simulator)
    await page.get_by_role("button", name="Send all again").click()
    await expect(page.get_by_role("dialog")).to_contain_text("may get the message twice")
    await page.get_by_role("dialog").get_by_role("button", name="Send again").click()
    await expect(page.get_by_text("Running").first).to_be_visible()
    over = await ended(program, made)
    assert (over["status"], over["counters"]["unknown"]) == ("completed", 0)
    assert await calls(simulator) == before + doubtful - 1
    told = []
    for one in doubted:
        path = f"/api/campaigns/{made}/recipients/{one['number']}"
        attempts = (await program.get(path)).json()["attempts"]
        told.append([entry["outcome"] for entry in attempts][:3])
    assert told.count(["unknown", "assumed_sent"]) == 1
    assert told.count(["unknown", "send_again", "accepted"]) == doubtful - 1


async def test_a_restored_backup_waits_for_a_decision(
    stage: Stage, visitor: Visitor, program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> None:
    made = await draft(program, "From a backup", group=FEW, throttle=1)
    await program.post(f"/api/campaigns/{made}/execute")

    async def begun() -> bool:
        return bool((await campaign(program, made))["counters"]["sent"] or 0) or bool(
            items(await program.get(f"/api/campaigns/{made}/recipients?state=submitted"))
        )

    await eventually(begun, "the campaign has begun")
    url = stage.stack.settings.database_url
    assert url is not None
    with psycopg.connect(libpq_url(str(url))) as connection:
        connection.execute("UPDATE installation SET fingerprint = 'another database'")
    stage.kill("worker")
    stage.wait_ready("worker")
    held = await campaign(program, made)
    assert (held["status"], held["pause_reason"]) == ("held", "restored")
    before = await calls(simulator)
    page = await visitor.open(f"/campaigns/{made}")
    await expect(page.get_by_text("Held after a restore")).to_be_visible()
    assert await calls(simulator) == before
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_text("Running").first).to_be_visible()
    await program.put(f"/api/campaigns/{made}/throttle", json={"per_second": None})
    over = await ended(program, made)
    assert over["status"] == "completed"
    assert over["counters"]["queued"] == 0
