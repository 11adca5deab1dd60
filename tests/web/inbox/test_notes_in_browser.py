"""Notes and automations in a real browser: the modes of the composer by keys, and that a note never becomes a reply."""

from playwright.async_api import Page, Route, expect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from tests.conftest import LoginAs
from tests.e2e.browser import chromium
from tests.threads import Thread
from tests.web.automations import following
from tests.web.browsing import opened

NOTES = "**/notes"


async def count(state: AppState, table: str) -> int:
    """The rows of a table; of messages, those we sent."""
    sent = " WHERE direction = 'out'" if table == "messages" else ""
    async with state.sessions() as session:
        return await session.scalar(text(f"SELECT count(*) FROM {table}{sent}")) or 0


async def test_a_note_that_could_not_be_kept_is_tried_again_as_a_note(
    login_as: LoginAs, state: AppState, address: str, two: list[Thread]
) -> None:
    client = await login_as(Role.AGENT)
    async with (
        chromium() as browser,
        opened(browser, client, f"{address}/inbox/{two[0].id}") as page,
    ):
        await page.keyboard.press("Alt+p")
        await expect(page.get_by_label("Note to the team")).to_be_focused()
        await page.route(NOTES, _abort)
        await page.keyboard.type("Never tell the customer")
        await page.keyboard.press("Enter")
        pending = page.locator('[data-outbox] [data-direction="note"]')
        await expect(pending.get_by_role("button", name="Retry")).to_be_visible()
        await page.unroute(NOTES)
        await page.reload()
        await expect(page.get_by_label("Reply", exact=True)).to_be_visible()
        await pending.get_by_role("button", name="Retry").click()
        await _kept_once(page)
    assert await count(state, "notes") == 1
    assert await count(state, "messages") == 0


async def _abort(route: Route) -> None:
    await route.abort()


async def _kept_once(page: Page) -> None:
    """It stands among the messages, once."""
    note = page.locator('[data-direction="note"]')
    await expect(note).to_have_count(1)
    await expect(page.locator('[id^="latest-"] [data-direction="note"]')).to_have_count(1)
    await expect(page.locator("[data-outbox] *")).to_have_count(0)


async def test_take_over_and_give_back_change_the_strip_and_the_thread(
    login_as: LoginAs, state: AppState, address: str, session: AsyncSession
) -> None:
    follow = await following.at_question(session, state.vault)
    client = await login_as(Role.AGENT)
    async with (
        chromium() as browser,
        opened(browser, client, f"{address}/inbox/{follow.who.conversation_id}") as page,
    ):
        strip = page.locator(".automation-strip")
        await expect(strip).to_contain_text("at “which”")
        await page.get_by_role("button", name="Take over").click()
        await expect(strip).to_contain_text("on hold")
        thread = page.get_by_role("log")
        await expect(thread).to_contain_text("took over from automations")
        await page.get_by_role("button", name="Give back").click()
        await expect(thread).to_contain_text("gave it back to automations")
        await page.keyboard.press("Alt+p")
        await expect(page.get_by_label("Note to the team")).to_be_focused()
        await page.keyboard.press("Alt+l")
        await expect(page.get_by_label("Reply", exact=True)).to_be_focused()
        async with state.sessions.begin() as later:
            follow.session = later
            await follow.tap("Blue")
        await expect(strip).to_have_count(0)
        await expect(thread).to_contain_text("Shop: Goal reached")
