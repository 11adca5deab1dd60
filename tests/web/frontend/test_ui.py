"""The kit page in a real Chromium: policy, islands, keyboard, live refresh, composer; and asset sizes."""

import gzip
import json
import sys
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.eventually import eventually
from tests.web.frontend.conftest import Site
from web import build_assets
from web.assets import read_built

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
    # Whatever else the page fetches, one click undoes once.
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


async def test_a_part_that_loads_later_imports_nothing_that_is_not_there() -> None:
    # A browser never again fetches an address that failed, and a retry gives a new one to the part alone.
    manifest = read_built("manifest.json")
    there = {"src/app.ts", *manifest["src/app.ts"].get("imports", ())}
    parts = {name: chunk for name, chunk in manifest.items() if chunk.get("isDynamicEntry")}
    assert len(parts) > 5
    assert {
        name for name, chunk in parts.items() if not there.issuperset(chunk["imports"])
    } == set()


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
