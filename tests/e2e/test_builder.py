"""An automation from the builder to a customer's phone: drawn, tested, published, and then it answers."""

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.browser import Visitor
from tests.e2e.stories import items, talk
from tests.eventually import eventually

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
]

PHONE = "491713920555"


async def test_what_is_drawn_and_published_answers_a_customer(
    visitor: Visitor, program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> None:
    page = await visitor.open("/automations")
    await page.get_by_role("button", name="New automation").first.click()
    await page.get_by_role("button", name="Blank").click()
    await page.get_by_role("button", name="Keyword", exact=True).click()
    await page.get_by_role("textbox", name="Words").fill("lighthouse,")
    await page.get_by_role("button", name="User Reply", exact=True).click()
    text = page.get_by_role("textbox", name="Text", exact=True)
    await page.get_by_label("Kind of message").select_option("buttons")
    await text.fill("Which tour?")
    await page.get_by_role("textbox", name="Button 1").fill("Morning")
    for step in ("Custom Reply", "Goal"):
        await page.get_by_role("button", name=step, exact=True).click()
        if step == "Custom Reply":
            await text.fill("See you in the morning.")
    await page.get_by_role("button", name="Test", exact=True).click()
    await page.get_by_role("button", name="Start the test").click()
    phone = page.get_by_role("complementary", name="Test")
    await phone.get_by_role("button", name="Morning").click()
    await expect(phone).to_contain_text("goal reached")
    await page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Publish").click()
    await expect(page.locator("#toasts")).to_contain_text("is live")

    conversation = await talk(program, simulator, PHONE, "Is the lighthouse open?")

    async def asked() -> bool:
        query = {"conversation_id": conversation["id"]}
        listed = items(await program.get("/api/messages", params=query))
        return any("Which tour?" in str(message) for message in listed)

    await eventually(asked, "the automation asks", within=30)
    await page.get_by_label("Show counts").select_option("all")
    await page.get_by_role("button", name="Show everything").click()
    here = page.get_by_role("button", name="1 person here now")
    await here.click()
    await expect(page.get_by_role("dialog")).to_contain_text("Mara Voss")
