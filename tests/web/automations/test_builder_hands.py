"""What a designer's hands do in the builder: draw with keys alone, type anew, paste lines, take back at once."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.conftest import LoginAs
from tests.web.automations.test_builder import HELLO, MOD, builder, made, saved, steps

pytestmark = pytest.mark.browser


async def next_step(page: Page, wanted: str, title: str) -> None:
    """Add what comes after the step that has the focus, and name it."""
    await page.keyboard.press("+")
    await expect(page.get_by_role("dialog", name="What comes next?")).to_be_visible()
    await page.keyboard.type(wanted)
    await page.keyboard.press("Enter")
    node = page.locator(".react-flow__node", has=page.locator(".bn[data-selected]"))
    await expect(node).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    await page.keyboard.type(title)
    await page.keyboard.press("Escape")
    await expect(node).to_be_focused()


async def test_an_automation_is_drawn_with_keys_alone(login_as: LoginAs, address: str) -> None:
    client = await login_as()
    automation = await made(client)
    async with builder(client, address, automation) as page:
        await page.get_by_role("searchbox", name="Search steps").focus()
        await page.keyboard.type("webhook")
        for key in ("ArrowDown", "Enter"):
            await page.keyboard.press(key)
        await expect(steps(page)).to_be_focused()
        await next_step(page, "time", "An hour")
        await next_step(page, "user reply", "Ask")
        await page.get_by_role("button", name="Delete", exact=True).focus()
        await page.keyboard.press("Escape")
        await next_step(page, "end", "Over")
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("+")
        menu = page.get_by_role("dialog", name="What comes next?")
        await expect(menu).to_contain_text("Connect “Failed”")
        await page.keyboard.press("Escape")
        await expect(page.locator(".react-flow__node[tabindex='0']")).to_be_focused()
        await expect(page.locator(".react-flow__node[tabindex='0']")).to_have_count(1)
        await page.keyboard.press(f"{MOD}+d")
        await expect(steps(page)).to_have_count(5)
        await page.keyboard.press("Delete")
        await expect(steps(page)).to_have_count(4)
        document = await saved(client, automation, page)
        assert document["nodes"][-1]["type"] == "end"
        assert [node["title"] for node in document["nodes"]] == ["An hour", "Ask", "Over"]
        assert [edge["branch"] for edge in document["edges"]] == ["next", "next", "answered"]


async def test_fields_are_cleared_typed_anew_and_take_several_lines(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    automation = await made(client, HELLO)
    async with builder(client, address, automation) as page:
        await page.locator('.react-flow__node[data-id="gap"]').click()
        amount = page.get_by_label("How long")
        await amount.focus()
        for key in ("End", "Backspace", "4", "5"):
            await page.keyboard.press(key)
        await expect(amount).to_have_value("45")
        await page.keyboard.press(f"{MOD}+z")
        await expect(amount).to_have_value("2")
        await amount.fill("0")
        await page.keyboard.press("Tab")
        await expect(amount).to_have_value("1")
        await page.locator('.react-flow__node[data-id="t"]').click()
        words = page.get_by_role("textbox", name="Words")
        await words.evaluate(PASTE, "price\r\nhow much\r\nprice\n")
        await page.get_by_label("Match").select_option("regex")
        await words.fill(r"\d{1,3}")
        await words.press("Enter")
        await page.locator('.react-flow__node[data-id="ask"]').click()
        await page.get_by_role("button", name="Add a button").click()
        await expect(page.get_by_role("textbox", name="Button 3")).to_be_focused()
        await page.keyboard.type("Medium")
        await page.keyboard.press(f"{MOD}+z")
        await expect(page.get_by_role("textbox", name="Button 3")).to_have_value("")
        await page.keyboard.press(f"{MOD}+z")
        await expect(page.get_by_role("textbox", name="Button 3")).to_have_count(0)
        document = await saved(client, automation, page)
        assert document["triggers"][0]["data"]["words"] == ["hi", "price", "how much", r"\d{1,3}"]
        assert document["nodes"][1]["data"]["wait"]["amount"] == 1


PASTE = """(field, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  if (field.dispatchEvent(event)) document.execCommand("insertText", false, text.replace(/[\\r\\n]/g, ""));
}"""


async def test_what_is_taken_back_at_once_is_saved_and_what_is_arranged_is_in_sight(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    far: list[dict[str, Any]] = [
        {**one, "x": one["x"] + 9_000} if one["id"] == "end" else one for one in HELLO["nodes"]
    ]
    automation = await made(client, {**HELLO, "nodes": far})
    async with builder(client, address, automation) as page:
        await page.locator('.react-flow__node[data-id="t"]').click()
        await page.get_by_role("textbox", name="Title").press("x")
        await page.keyboard.press(f"{MOD}+z")
        await saved(client, automation, page)
        await page.keyboard.press(f"{MOD}+f")
        await page.keyboard.type("ends here")
        await expect(page.locator('.bn[data-item="end"]')).to_be_in_viewport()
        await expect(page.locator('.bn[data-item="t"]')).not_to_be_in_viewport()
        await page.get_by_role("button", name="Arrange").click()
        await expect(page.locator('.bn[data-item="t"]')).to_be_in_viewport(ratio=0.99)


async def test_a_test_begins_with_what_a_webhook_brings_and_shows_what_was_noted(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    hook: dict[str, Any] = {
        "id": "t", "type": "webhook", "title": "", "x": 0, "y": 0,
        "data": {"values": [{"path": "cart.id", "save_as": "cart"}]},
    }  # fmt: skip
    told = [
        {"id": f"n{at}", "type": "note", "title": "", "x": 400 * at, "y": 0, "data": {"text": f"{at}: cart {{{{answer.cart}}}}"}}
        for at in range(1, 6)
    ]  # fmt: skip
    ids = ["t", *(node["id"] for node in told)]
    edges = [{"source": one, "branch": "next", "target": other} for one, other in pairwise(ids)]
    document = {**HELLO, "triggers": [hook], "nodes": told, "edges": edges}
    async with builder(client, address, await made(client, document)) as page:
        await page.get_by_role("button", name="Test", exact=True).click()
        phone = page.get_by_role("complementary", name="Test")
        await phone.get_by_label("cart").fill("C-17 {{contact.name}}")
        await phone.get_by_role("button", name="Start the test").click()
        await expect(phone).to_contain_text("Note to the team: 5: cart C-17 {{contact.name}}")
        await expect(page.locator('.bn[data-item="n5"]')).to_be_in_viewport(ratio=0.99)


async def test_what_another_tab_made_or_deleted_is_known_on_coming_back(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    label: dict[str, Any] = {
        "id": "n",
        "type": "set_label",
        "title": "",
        "x": 360,
        "y": 0,
        "data": {},
    }
    edges = [
        {"source": "t", "branch": "next", "target": "n"},
        {"source": "n", "branch": "next", "target": "end"},
    ]
    document = {**HELLO, "nodes": [label, HELLO["nodes"][-1]], "edges": edges}
    async with builder(client, address, await made(client, document)) as page:
        await page.locator('.react-flow__node[data-id="n"]').click()
        labels = page.get_by_label("Label", exact=True)
        await expect(labels).to_contain_text("There are none yet")
        await client.post("/settings/labels", data={"name": "VIP 🥇"})
        await page.evaluate(RETURN)
        await labels.select_option("VIP 🥇")
        await expect(page.locator("[data-save-state]")).to_have_attribute("data-state", "saved")
        panel = page.get_by_role("region", name="Problems")
        await expect(panel).not_to_contain_text("error")
        await client.post(f"/settings/labels/{await labels.input_value()}/delete")
        await page.evaluate(RETURN)
        await expect(panel).to_contain_text("1 error")


RETURN = "dispatchEvent(new Event('focus'))"
