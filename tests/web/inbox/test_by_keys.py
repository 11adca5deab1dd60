"""An agent with keyboard and screen reader: where Alt+J and Alt+K lead, what is announced, what stays visible."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, expect

from api.state import AppState
from domain.permissions import Role
from tests import threads
from tests.conftest import LoginAs
from tests.e2e.browser import chromium
from tests.threads import Thread
from tests.web.browsing import opened, written

pytestmark = pytest.mark.fault("8B4")

HEARD = """() => { window.heard = []; const line = document.getElementById("announcer");
    new MutationObserver(() => line.textContent && window.heard.push(line.textContent)).observe(line, {childList: true}); }"""


async def heard(page: Page, sentence: str) -> None:
    """Wait until a sentence was said aloud."""
    await page.wait_for_function("sentence => window.heard.includes(sentence)", arg=sentence)


async def test_keys_walk_the_list_however_fast_and_say_where_one_is(
    login_as: LoginAs, state: AppState, address: str, two: list[Thread]
) -> None:
    client = await login_as(Role.AGENT)
    async with state.sessions.begin() as session:
        more = [await threads.thread(session, two[0].channel_id, f"Person {n}") for n in range(3)]
    for thread in [*reversed(more), *reversed(two)]:
        await written(state, thread, "Hello")
    current = '[data-conversation-row][aria-current="true"] strong'
    asked: list[str] = []
    async with chromium() as browser, opened(browser, client, f"{address}/inbox") as page:
        page.on("request", lambda request: asked.append(request.url))
        await page.evaluate(HEARD)
        names = await page.locator("[data-conversation-row] strong").all_inner_texts()
        await page.keyboard.press("Alt+j")
        await expect(page.locator(current)).to_have_text(names[0])
        for _ in range(3):
            await page.keyboard.press("Alt+j")
        await expect(page.locator(current)).to_have_text(names[3])
        await expect(page.locator(".thread")).to_have_attribute("id", f"thread-{more[1].id}")
        await expect(page.locator(".thread [data-thread]")).to_be_focused()
        await heard(page, f"Conversation with {names[3]}")
        await page.keyboard.press("Alt+k")
        await expect(page.locator(current)).to_have_text(names[2])
        for _ in range(5):
            await page.keyboard.press("Alt+k")
        await expect(page.locator(current)).to_have_text(names[0])
        # Where what was opened leaves the list, nothing precedes the first one that is left.
        await page.goto(f"{address}/inbox?unread=1")
        left = await page.locator("[data-conversation-row] strong").all_inner_texts()
        await page.keyboard.press("Alt+j")
        await expect(
            page.get_by_role("region", name=f"Conversation with {left[0]}")
        ).to_be_visible()
        await expect(page.locator("[data-conversation-row] strong")).to_have_text(left[1:])
        asked.clear()
        await page.keyboard.press("Alt+k")
        await page.keyboard.press("Alt+l")
        await expect(page.get_by_role("textbox", name="Reply")).to_be_focused()
        assert asked == []


PLACE = {"latitude": 1, "longitude": 2}
KINDS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("image", {"image": {"id": "1", "mime_type": "image/png"}}, "Photo"),
    ("location", {"location": PLACE}, "Location"),
    ("location", {"location": {**PLACE, "name": "Plaza Mayor"}}, "Location, Plaza Mayor"),
    ("audio", {"audio": {"id": "2", "voice": True}}, "Voice message"),
    ("video", {"video": {"id": "2"}}, "Video"),
    ("document", {"document": {"id": "3", "filename": "offer.pdf"}}, "Document, offer.pdf"),
    ("sticker", {"sticker": {"id": "4"}}, "Sticker"),
    ("contacts", {"contacts": [{"name": {"formatted_name": "Leo"}}]}, "Contact card, Leo"),
    ("order", {"order": {"product_items": []}}, "Order"),
    ("unsupported", {"errors": [{"code": 131051}]}, "Message that cannot be shown"),
    ("hologram", {"hologram": {}}, ""),
    ("text", {"text": {"body": "Hello"}}, ""),
)


async def test_every_kind_of_message_has_a_name_to_be_read_aloud(
    login_as: LoginAs, state: AppState, two: list[Thread]
) -> None:
    client, wanted = await login_as(Role.AGENT), dict[str, str]()
    async with state.sessions.begin() as session:
        for kind, payload, said in KINDS:
            body = "Hello" if kind == "text" else ""
            made = await threads.message(session, two[1], kind=kind, payload=payload, body=body)
            wanted[f"message-{made}"] = said
    page = (await client.get(f"/inbox/{two[1].id}")).text
    named = {
        re.findall(r' id="([^"]+)"', bubble)[0]: "".join(re.findall(r'data-said="([^"]+)"', bubble))
        for bubble in re.findall(r'<div[^>]*id="message-[^>]*>', page)
    }
    assert named == wanted


async def test_what_is_no_text_is_announced_by_its_kind_and_on_every_page(
    login_as: LoginAs, state: AppState, address: str, two: list[Thread]
) -> None:
    client = await login_as(Role.AGENT)
    captioned = {"image": {"id": "1", "caption": "The door"}}
    async with (
        chromium() as browser,
        opened(browser, client, f"{address}/inbox/{two[0].id}") as page,
        opened(browser, client, f"{address}/contacts") as elsewhere,
    ):
        await page.evaluate(HEARD)
        await elsewhere.evaluate(HEARD)
        await page.wait_for_load_state("networkidle")
        await expect(elsewhere.locator(".sidebar-nav .nav-count").first).to_be_attached()
        for payload, said in ((captioned, "Photo: The door"), (KINDS[0][1], "Photo")):
            await written(state, two[0], "", kind="image", payload=payload)
            await heard(page, f"New message: {said}")
        for _ in range(2):  # the second into a conversation that was unread already
            await elsewhere.evaluate("window.heard = []")
            await written(state, two[1], "Are you there?")
            await elsewhere.wait_for_function(
                "() => window.heard.some(said => said.startsWith('New message in the inbox'))"
            )


async def test_the_number_beside_inbox_is_asked_for_once(
    login_as: LoginAs, state: AppState, address: str, two: list[Thread]
) -> None:
    client = await login_as(Role.AGENT)
    await written(state, two[0], "Hello")
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/inbox/unread"):
            asked.append(request.url)

    async with chromium() as browser, opened(browser, client, "about:blank") as page:
        page.on("request", note)
        await page.goto(f"{address}/contacts")
        await page.wait_for_load_state("networkidle")
        assert len(asked) == 1
        for place in (".sidebar-nav", "#drawer .sidebar-nav", ".bottom-bar"):
            await expect(page.locator(f"{place} .nav-count").first).to_have_text("1")


async def test_nothing_covers_the_composer_or_the_last_message(
    login_as: LoginAs, state: AppState, address: str, two: list[Thread]
) -> None:
    client = await login_as(Role.AGENT)
    for _ in range(6):
        await written(state, two[0], "Line\n\n\nand more")
    picture = {"image": {"id": "1", "mime_type": "image/png"}}
    await written(state, two[0], "", kind="image", payload=picture)

    async def tall(route: Route) -> None:
        svg = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="400"><rect width="300" height="400"/></svg>'
        await route.fulfill(status=200, content_type="image/svg+xml", body=svg)

    gap = "() => { const e = document.querySelector('[data-thread]'); return e.scrollHeight - e.scrollTop - e.clientHeight; }"
    async with chromium() as browser, opened(browser, client, "about:blank") as page:
        await page.route("**/api/media/*", tall)
        await page.goto(f"{address}/inbox/{two[0].id}")
        await page.wait_for_function(
            "() => document.querySelector('.bubble-media img').naturalHeight === 400"
        )
        await page.wait_for_function(f"() => ({gap})() < 2")
        await page.get_by_role("textbox", name="Reply").fill("One\ntwo\nthree\nfour")
        await page.wait_for_function(f"() => ({gap})() < 2")
        await page.keyboard.press("Alt+e")
        toast = page.locator("#toasts .toast")
        await expect(toast).to_be_visible()
        for width in (1440, 1200, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.get_by_role("button", name="Send", exact=True).click(trial=True)
        await expect(page.locator(".composer-hint")).to_be_hidden()


async def test_one_character_too_many_is_one(
    login_as: LoginAs, address: str, two: list[Thread]
) -> None:
    client = await login_as(Role.AGENT)
    async with (
        chromium() as browser,
        opened(browser, client, f"{address}/inbox/{two[0].id}") as page,
    ):
        field, line = page.get_by_role("textbox", name="Reply"), page.locator("[data-counter]")
        await field.fill("x" * 4_097)
        await expect(line).to_have_text(
            "1 character too many. WhatsApp takes up to 4,096 in one message, so split it up."
        )
        await field.fill("x" * 5_097)
        await expect(line).to_contain_text("1,001 characters too many.")


@pytest.mark.parametrize("failing", [False, True])
async def test_nothing_typed_goes_to_whom_one_is_leaving(
    login_as: LoginAs, state: AppState, address: str, two: list[Thread], *, failing: bool
) -> None:
    client, sent, go_on = await login_as(Role.AGENT), list[str](), asyncio.Event()
    for thread in reversed(two):
        await written(state, thread, "Hello")

    async def late(route: Route) -> None:
        await go_on.wait()
        await (route.abort() if failing else route.continue_())

    async with chromium() as browser, opened(browser, client, f"{address}/inbox") as page:
        await page.get_by_role("link").filter(has_text="Ana Ruiz").click()
        reply = page.get_by_role("textbox", name="Reply")
        await page.wait_for_load_state("networkidle")  # its keys are loaded
        await reply.focus()
        page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
        await page.route(f"**/inbox/{two[1].id}*", late)
        await page.keyboard.press("Alt+j")
        await page.keyboard.type("For Bia")
        await page.keyboard.press("Enter")
        assert [url for url in sent if url.endswith("/messages")] == []
        go_on.set()
        name = "Ana Ruiz" if failing else "Bia Lima"
        region = page.get_by_role("region", name=f"Conversation with {name}")
        await expect(region.get_by_role("textbox", name="Reply")).to_have_value("")
        await region.get_by_role("textbox", name="Reply").fill("Here again")
        await expect(page.locator(".bubble-row[data-direction=out]")).to_have_count(0)
