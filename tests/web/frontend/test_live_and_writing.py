"""Live regions, and what people write beside them: composers, drafts and files."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.eventually import eventually
from tests.web.frontend.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.browser
async def test_live_regions_refresh_throttled_and_after_a_gap(site: Site) -> None:
    page = await site.open()
    await eventually(
        lambda: {"event": "join", "room": "campaign:1"} in site.server.heard,
        "the page has joined its room",
    )
    before, began = site.server.refreshes, asyncio.get_running_loop().time()
    for _ in range(30):
        await site.server.emit({"event": "campaign.progress", "room": "campaign:1"})
    # One at once and one at the end of the burst; however slow the machine, no more than its time allows.
    await eventually(
        lambda: site.server.refreshes >= before + 2, "both regions were asked for again"
    )
    await expect(page.locator("#counters")).to_contain_text(f"Refreshed {site.server.refreshes}")
    passed = asyncio.get_running_loop().time() - began
    assert site.server.refreshes - before <= 2 + passed / 0.35
    await site.server.emit({"event": "campaign.progress", "room": "campaign:2"})
    seen = site.server.refreshes
    await site.server.sockets[0].close()
    await eventually(lambda: site.server.refreshes > seen, "the page asks again by itself")
    await expect(page.locator("#connection")).to_be_hidden()


@pytest.mark.browser
@pytest.mark.fault("8B7")
async def test_a_page_says_how_old_its_figures_are(site: Site) -> None:
    page = await site.open()
    await eventually(
        lambda: {"event": "join", "room": "campaign:1"} in site.server.heard,
        "the page has joined its room",
    )
    await page.route_web_socket(re.compile("."), lambda route: route.close())
    await site.server.sockets[0].close()
    await expect(page.locator("#connection")).to_be_visible()
    said = await page.locator("#connection").inner_text()
    assert re.search(r"Figures are as of \d\d:\d\d:\d\d", said)


@pytest.mark.browser
@pytest.mark.fault("8B7")
async def test_a_page_says_when_its_server_hangs(site: Site) -> None:
    page = await site.open()
    await page.clock.install()
    site.server.heard.clear()
    await page.reload()
    await eventually(
        lambda: {"event": "join", "room": "campaign:1"} in site.server.heard,
        "the page has joined its room",
    )
    await page.clock.run_for(25_000)
    await eventually(
        lambda: {"event": "ping"} in site.server.heard, "the page says that it is there"
    )
    await page.clock.run_for(10_000)
    await expect(page.locator("#connection")).to_be_visible()
    seen = site.server.refreshes
    await site.server.emit({"event": "ack", "ref": "1"})
    await eventually(lambda: site.server.refreshes > seen, "it asks for the counters again")
    await expect(page.locator("#connection")).to_be_hidden()


@pytest.mark.browser
async def test_what_already_stands_there_is_not_said_again(site: Site) -> None:
    page = await site.open()
    told = "new CustomEvent('toast', {detail: {text: 'No answer', tone: 'danger'}})"
    for _ in range(3):
        await page.evaluate(f"document.dispatchEvent({told})")
    await expect(page.locator("#toasts .toast", has_text="No answer")).to_have_count(1)


@pytest.mark.browser
async def test_colleagues_show_while_they_type(site: Site) -> None:
    page = await site.open()
    await eventually(
        lambda: {"event": "join", "room": "conversation:1"} in site.server.heard,
        "the page has joined its room",
    )
    event = {"event": "user_activity", "room": "conversation:1", "user": "Leo", "user_id": "2"}
    await site.server.emit({**event, "activity": "typing"})
    await expect(page.get_by_text("Leo is typing…")).to_be_visible()
    await site.server.emit({**event, "activity": "left"})
    await expect(page.get_by_text("Leo is typing…")).to_be_hidden()


@pytest.mark.browser
async def test_composer_sends_once_and_retries_with_the_same_id(site: Site) -> None:
    page = await site.open()
    box = page.get_by_role("textbox", name="Reply")
    await box.fill("First line")
    await box.press("Shift+Enter")
    await box.type("second")
    await box.press("Enter")
    await expect(box).to_have_value("")
    await eventually(lambda: len(site.server.posts) == 1, "the post arrived")
    sent = page.locator("#messages .bubble-row").filter(has_text="First line")
    await expect(sent).to_have_count(1)
    await expect(sent.get_by_role("img", name="Sent")).to_be_visible()
    assert site.server.posts[0]["text"] == "First line\r\nsecond"

    site.server.refuse = True
    await box.fill("Too late")
    await box.press("Enter")
    failed = page.locator("#messages .bubble-row").filter(has_text="Too late")
    await expect(failed).to_contain_text("The window closed.")
    site.server.refuse = False
    await failed.get_by_role("button", name="Retry").click()
    await expect(failed.get_by_role("img", name="Sent")).to_be_visible()
    first, second = site.server.posts[-2:]
    assert first["client_id"] == second["client_id"]


@pytest.mark.browser
async def test_drafts_save_as_you_type(site: Site) -> None:
    page = await site.open()
    await page.get_by_label("Campaign name").fill("Summer")
    await expect(page.get_by_text("Saved just now")).to_be_visible()
    assert site.server.posts[-1]["name"] == "Summer"


@pytest.mark.browser
@pytest.mark.fault("D4")
async def test_a_draft_that_is_not_saved_marks_the_field_until_it_is(site: Site) -> None:
    page = await site.open()
    name = page.get_by_label("Campaign name")
    await name.fill("Taken")
    await expect(page.get_by_text("Not saved: check the marked fields")).to_be_visible()
    await expect(page.get_by_text("Another one has this name.")).to_be_visible()
    await name.fill("Summer")
    await expect(page.get_by_text("Saved just now")).to_be_visible()
    await expect(page.get_by_text("Another one has this name.")).to_have_count(0)
    await name.fill("Signed out")
    await page.wait_for_url("**/login")


@pytest.mark.browser
@pytest.mark.fault("A9")
async def test_a_file_that_is_not_to_be_had_says_why(site: Site) -> None:
    page = await site.open("/kit/files")
    await expect(page.get_by_text("WhatsApp no longer has this file.")).to_have_count(2)
    await expect(page.get_by_role("link", name="Download it")).to_have_attribute(
        "href", f"{site.url}/login"
    )
    await expect(page.locator("[data-file]")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.fault("B4")
async def test_uploads_show_their_answer(site: Site, tmp_path: Path) -> None:
    rows = tmp_path / "people.csv"
    rows.write_text("phone\n+234\n")
    page = await site.open()
    await page.locator("#file").set_input_files(rows)
    await expect(page.locator("#upload-result")).to_contain_text("Received people.csv: 11 bytes")
    # Another way of reading it takes it again; so does choosing the same file.
    uploads = site.server.uploads
    await page.locator("[name=language]").select_option("fr")
    await eventually(lambda: site.server.uploads == uploads + 1, "the first file is there")
    async with page.expect_file_chooser() as chooser:
        await page.locator("#file").click()
    await (await chooser.value).set_files(rows)
    await eventually(lambda: site.server.uploads == uploads + 2, "the second file is there")
