"""The phone page in a real browser: whatever the menu and the messages offer is delivered."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import orjson
import pytest
from playwright.async_api import Page, expect
from typing_extensions import override

from tests import simulated
from tests.e2e.browser import chromium
from tests.eventually import eventually
from tests.simulator.harness import CUSTOMER, Json
from tests.simulator.test_interactive import ACCEPTED

pytestmark = [pytest.mark.browser, pytest.mark.fault("8A")]

PHONE = CUSTOMER[1:]


class Inbox(httpx.AsyncBaseTransport):
    """The business's webhook: every message of the customer."""

    def __init__(self) -> None:
        self.messages: list[Json] = []

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = orjson.loads(await request.aread() or b"{}")
        for entry in body.get("entry", []):
            for change in entry["changes"]:
                self.messages += change["value"].get("messages", [])
        return httpx.Response(200)

    async def next(self, page: Page, act: Callable[[], Awaitable[object]]) -> Json:
        """The message that an action sends."""
        before = len(self.messages)
        await act()
        return (await eventually(lambda: self.messages[before:], "a message arrives"))[-1]


@pytest.fixture
async def shop() -> AsyncIterator[tuple[str, Inbox]]:
    """A simulator on a port, and what it delivers."""
    inbox = Inbox()
    async with simulated.served(inbox) as (simulator, url):
        simulator.state.engine.world.callback_url = "http://app.test/hook"
        yield url, inbox


MENU = {
    "Send a contact": "contacts",
    "Order from the catalog": "order",
    "Write in a group": "text",
    "Start a poll": "unsupported",
    "Change my security code": "system",
}
TAPS = {
    "flow": ("Start", "interactive"),
    "call permission": ("Allow calls", "interactive"),
    "catalog": ("View catalog", "order"),
}


async def test_everything_a_customer_can_do(shop: tuple[str, Inbox]) -> None:
    url, inbox = shop
    async with chromium() as browser, httpx.AsyncClient(base_url=url) as client:
        page = await browser.new_page(
            viewport={"width": 1300, "height": 950}, reduced_motion="reduce"
        )
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.extend([said.text] * (said.type == "error")))
        await page.goto(f"{url}/phone/{PHONE}")
        await _write_and_think_again(page, inbox)
        for entry, kind in MENU.items():
            await page.locator("#menu summary").click()
            item = page.get_by_role("button", name=entry, exact=True)
            assert (await inbox.next(page, item.click))["type"] == kind, entry
        token = {"authorization": "Bearer EAA-simulator-token"}
        for name, (label, kind) in TAPS.items():
            address = "/v23.0/109876543210987/messages"
            await client.post(address, json=ACCEPTED[name], headers=token)
            tap = page.get_by_role("button", name=label).last
            assert (await inbox.next(page, tap.click))["type"] == kind, name
        sound = {"name": "a.ogg", "mimeType": "audio/ogg", "buffer": b"OggS" + b"x" * 20}
        choose = page.locator("#voice")
        voice = await inbox.next(page, lambda: choose.set_input_files(sound))  # type: ignore[arg-type]
        assert voice["audio"]["voice"] is True
        await page.locator("#menu summary").click()
        move = page.get_by_role("button", name="Change my number", exact=True)
        await move.click()
        await page.fill("#move-phone", "+34 600 000 555")
        change = page.get_by_role("button", name="Change", exact=True)
        assert (await inbox.next(page, change.click))["system"]["wa_id"] == "34600000555"
        await expect(page.locator("#who")).to_contain_text("600 000 555")
        assert complaints == []


async def _write_and_think_again(page: Page, inbox: Inbox) -> None:
    await page.fill("#text", "Is it in stock?")
    first = await inbox.next(page, lambda: page.keyboard.press("Enter"))
    bubble = page.locator(".bubble.mine").first
    await bubble.hover()
    await bubble.get_by_role("button", name="Edit this").click()
    await page.fill("#text", "Is it in stock now?")
    edit = await inbox.next(page, lambda: page.keyboard.press("Enter"))
    assert edit["edit"]["original_message_id"] == first["id"]
    await expect(bubble).to_contain_text("Is it in stock now?")
    await bubble.hover()
    revoke = await inbox.next(page, bubble.get_by_role("button", name="Delete this").click)
    assert revoke["revoke"]["original_message_id"] == first["id"]
    await expect(bubble).to_contain_text("You deleted this message")
