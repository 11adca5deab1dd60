"""What a designer sees of the builder: new steps, problems, drafts that are broken, and a phone's small screen."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.ids import new_id
from services import phones
from tests.conftest import LoginAs
from tests.services.automations.test_repairing import HOSTILE
from tests.web.automations.following import SHOP, at_question
from tests.web.automations.test_builder import HELLO, builder, made, steps

pytestmark = pytest.mark.browser

CROWD = 250
"""More than two pages."""

ENTERED = """
WITH crowd AS (
    INSERT INTO contacts (id, phone, name)
    SELECT id, '+49170' || 1000000 + place, '' FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS i(id, place)
    RETURNING id
)
INSERT INTO automation_runs (id, automation_id, version, contact_id, channel_id, trigger_id, cause, state, node, waits)
SELECT c.id, r.automation_id, r.version, c.id, r.channel_id, r.trigger_id, r.cause, r.state, r.node, r.waits
FROM automation_runs r CROSS JOIN crowd c WHERE r.id = :run"""


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
        await page.set_viewport_size({"width": 390, "height": 844})
        assert (await box(page, ".bh-name"))["width"] > 120, "a narrow window squeezes no name"


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


async def test_a_number_leads_to_the_people_behind_it_however_many(
    session: AsyncSession, login_as: LoginAs, state: AppState, address: str
) -> None:
    follow = await at_question(session, state.vault)
    await session.execute(
        text("UPDATE automation_runs SET trigger_id = :trigger"),
        {"trigger": SHOP.triggers[0].id},
    )
    crowd = {"run": follow.run_id, "ids": [new_id() for _ in range(CROWD)]}
    await session.execute(text(ENTERED), crowd)
    await session.commit()
    async with builder(await login_as(), address, str(follow.automation_id)) as page:
        await page.get_by_label("Show counts").select_option("24h")
        trigger = page.locator('.bn[data-family="trigger"] .bn-counts')
        await expect(trigger).to_have_text(f"{CROWD + 1} started")
        await page.get_by_role("button", name=f"{CROWD + 1} people here now. Show who").click()
        dialog = page.get_by_role("dialog", name="At “which”")
        await expect(dialog).to_contain_text(f"{CROWD + 1} people are here now.")
        people = dialog.get_by_role("listitem")
        await expect(people).to_have_count(101)  # a page, and what brings the next one
        while await dialog.get_by_role("button", name="Show more").count():
            count = await people.count()
            await dialog.get_by_role("list").evaluate("list => list.scrollTop = list.scrollHeight")
            await expect(people).not_to_have_count(count)
        await expect(people).to_have_count(CROWD + 1)
        first = people.filter(has=page.get_by_role("link", name="Person 0", exact=True))
        await expect(first).to_contain_text("waits for a reply until")
        await expect(first).to_contain_text("here for 1 minute")
        await expect(first).to_contain_text(phones.shown(follow.who.phone))
        runs = first.get_by_role("link", name="Person 0", exact=True)
        await expect(runs).to_have_attribute("href", follow.page)
        thread = first.get_by_role("link", name="Conversation with Person 0")
        await expect(thread).to_have_attribute("href", f"/inbox/{follow.who.conversation_id}")


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
