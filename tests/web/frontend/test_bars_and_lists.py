"""Undo toasts, selected rows and the palette, used in a hurry."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, expect

from api.state import AppState
from domain.ids import new_id
from domain.permissions import Role
from store.tables.contacts import ContactRow
from tests.conftest import LoginAs
from tests.e2e.browser import chromium
from tests.e2e.test_pages import AXE, EVERYTHING, JUDGED
from tests.web.browsing import opened
from tests.web.contacts.test_bulk import in_time


async def people(state: AppState, *names: str) -> None:
    """Contacts of these names."""
    async with state.sessions.begin() as session:
        for number, name in enumerate(names):
            digits = f"3460033{number:04}"
            session.add(ContactRow(id=new_id(), phone=f"+{digits}", phone_key=digits, name=name))


async def delete(page: Page, name: str) -> None:
    """Delete a contact on its page."""
    await page.get_by_role("link", name=name).click()
    await page.get_by_role("button", name="More").first.click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete contact").click()


@pytest.mark.fault("8B6")
async def test_an_undo_that_comes_too_late_says_so_and_the_bar_waits_for_nobody(
    login_as: LoginAs, state: AppState, address: str
) -> None:
    client = await login_as(Role.MANAGER)
    await people(state, "Ana Ruiz", "Bia Lima", "Caio Reis")
    async with chromium() as browser, opened(browser, client, "about:blank") as page:
        await page.clock.install()
        await page.goto(f"{address}/contacts")
        await page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # however slow it all is
        toasts = page.locator("#toasts .toast")
        bar = toasts.filter(has_text="Contact deleted.")
        undo = bar.get_by_role("button", name="Undo")
        await delete(page, "Ana Ruiz")
        # As long as the server promised when it deleted, not longer than when the page was drawn.
        assert 0 < int(await bar.get_attribute("data-left") or 0) < 10_000
        await undo.click()
        await expect(toasts).to_contain_text("Back again.")
        await delete(page, "Bia Lima")
        await undo.hover()
        await page.clock.run_for(10_500)
        await expect(bar).to_have_count(0)
        await page.mouse.move(0, 0)
        await delete(page, "Caio Reis")
        await expect(undo).to_be_visible()
        await in_time(state)
        await undo.click()
        await expect(toasts.filter(has_text="It is too late to undo")).to_have_role("alert")
        await page.clock.run_for(500)
        await expect(bar).to_have_count(0)
        # Without a line the bar stays to be clicked again.
        await delete(page, "Ana Ruiz")
        await page.route("**/undo", lambda route: route.abort())
        await undo.click()
        await expect(toasts.filter(has_text="The server did not answer")).to_be_visible()
        await page.unroute("**/undo")
        await undo.click()
        await expect(toasts.filter(has_text="Back again.")).to_be_visible()


@pytest.mark.fault("8B6")
async def test_the_undo_bar_goes_along_to_another_page(
    login_as: LoginAs, state: AppState, address: str
) -> None:
    client = await login_as(Role.MANAGER)
    await people(state, "Ana Ruiz", "Bia Lima")
    async with chromium() as browser, opened(browser, client, "about:blank") as page:
        await page.clock.install()
        await page.goto(f"{address}/contacts")
        await page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
        bar = page.locator("#toasts .toast").filter(has_text="Contact deleted.")
        undo = bar.get_by_role("button", name="Undo")
        await delete(page, "Ana Ruiz")
        await expect(bar).to_have_count(1)
        await page.clock.run_for(3_000)
        await page.goto(f"{address}/campaigns")
        await expect(bar).to_have_count(1)
        assert int(await bar.get_attribute("data-left") or 0) <= 7_000
        await undo.click()
        await expect(page.locator("#toasts")).to_contain_text("Back again.")
        await page.goto(f"{address}/contacts")
        await expect(bar).to_have_count(0)
        await delete(page, "Bia Lima")
        await expect(bar).to_have_count(1)
        await page.clock.run_for(10_500)
        await page.goto(f"{address}/campaigns")
        await expect(page.get_by_role("heading", name="Campaigns", level=1)).to_be_visible()
        await expect(bar).to_have_count(0)


@pytest.mark.fault("8B6")
async def test_all_but_one_is_not_all(login_as: LoginAs, state: AppState, address: str) -> None:
    client = await login_as(Role.MANAGER)
    await people(state, *(f"Person {number:02}" for number in range(62)))
    async with chromium() as browser, opened(browser, client, f"{address}/contacts") as page:
        every, boxes = page.get_by_label("Select all rows"), page.locator("input[name=ids]")
        said, all_of_them = page.locator("[data-selected]"), page.locator("input[name=all]")
        await every.check()
        await all_of_them.check()
        await expect(said).to_have_text("62 selected")
        await boxes.first.uncheck()
        ticked = await boxes.count() - 1
        await expect(all_of_them).not_to_be_checked()
        await expect(said).to_have_text(f"{ticked} selected")
        await page.get_by_role("button", name="Delete").first.click()
        await expect(page.locator("#selection-dialog")).to_contain_text(
            f"Delete {ticked} contacts?"
        )
        await page.keyboard.press("Escape")
        await every.check()
        await all_of_them.check()
        await every.uncheck()
        await expect(all_of_them).not_to_be_checked()


@pytest.mark.fault("8B5")
async def test_the_palette_goes_where_the_words_lead(
    login_as: LoginAs, state: AppState, address: str
) -> None:
    client, go = await login_as(Role.MANAGER), asyncio.Event()
    await people(state, "Ana Ruiz", "Bia Lima", "Te Wong")

    async def held(route: Route) -> None:
        await go.wait()
        await route.continue_()

    async with chromium() as browser, opened(browser, client, f"{address}/campaigns") as page:
        palette = page.locator("#palette")
        options = palette.get_by_role("option")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("ana")
        await expect(options.filter(has_text="Ana Ruiz")).to_have_count(1)
        # What was chosen stays chosen when an answer comes; what was found for other words is gone.
        await page.route("**/go?*", held)
        field = palette.get_by_role("combobox")
        await field.fill("bia lima")
        await expect(options.filter(has_text="Ana")).to_have_count(0)
        await page.keyboard.press("Enter")
        go.set()
        await page.wait_for_url("**/contacts/*")
        await expect(page.get_by_role("heading", name="Bia Lima", level=1)).to_be_visible()
        go.clear()
        await page.keyboard.press("Control+k")
        await field.fill("te")
        await expect(options.first).to_be_visible()
        await page.keyboard.press("ArrowDown")
        chosen = palette.get_by_role("option", selected=True)
        was = await chosen.inner_text()
        go.set()
        await expect(options.filter(has_text="Te Wong")).to_have_count(1)
        await expect(chosen).to_have_text(was)
        await field.fill("nobody of that name")
        await expect(palette.get_by_text("Nothing found")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(palette).to_be_visible()
        # Nobody knows whether there is somebody when the server did not answer.
        await page.route("**/go?*", lambda route: route.abort())
        await field.fill("nobody of another name")
        await expect(palette.get_by_text("The search failed")).to_be_visible()
        await expect(palette.get_by_text("Nothing found")).to_be_hidden()
        await page.unroute("**/go?*")
        await field.fill("nobody at all of that name")
        await expect(palette.get_by_text("Nothing found")).to_be_visible()
        await expect(palette.get_by_text("The search failed")).to_be_hidden()
        await page.evaluate(AXE)
        assert await page.evaluate(JUDGED, EVERYTHING) == []
