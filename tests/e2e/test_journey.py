"""What a newcomer does on the first day, in a real browser: from signing in to a sent campaign."""

import re
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import pytest
from playwright.async_api import Locator, Page, expect
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client

from activities.campaigns.send import IN_FLIGHT
from services import samples
from tests.e2e.browser import Visitor
from tests.e2e.campaign import (
    PEOPLE,
    Counters,
    choose_audience,
    choose_message,
    choose_speed,
    launch,
    witness,
)
from tests.e2e.stage import Stage
from workflows import ids
from workflows.campaign_states import WINDOW

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
]

GROUP = "Spring sale"


def region(page: Page, name: str) -> Locator:
    """A named part of a page."""
    return page.get_by_role("region", name=name)


async def test_1_signs_in_and_sees_the_dashboard(visitor: Visitor) -> None:
    page = await visitor.open("/contacts", signed_in=False)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.get_by_label("Email").fill(visitor.email)
    await page.get_by_label("Password").fill(visitor.password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/contacts")  # where they wanted to go

    await page.get_by_role("link", name="Dashboard").first.click()
    await expect(region(page, "Last 24 hours")).to_contain_text("Submitted to WhatsApp")
    # Other journeys through this demo may have done the last of them; then the list is gone.
    if await page.get_by_role("heading", name="First steps").count():
        for state in ("Done", "To do"):
            steps = page.get_by_role("listitem").filter(has=page.get_by_role("img", name=state))
            await expect(steps).not_to_have_count(0)
    await expect(page.get_by_role("link", name="Demo number")).to_be_visible()


async def test_1_a_wrong_password_is_a_sentence(visitor: Visitor) -> None:
    page = await visitor.open("/login", signed_in=False)
    await page.get_by_label("Email").fill(visitor.email)
    await page.get_by_label("Password").fill("not-the-password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("wrong")
    # The browser itself notes the 401 of the form.
    assert len(visitor.complaints) == 1
    assert "401" in visitor.complaints.pop()


async def test_2_the_demo_channel_is_connected(visitor: Visitor) -> None:
    page = await visitor.open("/channels")
    card = page.get_by_role("article", name="Demo number")
    await expect(card).to_contain_text("Connected")
    await card.get_by_role("link", name="Demo number").click()
    for step in ("The access token works", "WhatsApp reaches this installation"):
        line = page.get_by_role("listitem").filter(has_text=step)
        await expect(line.get_by_role("img", name="Passed")).to_be_visible()


async def test_2_a_wrong_token_is_told_step_by_step(visitor: Visitor, stage: Stage) -> None:
    page = await visitor.open("/channels")
    await page.get_by_role("link", name="Connect a number").click()
    await page.get_by_role("textbox", name="Name", exact=True).fill("Second number")
    await page.get_by_label("Phone number ID").fill("200000000000001")
    await page.get_by_label("WhatsApp Business Account ID").fill("102030405060708")
    await page.get_by_label("Access token").fill("EAA-not-a-token")
    await page.get_by_label("App secret").fill("not-the-secret")
    await page.get_by_label("Verify token").fill("any-word")
    await page.get_by_text("Advanced").click()
    await page.get_by_label("API address").fill(stage.stack.simulator_url)
    await page.get_by_role("button", name="Connect and check").click()
    failing = page.get_by_role("listitem").filter(has_text="The access token works")
    await expect(failing.get_by_role("img", name="Failed")).to_be_visible()
    await expect(failing).to_contain_text("does not accept the access token")
    await expect(failing).to_contain_text("enter it under Edit")

    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Remove channel").click()
    await page.get_by_role("button", name="Remove channel").click()
    await expect(page.get_by_role("article", name="Demo number")).to_be_visible()
    await expect(page.get_by_role("article", name="Second number")).to_have_count(0)


async def test_3_sync_fetches_templates_and_shows_them_on_a_phone(visitor: Visitor) -> None:
    page = await visitor.open("/templates")
    await page.get_by_role("button", name="Sync with WhatsApp").first.click()
    await expect(page.get_by_text(re.compile("Last synced (now|just|0|[1-9] s)"))).to_be_visible()
    card = page.get_by_role("article", name="spring_sale")
    await expect(card.get_by_role("list", name="Languages").get_by_role("listitem")).to_have_count(
        3
    )
    await card.get_by_role("link", name="spring_sale").click()
    phone = page.get_by_role("group", name="How it looks on a phone")
    await expect(phone).to_contain_text("spring is here!")
    for button in ("Show me more", "Stop promotions", "Shop now"):
        await expect(phone).to_contain_text(button)
    await expect(phone.locator("[data-format=IMAGE]")).to_be_visible()
    languages = page.get_by_role("navigation", name="Languages")
    await languages.get_by_role("link", name="Spanish").click()
    await expect(phone).to_contain_text("llegó la primavera")


async def test_4_imports_five_thousand_rows(visitor: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("".join(samples.contacts_csv(5_000)), "utf-8")
    page = await visitor.open("/contacts")
    await page.get_by_role("link", name="Import", exact=True).click()
    await page.get_by_label("Drop a table here").set_input_files(file)
    await page.get_by_role("button", name="Continue").click()

    mobile = page.get_by_label("What Mobile becomes")
    await expect(mobile.locator("option:checked")).to_contain_text("umber")
    await expect(page.get_by_label("What City becomes").locator("option:checked")).to_have_text(
        re.compile("City")
    )
    await page.get_by_label("New group").fill(GROUP)
    await page.get_by_role("button", name="Check the file").click()
    await expect(page.get_by_text(re.compile(r"5,000 rows = "))).to_be_visible(timeout=30_000)
    promised = await figures(page)
    assert promised["rows"] == 5_000 == sum(promised.values()) - promised["rows"]
    assert promised["duplicates"] == samples.DUPLICATE_ROWS
    assert promised["left out"] == samples.INVALID_ROWS
    assert sum(promised.get(kind, 0) for kind in ("new", "updated", "unchanged")) == PEOPLE

    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download these rows").click()
    left_out = tmp_path / "left-out.csv"
    await (await download.value).save_as(left_out)
    rows = left_out.read_text("utf-8-sig").splitlines()
    assert len(rows) == 1 + samples.INVALID_ROWS + samples.DUPLICATE_ROWS

    await page.get_by_role("button", name=re.compile(r"^Import 4,9\d\d contacts$")).click()
    await expect(page.get_by_text("Import finished")).to_be_visible(timeout=30_000)
    stored = await figures(page)
    assert {key: stored[key] for key in promised} == promised


async def figures(page: Page) -> dict[str, int]:
    """The sentence that sums an import, as numbers by word."""
    sentence = await page.get_by_text(re.compile(r"[\d,]+ rows = ")).inner_text()
    counted = re.findall(r"([\d,]+) ([a-z ]+?)(?= [=+·]|$)", sentence)
    return {
        words: int(number.replace(",", "")) for number, words in counted if "added" not in words
    }


async def test_4_groups_and_search_find_people(visitor: Visitor, people: str) -> None:
    page = await visitor.open("/contacts/groups")
    row = page.get_by_role("row").filter(has_text=GROUP)
    await expect(row).to_contain_text("4,973")
    await row.get_by_role("link", name=GROUP).click()
    await expect(page.get_by_text("4,973 contacts")).to_be_visible()
    person = samples.people()[0]
    name = f"{person.first_name} {person.last_name}"
    await page.get_by_role("searchbox", name="Search name, number or field").fill(name)
    found = region(page, "Results").first
    await expect(found.get_by_text(re.compile(r"^[1-9]\d? contacts?$"))).to_be_visible()
    await found.get_by_role("link", name=re.compile(name)).first.click()
    await expect(page.get_by_role("heading", name=re.compile(name))).to_be_visible()
    await expect(page.get_by_text("Loyalty")).to_be_visible()


async def test_5_a_campaign_reaches_everybody_once(
    visitor: Visitor,
    stage: Stage,
    program: httpx.AsyncClient,
    simulator: httpx.AsyncClient,
    people: str,
) -> None:
    page = await visitor.open("/campaigns")
    await page.get_by_role("button", name="New campaign").first.click()
    await choose_audience(page, "Spring sale, opening day", GROUP)
    await choose_message(page, "spring_sale", f"{stage.stack.simulator_url}/_sim/sample/spring.png")
    await choose_speed(page, 120)
    seen_before = await witness(simulator)
    campaign_id = await launch(page, PEOPLE)

    counters = await Counters.watch(page)
    await counters.move(3)
    await dashboard_follows(visitor)
    await the_engine_tells(page, stage, campaign_id)
    await pausing_holds(page, counters)
    await page.get_by_role("button", name="Speed").click()
    dialog = page.get_by_role("dialog", name="Speed")
    await dialog.get_by_role("spinbutton", name="Messages per second").fill("")
    await dialog.get_by_role("button", name="Change speed").click()
    await expect(dialog).to_have_count(0)

    counters = await Counters.watch(page)
    await counters.reach(1_500)
    stage.kill("worker")
    await counters.move(2)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Finished", timeout=60_000)
    assert await counters.same_document()

    sent_to = await witness(simulator, since=seen_before)
    await nobody_lost_or_doubled(program, campaign_id, sent_to)


async def dashboard_follows(visitor: Visitor) -> None:
    """The dashboard shows the campaign, and its numbers move too."""
    page = await visitor.open("/")
    card = page.get_by_role("listitem").filter(has_text="Spring sale, opening day")
    done = card.get_by_text(re.compile(r"of 4,973 done"))
    before = await done.inner_text()
    await expect(done).not_to_have_text(before)
    await page.context.close()


async def the_engine_tells(page: Page, stage: Stage, campaign_id: str) -> None:
    """One click leads to the execution, where an operator reads what it does and for which campaign."""
    await page.get_by_role("button", name="More").click()
    link = page.get_by_role("menuitem", name="Open in Temporal")
    address = str(await link.get_attribute("href"))
    await page.keyboard.press("Escape")
    async with httpx.AsyncClient(timeout=20) as browser:
        shown = await browser.get(address)
        assert shown.status_code == 200
        workflow_id = unquote(address.rsplit("/", 1)[1])
        api = f"{stage.stack.urls.temporal_ui}/api/v1/namespaces/default/workflows"
        known = (await browser.get(f"{api}/{quote(workflow_id, safe='')}")).json()
    info = known["workflowExecutionInfo"]
    assert info["type"]["name"] == "campaign"
    assert "CampaignId" in info["searchAttributes"]["indexedFields"]

    client = await Client.connect(str(stage.stack.settings.temporal_address))
    handle = client.get_workflow_handle(workflow_id)
    described = await handle.describe()
    assert described.typed_search_attributes[ids.CAMPAIGN_ID] == campaign_id
    assert await described.static_summary() == "Campaign"
    details = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert re.search(r"Sending.* · 4,973 recipients", details.current_details)


async def pausing_holds(page: Page, counters: Counters) -> None:
    """Pause stops the counters, resume lets them go on."""
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Paused")
    await counters.stand()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Running")
    await counters.move(2)


async def nobody_lost_or_doubled(
    program: httpx.AsyncClient, campaign_id: str, sent_to: dict[str, int]
) -> None:
    """According to the simulator's log, everybody got it once; our ledger names those who did not."""
    assert max(sent_to.values()) == 1
    stats = (await program.get(f"/api/campaigns/{campaign_id}/stats")).json()
    counters = stats["counters"]
    assert sum(stats["reconciliation"]["terms"].values()) == PEOPLE
    assert counters["queued"] == counters["sending"] == 0
    # What a killed worker was sending is in doubt and never sent again.
    assert counters["unknown"] <= WINDOW * IN_FLIGHT, counters
    unknown: set[str] = set()
    after: int | None = 0
    while after is not None:
        query: dict[str, str | int] = {"state": "unknown", "limit": 200, "after": after}
        found = await program.get(f"/api/campaigns/{campaign_id}/recipients", params=query)
        unknown |= {item["phone"].removeprefix("+") for item in found.json()["items"]}
        after = found.json()["next_after"]
    assert len(unknown) == counters["unknown"]
    assert len(set(sent_to) | unknown) == PEOPLE, counters


async def test_6_stopping_leaves_the_rest_unsent(visitor: Visitor, stage: Stage) -> None:
    page = await visitor.open("/campaigns")
    await page.get_by_role("button", name="New campaign").first.click()
    await choose_audience(page, "Newsletter, stopped early", "Newsletter")
    await choose_message(page, "spring_sale", f"{stage.stack.simulator_url}/_sim/sample/spring.png")
    await choose_speed(page, 5)
    await launch(page, None)
    counters = await Counters.watch(page)
    await counters.move(1)
    await page.get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("dialog", name="Stop this campaign?")
    await expect(dialog).to_contain_text(re.compile(r"\d+ people will not get the message"))
    await dialog.get_by_role("button", name="Stop for good").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Stopped")
    await expect(page.get_by_text(re.compile(r"\d+ people did not get it"))).to_be_visible()
    await (await Counters.watch(page)).read()


async def test_7_a_customer_writes_and_an_agent_answers(
    visitor: Visitor, stage: Stage, people: str
) -> None:
    inbox = await visitor.open("/inbox")
    phone = await visitor.open(f"{stage.stack.urls.phone}/15195550123", signed_in=False)
    chat = phone.get_by_role("log")
    await phone.get_by_role("textbox", name="Message").fill("Do you open on Sunday?")
    await phone.get_by_role("button", name="Send", exact=True).click()
    await expect(chat).to_contain_text("Do you open on Sunday?")

    await inbox.evaluate("window.watched = true")
    row = inbox.get_by_role("link").filter(has_text="Do you open on Sunday?")
    await row.click()
    thread = inbox.get_by_role("log", name="Messages")
    await expect(thread).to_contain_text("Do you open on Sunday?")
    await expect(inbox.get_by_text(re.compile("2[34] h left")).first).to_be_visible()

    await inbox.get_by_role("textbox", name="Reply").fill("Yes, from ten to four.")
    await inbox.get_by_role("textbox", name="Reply").press("Enter")
    await expect(chat).to_contain_text("Yes, from ten to four.")
    ours = thread.locator(".bubble-row").filter(has_text="Yes, from ten to four.")
    await expect(ours).to_have_count(1)
    # The phone is open in front of the customer, so the message is read.
    await expect(ours.get_by_role("img", name="Read")).to_be_visible()

    await phone.get_by_role("textbox", name="Message").fill("See you then!")
    await phone.keyboard.press("Enter")
    await expect(thread).to_contain_text("See you then!")
    assert await inbox.evaluate("window.watched === true")
    await expect(thread.locator(".bubble-row").filter(has_text="See you then!")).to_have_count(1)
