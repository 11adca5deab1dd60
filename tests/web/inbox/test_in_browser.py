"""The inbox in a real browser: what refreshes itself, what survives, what is announced."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect
from sqlalchemy import text

from api.cookies import SESSION
from api.state import AppState
from domain.actors import SYSTEM
from domain.conversations import ConversationStatus
from domain.journal.campaigns import CampaignPaused
from domain.live import Event, Room
from domain.permissions import Role
from services import deletions, journal
from services.conversations import change
from store import live
from tests import factories, threads
from tests.conftest import LoginAs
from tests.e2e.browser import chromium
from tests.eventually import never
from tests.threads import Thread
from tests.web.browsing import opened, written

pytestmark = pytest.mark.fault("8B4")


async def test_what_arrives_moves_the_counters_is_announced_and_survives(
    login_as: LoginAs, state: AppState, address: str, two: list[Thread]
) -> None:
    client = await login_as(Role.AGENT)
    first, second = two
    async with (
        chromium() as browser,
        opened(browser, client, f"{address}/inbox/{first.id}") as page,
    ):
        views, said = page.locator("#inbox-views"), page.locator("#announcer")
        await expect(views).to_contain_text("All2")
        # 17:00 and 19:00 are one day there, 03:00 the next: in UTC all three were one.
        await expect(page.locator(".day-separator")).to_have_count(2)
        async with state.sessions.begin() as session:
            third = await threads.thread(session, first.channel_id, "Caio")
        await written(state, third, "Who is there?")
        await expect(views).to_contain_text("All3")
        await expect(said).to_have_text("New message from Caio")
        for number in range(20):
            await written(state, first, f"line {number}\n\n\nmore")
        await expect(page.locator("[data-thread]").get_by_text("line 19")).to_be_visible()
        await page.evaluate("document.querySelector('[data-thread]').scrollTop = 200")
        down = page.get_by_role("button", name="New messages")
        await expect(down).to_be_hidden()
        async with state.sessions.begin() as session:
            await live.tick(session, Room.CONVERSATION.of(first.id), Event.MESSAGE_STATUS)
        await never(down.is_visible, "a status is announced as a new message", during=0.5)
        await written(state, first, "Really new")
        await expect(down).to_be_visible()
        await _keys(page, second)


async def _keys(page: Page, other: Thread) -> None:
    """Alt+J continues from the same place, even after the open conversation has left the list."""
    names = page.locator("[data-conversation-row] strong")
    current = page.locator('[data-conversation-row][aria-current="true"] strong')
    await expect(current).to_have_text("Ana Ruiz")
    await page.keyboard.press("Alt+j")
    await expect(current).to_have_text("Caio")
    await page.keyboard.press("Alt+e")
    await expect(names).to_have_text(["Ana Ruiz", "Bia Lima"])
    await page.keyboard.press("Alt+j")
    await expect(current).to_have_text("Bia Lima")
    await expect(page).to_have_url(f"{page.url.rsplit('/', 1)[0]}/{other.id}")
    await page.locator("#main").focus()
    await page.keyboard.press("?")
    await expect(page.locator("#keys-dialog")).to_contain_text("Next conversation")


async def test_a_message_that_was_not_sent_survives_and_one_that_is_too_long_is_refused(
    login_as: LoginAs, address: str, two: list[Thread]
) -> None:
    client = await login_as(Role.AGENT)
    async with (
        chromium() as browser,
        opened(browser, client, f"{address}/inbox/{two[0].id}") as page,
    ):
        field, pending = page.get_by_role("textbox", name="Reply"), page.locator("[data-pending]")
        await page.route("**/messages", lambda route: route.abort())
        await field.fill("Still here")
        await field.press("Enter")
        await expect(pending).to_contain_text("Not sent: no connection")
        await page.reload()
        await expect(pending).to_contain_text("Still here")
        await page.unroute("**/messages")
        await pending.get_by_role("button", name="Retry").click()
        await expect(pending).to_have_count(0)
        await expect(page.locator('.bubble-row[data-direction="out"]')).to_have_count(1)
        await page.reload()
        await expect(page.locator('.bubble-row[data-direction="out"]')).to_have_count(1)
        await expect(pending).to_have_count(0)
        await field.fill("😀" * 4_099)
        await expect(page.locator("[data-counter]")).to_contain_text("3 characters too many")
        await field.press("Enter")
        await expect(field).to_have_value("😀" * 4_099)
        await field.fill("😀" * 4_096)
        await expect(page.locator("[data-counter]")).to_have_text("4,096 of 4,096 characters")


@pytest.mark.parametrize("key", ["Enter", "Send"])
async def test_a_reply_sent_before_the_composer_has_loaded_is_sent(
    login_as: LoginAs, address: str, two: list[Thread], key: str
) -> None:
    client, loaded = await login_as(Role.AGENT), asyncio.Event()

    async def late(route: Route) -> None:
        await loaded.wait()
        await route.continue_()

    async with chromium() as browser, opened(browser, client, f"{address}/inbox") as page:
        await page.route("**/dist/conversation-*.js", late)
        await page.get_by_role("link").filter(has_text="Ana Ruiz").click()
        field, sent = page.get_by_role("textbox", name="Reply"), page.locator(".bubble-row")
        await field.fill("Typed at once")
        if key == "Enter":
            await field.press("Enter")
        else:
            await page.get_by_role("button", name="Send", exact=True).click()
        loaded.set()
        await expect(sent.filter(has_text="Typed at once")).to_have_count(1)
        await expect(field).to_have_value("")
        await expect(page.locator("[data-pending]")).to_have_count(0)


async def test_a_reply_of_somebody_who_is_signed_out_is_kept(
    login_as: LoginAs, address: str, two: list[Thread]
) -> None:
    client = await login_as(Role.AGENT)
    url = f"{address}/inbox/{two[0].id}"
    async with chromium() as browser, opened(browser, client, url) as page:
        await page.wait_for_load_state("networkidle")  # what the page asks by itself is answered
        [cookie] = [each for each in await page.context.cookies() if each["name"] == SESSION]
        await page.context.clear_cookies()
        field = page.get_by_role("textbox", name="Reply")
        await field.fill("Nobody must lose this")
        await field.press("Enter")
        await expect(page).to_have_url(re.compile(r"/login\?next=%2Finbox%2F"))
        again: Any = {"name": SESSION, "value": cookie["value"], "domain": "127.0.0.1", "path": "/"}
        await page.context.add_cookies([again])
        await page.goto(url)
        pending = page.locator("[data-pending]")
        await expect(pending).to_contain_text("Nobody must lose this")
        await pending.get_by_role("button", name="Retry").click()
        await expect(page.locator('.bubble-row[data-direction="out"]')).to_have_count(1)


@pytest.mark.parametrize("width", [1440, 390])
async def test_neither_head_nor_filters_are_cut_off(
    login_as: LoginAs, state: AppState, address: str, two: list[Thread], width: int
) -> None:
    client = await login_as(Role.AGENT)
    async with state.sessions.begin() as session:
        long = await threads.thread(
            session, two[0].channel_id, "Ana María Gutiérrez de la Fuente y Ortega"
        )
    url = f"{address}/inbox/{long.id}"
    async with chromium() as browser, opened(browser, client, url, width) as page:
        await page.evaluate(
            "document.querySelectorAll('#inbox-views .tab-count').forEach(e => e.textContent = '12,408')"
        )
        cut = """[...document.querySelectorAll('.thread-head *, .inbox-list-head *')].filter(e => {
            const box = e.getBoundingClientRect(), around = e.closest('.thread-head, .inbox-list-head').getBoundingClientRect();
            return box.width > 1 && (box.right > around.right + 1 || (e.matches('h2, p, .segment, .btn') && e.scrollWidth > e.clientWidth + 1));
        }).map(e => e.outerHTML.slice(0, 80))"""
        assert await page.evaluate(cut) == []


async def test_a_campaign_that_pauses_is_announced(
    login_as: LoginAs, state: AppState, address: str
) -> None:
    client = await login_as(Role.MANAGER)
    async with state.sessions.begin() as session:
        made = await factories.campaign(session, state.vault, 2)
    url = f"{address}/campaigns/{made.id}"
    async with chromium() as browser, opened(browser, client, url) as page:
        await expect(page.locator("#campaign-head")).to_contain_text("Running")
        async with state.sessions.begin() as session:
            await session.execute(text("UPDATE campaigns SET status = 'paused'"))
            await journal.note(session, SYSTEM, CampaignPaused(campaign_id=made.id))
        await expect(page.locator("#announcer")).to_have_text("Spring: Paused")


async def test_somebody_deleted_elsewhere_is_told_once_and_comes_back(
    login_as: LoginAs, state: AppState, address: str, two: list[Thread]
) -> None:
    """Two panes are refused with a single toast, which disappears when the deletion is undone."""
    client = await login_as(Role.AGENT)
    person = two[0].contact_id
    async with (
        chromium() as browser,
        opened(browser, client, f"{address}/inbox/{two[0].id}") as page,
        opened(browser, client, f"{address}/contacts/{person}") as contact,
    ):
        await expect(page.locator("#inbox-views")).to_contain_text("All2")
        await expect(contact.locator("#contact-activity")).to_contain_text("Nothing has happened")
        async with state.sessions.begin() as session:
            deletion = await deletions.contact(session, SYSTEM, person)
        for one in (page, contact):
            await expect(one.locator("#toasts .toast")).to_contain_text("may have been deleted")
        async with state.sessions.begin() as session:
            await deletions.undo(session, SYSTEM, deletion)
        for one in (page, contact):
            await expect(one.locator("#toasts .toast")).to_have_count(0)
        async with state.sessions.begin() as session:
            await change.set_status(session, SYSTEM, two[0].id, ConversationStatus.RESOLVED)
        for part in (page.locator(".inbox-panel"), contact.locator("#contact-activity")):
            await expect(part).to_contain_text("WhatsWay resolved the conversation")
