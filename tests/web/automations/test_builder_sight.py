"""What a designer sees of the builder: new steps, problems, drafts that are broken, and a phone's small screen."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.conftest import LoginAs
from tests.services.automations.test_repairing import HOSTILE
from tests.web.automations.test_builder import HELLO, builder, made, steps

pytestmark = pytest.mark.browser


async def box(page: Page, selector: str) -> dict[str, float]:
    """Where something is on the screen."""
    found: Any = await page.locator(selector).bounding_box()
    return {**found, "right": found["x"] + found["width"], "bottom": found["y"] + found["height"]}


async def test_a_step_that_is_added_comes_into_sight(login_as: LoginAs, address: str) -> None:
    client = await login_as()
    async with builder(client, address, await made(client, HELLO)) as page:
        await page.locator('.react-flow__node[data-id="gap"]').click()
        for _ in range(3):
            await page.get_by_role("button", name="Custom Reply", exact=True).click()
            await expect(page.locator(".bn[data-selected]")).to_be_in_viewport(ratio=0.99)
        await expect(steps(page)).to_have_count(7)
        await expect(page.locator(".react-flow__edge")).to_have_count(7)


async def test_keys_reach_steps_and_menus_close_alone(login_as: LoginAs, address: str) -> None:
    client = await login_as()
    async with builder(client, address, await made(client, HELLO)) as page:
        chosen = page.locator(".bn[data-selected]")
        await page.get_by_role("button", name="Skip to the first step").focus()
        await page.keyboard.press("Enter")
        await expect(chosen).to_have_attribute("data-item", "t")
        await page.keyboard.press("Control+f")
        await page.keyboard.type("which s")
        await expect(chosen).to_have_attribute("data-item", "ask")
        await expect(page.get_by_role("textbox", name="Find a step")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator('.react-flow__node[data-id="ask"]')).to_be_focused()
        await page.get_by_role("button", name="Insert a variable").first.click()
        menu = page.locator(".menu:popover-open")
        await expect(menu).to_contain_text("contact.phone")
        await page.keyboard.press("Escape")
        await expect(menu).to_have_count(0)
        await expect(chosen).to_have_attribute("data-item", "ask")
        stops = page.locator(".bp-entry[tabindex='0']")
        await expect(stops).to_have_count(1)
        await stops.focus()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("button", name="Any message")).to_be_focused()
        edge = page.locator(
            '.react-flow__edge[aria-label="From “Which size?”, Small, to “Time Gap”"]'
        )
        await expect(edge).to_have_count(1)


async def test_the_way_to_publish_leads_to_what_is_wrong(login_as: LoginAs, address: str) -> None:
    client = await login_as()
    reply = {"id": "say", "type": "custom_reply", "x": 1080, "y": 300, "data": {"messages": [{"kind": "text"}]}}  # fmt: skip
    edges = [*HELLO["edges"], {"source": "ask", "branch": "failed", "target": "say"}]
    document = {**HELLO, "nodes": [*HELLO["nodes"], reply], "edges": edges}
    async with builder(client, address, await made(client, document)) as page:
        await page.get_by_role("button", name="Publish").click()
        dialog = page.get_by_role("dialog", name="Publish")
        await dialog.get_by_role("button", name="Fill in “Text”.").click()
        await expect(dialog).to_have_count(0)
        await expect(page.locator(".bn[data-selected]")).to_have_attribute("data-item", "say")
        await page.get_by_role("textbox", name="Text", exact=True).fill("*Bye*")
        await expect(page.locator('.bn[data-item="say"] strong', has_text="Bye")).to_be_visible()


async def test_a_phone_shows_a_step_and_plays_the_test(login_as: LoginAs, address: str) -> None:
    client = await login_as()
    async with builder(client, address, await made(client, HELLO), 390) as page:
        await page.locator('.react-flow__node[data-id="t"]').click()
        words = page.get_by_role("textbox", name="Words")
        await expect(words).to_be_in_viewport()
        await expect(words).to_be_disabled()
        await page.get_by_role("button", name="Close the step").click()
        await expect(words).to_be_hidden()
        await page.get_by_role("button", name="Test", exact=True).click()
        phone, bar = await box(page, ".bt"), await box(page, ".bh")
        assert phone["y"] >= bar["bottom"] - 1
        assert bar["right"] <= 390
        await page.get_by_role("button", name="Start the test").click()
        await page.get_by_role("button", name="Small").click()
        await page.get_by_role("button", name="Close the test").click()
        await expect(page.locator(".bt")).to_have_count(0)


async def test_a_broken_draft_is_drawn_as_far_as_it_can_be(
    session: AsyncSession, login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    automation = await made(client, HELLO)
    change = text("UPDATE automations SET draft = CAST(:draft AS jsonb) WHERE id = :id")
    async with builder(client, address, automation) as page:
        for hostile in HOSTILE:
            draft = json.dumps({**HELLO, **hostile})
            await session.execute(change, {"id": automation, "draft": draft})
            await session.commit()
            await page.reload()
            await expect(page.locator(".react-flow__pane")).to_be_visible()
            for step in await steps(page).all():
                await step.press("Enter")
                await expect(page.locator("[data-inspector] .bi-body")).to_be_visible()
            await expect(page.locator(".bb-broken")).to_have_count(0)


async def test_many_problems_scroll_in_their_place(login_as: LoginAs, address: str) -> None:
    client = await login_as()
    many = " ".join(f"{{{{answer.no{number}}}}}" for number in range(60))
    reply = {"id": "say", "type": "custom_reply", "x": 1080, "y": 300, "data": {"messages": [{"kind": "text", "text": many}]}}  # fmt: skip
    edges = [*HELLO["edges"], {"source": "ask", "branch": "failed", "target": "say"}]
    document = {**HELLO, "nodes": [*HELLO["nodes"], reply], "edges": edges}
    async with builder(client, address, await made(client, document)) as page:
        panel = page.get_by_role("region", name="Problems")
        await panel.get_by_role("button").first.click()
        await panel.locator("li button").first.click()
        await expect(page.locator(".bi-problems li")).to_have_count(61)
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
