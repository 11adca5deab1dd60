"""The kit page in a real Chromium: policy, islands, keyboard, live refresh, composer; and asset sizes."""

import asyncio
import gzip
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.eventually import eventually
from tests.serving import serving, url_of
from tests.web.kit_app import KitServer
from web import build_assets
from web.assets import read_built

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Site:
    """A running kit application and a browser to open it with."""

    url: str
    server: KitServer
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "/kit", width: int = 1440, **options: object) -> Page:
        context = await self.browser.new_context(
            viewport={"width": width, "height": 900},
            **options,  # type: ignore[arg-type] # passed through to the browser
        )
        page = await context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.url + path)
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[Site]:
    build_assets.build()
    kit = KitServer()
    async with (
        serving(kit.application(), ws="websockets-sansio") as server,
        async_playwright() as playwright,
    ):
        path = shutil.which("chromium") or os.environ.get("CHROMIUM_PATH")
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield Site(url_of(server), kit, browser)
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def site(running: Site) -> AsyncIterator[Site]:
    running.complaints.clear()
    running.server.posts.clear()
    running.server.tokens.clear()
    running.server.heard.clear()
    yield running
    for context in running.browser.contexts:
        await context.close()
    assert running.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_obey_the_policy_and_fit(site: Site, width: int, scheme: str) -> None:
    for path in ("/kit", "/login"):
        page = await site.open(path, width, color_scheme=scheme)
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        dark = await page.evaluate("document.documentElement.classList.contains('dark')")
        assert dark == (scheme == "dark")
    assert site.complaints == []


@pytest.mark.browser
async def test_toast_with_undo_carries_the_token(site: Site) -> None:
    page = await site.open()
    await page.get_by_role("button", name="Undo bar").click()
    toast = page.locator("#toasts .toast")
    await expect(toast).to_contain_text("Contact deleted")
    # Whatever else the page fetches meanwhile, one click undoes once.
    refreshes = site.server.refreshes
    await eventually(lambda: site.server.sockets, "the page is connected")
    await site.server.emit({"event": "campaign_update", "room": "campaign:1"})
    await eventually(lambda: site.server.refreshes > refreshes, "it asks for the counters again")
    await expect(page.get_by_text(f"Refreshed {site.server.refreshes}")).to_be_visible()
    await toast.get_by_role("button", name="Undo").click()
    await eventually(lambda: len(site.server.tokens) == 2, "two forms arrived")
    await expect(toast).to_have_count(0)
    await page.wait_for_load_state("networkidle")
    assert site.server.tokens == ["token-1", "token-1"]


@pytest.mark.browser
async def test_an_error_leaves_the_page_as_it_was(site: Site) -> None:
    page = await site.open()
    button = page.get_by_role("button", name="Error", exact=True)
    await button.click()
    await expect(page.get_by_role("alert").filter(has_text="Not possible")).to_contain_text(
        "Choose a smaller audience."
    )
    await expect(button).to_be_visible()


@pytest.mark.browser
async def test_confirm_uses_our_dialog(site: Site) -> None:
    page = await site.open()
    await page.get_by_role("button", name="Confirm", exact=True).click()
    dialog = page.get_by_role("dialog", name="Are you sure?")
    await expect(dialog).to_contain_text("Delete 12 contacts?")
    await dialog.get_by_role("button", name="Cancel").click()
    assert site.server.tokens == []
    await page.get_by_role("button", name="Confirm", exact=True).click()
    await dialog.get_by_role("button", name="Yes, continue").click()
    await expect(page.locator("#toasts .toast")).to_contain_text("Contact deleted")


@pytest.mark.browser
async def test_a_confirmed_form_posts_and_flashes(site: Site) -> None:
    page = await site.open()
    await page.get_by_role("button", name="Post", exact=True).click()
    await page.get_by_role("button", name="Yes, continue").click()
    await expect(page.locator("#toasts .toast")).to_contain_text("Done & saved")


@pytest.mark.browser
async def test_keyboard_palette_and_list_of_keys(site: Site) -> None:
    page = await site.open()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("cam")
    await expect(page.locator("#palette").get_by_role("option", selected=True)).to_have_text(
        "Campaigns"
    )
    await page.keyboard.press("Escape")
    await expect(page.locator("#palette")).to_be_hidden()
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(keys).to_contain_text("Pause")
    await page.keyboard.press("Escape")
    await expect(keys).to_be_hidden()
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/")


@pytest.mark.browser
async def test_menus_open_and_walk_by_keyboard(site: Site) -> None:
    page = await site.open()
    await page.get_by_role("button", name="More").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Duplicate")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Open in Temporal")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("menuitem", name="Duplicate")).to_be_hidden()
    box = await page.get_by_role("button", name="More").bounding_box()
    assert box is not None


@pytest.mark.browser
async def test_theme_choice_is_kept(site: Site) -> None:
    page = await site.open(color_scheme="light")
    await page.get_by_role("button", name="Account Mina Kovač").click()
    await page.get_by_role("menuitemradio", name="Dark").click()
    await page.reload()
    assert await page.evaluate("document.documentElement.className") == "dark"
    await page.get_by_role("button", name="Collapse or expand the sidebar").click()
    await page.reload()
    assert await page.evaluate("document.documentElement.dataset.sidebar") == "collapsed"


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


@pytest.mark.browser
async def test_times_are_in_the_viewers_zone(site: Site) -> None:
    page = await site.open(timezone_id="Asia/Tokyo")
    element = page.locator("time[data-format=datetime]").first
    moment = await element.get_attribute("datetime")
    hour = (int(str(moment)[11:13]) + 9) % 24
    assert f"{hour:02d}:" in await element.inner_text()
    assert "UTC" in str(await element.get_attribute("title"))


@pytest.mark.browser
async def test_a_phone_gets_a_drawer_and_a_bottom_bar(site: Site) -> None:
    page = await site.open(width=390)
    await expect(page.get_by_role("navigation", name="Main, short")).to_be_visible()
    await page.get_by_role("button", name="Open navigation").click()
    await page.get_by_role("dialog", name="Navigation").get_by_role("link", name="Settings").click()
    await page.wait_for_url("**/settings")


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_has_enough_contrast(site: Site, scheme: str) -> None:
    page = await site.open(color_scheme=scheme)
    script = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
    poor = await page.evaluate(script)
    assert poor == []


async def test_assets_stay_within_their_budget() -> None:
    manifest = read_built("manifest.json")
    scripts = {
        chunk["file"]
        for source, chunk in manifest.items()
        if chunk["file"].endswith(".js") and not source.startswith("src/builder")
    }
    sizes = {name: _compressed(name) for name in sorted(scripts)}
    styles = _compressed(manifest["styles/app.css"]["file"])
    total = sum(sizes.values())
    sys.stdout.write(json.dumps({"scripts": sizes, "script_total": total, "styles": styles}) + "\n")
    assert total <= 60 * 1024, sizes
    assert styles <= 30 * 1024


def _compressed(name: str) -> int:
    return len(gzip.compress((build_assets.DIST / name).read_bytes(), 9))


async def test_building_twice_does_nothing() -> None:
    build_assets.build()
    assert build_assets.is_built()
    assert build_assets.build() is False


async def test_both_toolchains_are_found() -> None:
    assert build_assets.find_toolchain().node.exists()
    wheel = build_assets._wheel()
    assert wheel is not None
    assert build_assets._version(str(wheel.node), "--version") >= (24,)
