"""Files in the builder: chosen, dropped, pasted, refused in words, undone, and shown in the test."""

import base64
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.conftest import LoginAs
from tests.web.automations.test_builder import HELLO, MOD, builder, made, saved

pytestmark = pytest.mark.browser

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEUlEQVR4nGMwytoPRww4OQBDNRnxA2p3bwAAAABJRU5ErkJggg=="
)
GIVE = """(zone, [type, name, mime, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name, { type: mime }));
  const init = { bubbles: true, cancelable: true };
  zone.dispatchEvent(type === "paste" ? new ClipboardEvent(type, { ...init, clipboardData: data }) : new DragEvent(type, { ...init, dataTransfer: data }));
}"""


def picturing() -> dict[str, Any]:
    picture = {"kind": "image", "link": "", "caption": "Our menu", "filename": ""}
    node = {"id": "say", "type": "custom_reply", "title": "Menu", "x": 360, "y": 0, "data": {"messages": [picture]}}  # fmt: skip
    return {**HELLO, "nodes": [node], "edges": [{"source": "t", "branch": "next", "target": "say"}]}


async def give(zone: Locator, how: str, name: str, mime: str, content: bytes) -> None:
    """Drop or paste a file, as a browser tells the page."""
    await zone.evaluate(GIVE, [how, name, mime, base64.b64encode(content).decode()])


async def link(page: Page, client: httpx.AsyncClient, automation: str) -> str:
    data = (await saved(client, automation, page))["nodes"][0]["data"]
    return str(data["messages"][0]["link"])


async def test_a_picture_is_chosen_replaced_removed_and_tried(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    automation = await made(client, picturing())
    async with builder(client, address, automation) as page:
        await page.locator('.bn[data-item="say"]').click()
        field = page.get_by_role("group", name="File", exact=True)
        choose = field.get_by_role("button", name="Choose a file")
        await expect(field).to_contain_text("JPG, JPEG, PNG, up to 5 MB.")
        async with page.expect_file_chooser() as chooser:
            await choose.focus()
            await page.keyboard.press("Enter")
        svg = {"name": "menu.png", "mimeType": "image/png", "buffer": b"<svg/>"}
        await (await chooser.value).set_files(svg)  # type: ignore[arg-type]  # one payload
        await expect(field.get_by_role("alert")).to_contain_text("Choose a JPEG or PNG file.")
        await give(field, "drop", "huge.png", "image/png", bytes(6 * 1024 * 1024))
        await expect(field.get_by_role("alert")).to_contain_text(
            "WhatsApp takes at most 5 MB here."
        )
        await give(field, "drop", "lunch menu.png", "image/png", PNG)
        await expect(field.get_by_role("link", name="lunch menu.png")).to_be_visible()
        await expect(field.get_by_role("alert")).to_have_count(0)
        shown = field.get_by_role("img", name="lunch menu.png")
        await expect(shown).to_have_js_property("naturalWidth", 4)
        first = await link(page, client, automation)
        assert first.endswith("/lunch%20menu.png")
        await give(field, "paste", "dinner.png", "image/png", PNG + b"more")
        await expect(field.get_by_role("link", name="dinner.png")).to_be_visible()
        await page.keyboard.press(f"{MOD}+z")
        await expect(field.get_by_role("link", name="lunch menu.png")).to_be_visible()
        await field.get_by_role("button", name="Remove lunch menu.png").click()
        await expect(choose).to_be_focused()
        assert await link(page, client, automation) == ""
        await page.keyboard.press(f"{MOD}+z")
        assert await link(page, client, automation) == first
        await page.get_by_role("button", name="Test", exact=True).click()
        await page.get_by_role("button", name="Start the test").click()
        phone = page.get_by_role("complementary", name="Test")
        await expect(phone.get_by_role("img", name="lunch menu.png")).to_have_js_property(
            "naturalWidth", 4
        )
        await expect(phone).to_contain_text("Our menu")
