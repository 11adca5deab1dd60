"""The wizards in a real browser: questions follow choices, and everything missing is named."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from api.state import AppState
from domain.permissions import Role
from tests.conftest import LoginAs
from tests.e2e.browser import chromium
from tests.web.browsing import opened
from tests.web.campaigns.test_pages import draft
from tests.web.campaigns.test_sources import GERMAN, upload
from tests.web.test_imports import NAMELESS
from tests.work import work

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """One for a test."""
    async with chromium() as running:
        yield running


@pytest.mark.fault("8B3")
async def test_the_country_is_asked_for_as_soon_as_the_column_is_chosen(
    address: str, browser: Browser, login_as: LoginAs
) -> None:
    client = await login_as(Role.MANAGER)
    files = {"file": ("a.csv", NAMELESS.encode(), "text/csv")}
    place = (await client.post("/contacts/import", files=files)).headers["location"]
    async with opened(browser, client, f"{address}{place}") as page:
        asked = page.get_by_text("Which country are these numbers from?")
        country = page.locator("select[name=default_region]")
        await expect(asked).to_have_count(0)
        await page.get_by_label("What Kontaktweg becomes").select_option("phone")
        await expect(asked).to_be_visible()
        await expect(country).to_have_value("ES")
        await page.get_by_label("What Kontaktweg becomes").select_option("")
        await expect(asked).to_have_count(0)
        await expect(country).to_have_count(1)
        await page.get_by_role("button", name="Take the numbers from Kontaktweg").click()
        await expect(country).to_have_value("ES")
        await page.get_by_role("button", name="Check the file").click()
        await expect(page).to_have_url(re.compile("/check$"))


@pytest.mark.fault("8B3")
async def test_the_country_of_a_campaign_s_file_is_one_click(
    address: str, browser: Browser, login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    await upload(client, base, GERMAN + "Q;+49 171 3920041\n")
    await work(state)
    async with opened(browser, client, f"{address}{base}/audience") as page:
        await page.get_by_role("button", name="All of Germany").click()
        await expect(page.get_by_text("21 rows = 21 usable")).to_be_visible()


@pytest.mark.fault("8B1")
async def test_continue_names_all_that_is_missing(
    address: str, browser: Browser, login_as: LoginAs
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    async with opened(browser, client, f"{address}{base}/audience") as page:
        await page.get_by_label("Campaign name").fill("Winter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Winter")
        await page.get_by_label("Campaign name").fill("")
        await page.get_by_role("button", name="Continue").last.click()
        missing = page.get_by_role("listitem")
        await expect(missing.filter(has_text="Give the campaign a name.")).to_be_visible()
        await expect(missing.filter(has_text="Nobody is in this audience yet.")).to_be_visible()
        await page.goto(f"{address}{base}/schedule")
        await page.get_by_text("At a time", exact=True).click()
        await page.get_by_text("Slower", exact=True).click()
        await page.get_by_role("button", name="Continue").last.click()
        await expect(missing.filter(has_text="Choose a date and a time.")).to_be_visible()
        await expect(missing.filter(has_text="how many messages per second")).to_be_visible()
