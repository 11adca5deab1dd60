"""The bell in a browser: it counts live, opens by keyboard, and its page lists, dismisses and brings back."""

from typing import Literal

from playwright.async_api import Page, expect

from api.state import AppState
from domain.alerts.kinds import AlertKind, Due
from domain.permissions import Role
from domain.sentences import Sentence
from services.alerts import watching
from tests.conftest import LoginAs
from tests.e2e.browser import chromium
from tests.e2e.test_pages import AXE, EVERYTHING, judged
from tests.web.browsing import opened

STOPPED = Due(AlertKind.NUMBER_STOPPED, "7", "Main line", Sentence("channel_blocked_payment"))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOW = Due(AlertKind.DISK_LOW, "box", "box")


async def _settle(state: AppState, *wanted: Due) -> None:
    async with state.sessions.begin() as session:
        await watching.settle(session, wanted)


async def _judge(page: Page) -> None:
    """Axe finds nothing, in light and in dark."""
    await page.evaluate(AXE)
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        assert await judged(page, EVERYTHING) == []


async def test_the_bell_counts_live_and_the_list_can_be_worked_through(
    state: AppState, login_as: LoginAs, address: str
) -> None:
    admin = await login_as(Role.ADMIN)
    async with chromium() as browser, opened(browser, admin, f"{address}/alerts") as page:
        await expect(
            page.get_by_role("heading", name="Nothing needs your attention")
        ).to_be_visible()
        bell = page.locator(".sidebar").get_by_role("button", name="Alerts")
        await _settle(state, STOPPED)
        row = page.locator('#alerts [data-alert="number_stopped"]')
        await expect(row).to_contain_text("Main line cannot send")
        await page.goto(f"{address}/contacts")
        await _settle(state, STOPPED, LOW)
        await expect(bell).to_contain_text("1 new")
        await bell.focus()
        await page.keyboard.press("Enter")
        panel = page.get_by_role("dialog", name="Alerts")
        await expect(panel).to_contain_text("The disk of box is nearly full")
        await expect(bell).to_contain_text("2 open")  # looked at, not over
        await page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()
        await page.goto(f"{address}/alerts")
        await _judge(page)
        await page.get_by_role("button", name="Dismiss: The disk of box is nearly full").click()
        await expect(page.get_by_text("1 dismissed")).to_be_visible()
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator('#alerts > .card [data-alert="disk_low"]')).to_be_visible()
        await _settle(state)
        await expect(
            page.get_by_role("heading", name="Nothing needs your attention")
        ).to_be_visible()
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.get_by_role("link", name="History").click()
        await expect(page.locator("[data-alert]")).to_have_count(2)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
