"""The builder in a browser: draw, connect, undo, fix, test, and what happens when two people or a lost connection meet."""

import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.automations.guards import Guard
from domain.permissions import Role
from services.automations import guards
from tests.conftest import LoginAs
from tests.e2e.browser import chromium
from tests.web.automations.following import at_question
from tests.web.browsing import opened
from web import build_assets

pytestmark = pytest.mark.browser

MOD = "Control"
HELLO: dict[str, Any] = {
    "schema": 1,
    "triggers": [
        {"id": "t", "type": "keyword", "title": "", "x": 0, "y": 0, "data": {"words": ["hi"]}}
    ],
    "nodes": [
        {
            "id": "ask", "type": "user_reply", "title": "Which size?", "x": 360, "y": 0,
            "data": {
                "ask": {"kind": "buttons", "text": "Which size?", "buttons": [{"id": "s", "title": "Small"}, {"id": "l", "title": "Large"}]},
                "save_as": "size",
            },
        },
        {"id": "gap", "type": "time_gap", "title": "", "x": 720, "y": 0, "data": {"wait": {"amount": 2, "unit": "days"}}},
        {"id": "end", "type": "end", "title": "", "x": 1080, "y": 0, "data": {}},
    ],
    "edges": [
        {"source": "t", "branch": "next", "target": "ask"},
        *({"source": "ask", "branch": one, "target": "gap"} for one in ("choice:s", "choice:l", "other")),
        {"source": "gap", "branch": "next", "target": "end"},
    ],
    "settings": {},
}  # fmt: skip


async def made(client: httpx.AsyncClient, document: dict[str, Any] | None = None) -> str:
    body: dict[str, Any] = {"name": "Sizes", **({"document": document} if document else {})}
    answer = await client.post("/api/automations", json=body)
    return str(answer.raise_for_status().json()["id"])


@asynccontextmanager
async def builder(
    client: httpx.AsyncClient, address: str, automation: str, width: int = 1440
) -> AsyncIterator[Page]:
    """The builder's page; nothing on it may complain."""
    build_assets.build()
    complaints: list[str] = []
    url = f"{address}/automations/{automation}"
    async with chromium() as browser, opened(browser, client, url, width) as page:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await expect(page.locator(".react-flow__pane")).to_be_visible()
        yield page
    assert complaints == []


def steps(page: Page) -> Any:
    return page.locator(".react-flow__node")


async def saved(client: httpx.AsyncClient, automation: str, page: Page) -> dict[str, Any]:
    """The draft as it is stored, once the page says that it is."""
    await expect(page.locator("[data-save-state]")).to_have_attribute("data-state", "saved")
    draft = await client.get(f"/api/automations/{automation}/draft")
    document: dict[str, Any] = draft.json()["document"]
    return document


async def drag(page: Page, start: Any, x: float, y: float) -> None:
    """From the middle of an element to a point."""
    box = await start.bounding_box()
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.down()
    await page.mouse.move(x, y, steps=8)
    await page.mouse.up()


async def test_an_automation_is_drawn_connected_undone_and_saved(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    automation = await made(client)
    async with builder(client, address, automation) as page:
        await page.get_by_role("button", name="Keyword", exact=True).click()
        await page.get_by_role("textbox", name="Words").fill("price,")
        place: Any = {"x": 620, "y": 160}
        await page.get_by_role("button", name="Custom Reply").drag_to(
            page.locator(".react-flow__pane"), target_position=place
        )
        await page.get_by_role("textbox", name="Text", exact=True).fill("It costs 5.")
        reply = await steps(page).nth(1).bounding_box()
        await drag(
            page, page.locator("[data-family=trigger] .source"), reply["x"] + 90, reply["y"] + 20
        )
        await expect(page.locator(".react-flow__edge")).to_have_count(1)
        await drag(
            page,
            page.locator("[data-family=talk] .source").first,
            reply["x"] + 60,
            reply["y"] + 330,
        )
        await expect(page.get_by_role("dialog", name="What comes next?")).to_be_visible()
        await page.keyboard.type("goal")
        await page.keyboard.press("Enter")
        await expect(steps(page)).to_have_count(3)
        await expect(page.locator(".react-flow__edge")).to_have_count(2)
        for count, keys in ((2, "z"), (3, "Shift+z"), (2, "z"), (3, "y")):
            await page.keyboard.press(f"{MOD}+{keys}")
            await expect(steps(page)).to_have_count(count)
        document = await saved(client, automation, page)
        assert document["triggers"][0]["data"]["words"] == ["price"]
        assert [node["type"] for node in document["nodes"]] == ["custom_reply", "goal"]
        assert len(document["edges"]) == 2
        await page.reload()
        await expect(steps(page)).to_have_count(3)


async def test_everything_goes_by_keyboard(login_as: LoginAs, address: str) -> None:
    client = await login_as()
    automation = await made(client, HELLO)
    async with builder(client, address, automation) as page:
        await page.locator('.react-flow__node[data-id="t"]').focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.locator('.react-flow__node[data-id="ask"]')).to_be_focused()
        await page.keyboard.press("Enter")
        title = page.get_by_role("textbox", name="Title")
        await expect(title).to_be_focused()
        await page.keyboard.type("Size")
        await page.keyboard.press("Escape")
        await expect(page.locator('.react-flow__node[data-id="ask"]')).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_label("Failed", exact=True).select_option("End")
        await expect(page.locator(".react-flow__edge")).to_have_count(6)
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await page.keyboard.press(f"{MOD}+f")
        await page.keyboard.type("2 days")
        await page.keyboard.press("Enter")
        await expect(page.locator(".bn[data-selected]")).to_have_attribute("data-item", "gap")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Delete")
        await expect(steps(page)).to_have_count(3)
        await page.keyboard.press(f"{MOD}+a")
        await page.keyboard.press(f"{MOD}+d")
        await expect(steps(page)).to_have_count(6)
        document = await saved(client, automation, page)
        assert len({node["id"] for node in document["nodes"]}) == 4


async def test_problems_lead_to_their_node_and_some_are_fixed_by_a_click(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    loose = {**HELLO, "edges": HELLO["edges"][:-1]}
    automation = await made(client, loose)
    async with builder(client, address, automation) as page:
        panel = page.get_by_role("region", name="Problems")
        await panel.get_by_role("button").first.click()
        await panel.get_by_role("button", name=re.compile("Time Gap")).click()
        await expect(page.locator(".bn[data-selected]")).to_have_attribute("data-item", "gap")
        row = panel.locator("li", has_text="Time Gap")
        await row.get_by_role("button", name="Add an End", exact=True).click()
        await expect(panel.get_by_role("button", name=re.compile("Time Gap"))).to_have_count(0)
        await page.get_by_role("button", name="Undo").click()
        await expect(panel.get_by_role("button", name=re.compile("Time Gap"))).to_be_visible()


async def test_the_test_plays_the_customer_and_lights_the_way(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    async with builder(client, address, await made(client, HELLO)) as page:
        await page.get_by_role("button", name="Test", exact=True).click()
        await page.get_by_role("button", name="Start the test").click()
        phone = page.get_by_role("complementary", name="Test")
        await phone.get_by_role("button", name="Small").click()
        await expect(phone.locator(".bt-variables")).to_contain_text("Small")
        await expect(page.locator('.bn[data-item="gap"]')).to_have_attribute("data-lit", "now")
        await expect(page.locator(".be-lit")).to_have_count(2)
        await phone.get_by_role("button", name="+1 d", exact=True).click()
        await expect(phone).to_contain_text("Window closed")
        await phone.get_by_role("button", name="Next wait").click()
        await expect(phone.locator(".bt-state")).to_have_text("Ended")
        await page.get_by_role("button", name="Close the test").click()
        await expect(page.locator(".be-lit")).to_have_count(0)


async def test_the_played_customer_is_whom_the_author_describes(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    hello: dict[str, Any] = {
        "id": "hello", "type": "custom_reply", "title": "", "x": 360, "y": 0,
        "data": {"messages": [{"kind": "text", "text": "Hi {{contact.first_name|you}} in {{contact.timezone}}"}]},
    }  # fmt: skip
    edges = [{"source": "t", "branch": "next", "target": "hello"}]
    document = {**HELLO, "nodes": [hello], "edges": edges}
    async with builder(client, address, await made(client, document)) as page:
        await page.get_by_role("button", name="Test", exact=True).click()
        phone = page.get_by_role("complementary", name="Test")
        await phone.get_by_text("Customer", exact=True).last.click()
        await phone.get_by_label("Name", exact=True).fill("Mara Voss")
        await phone.get_by_label("Time zone").select_option("Asia/Tokyo")
        await phone.get_by_role("button", name="Start the test").click()
        await expect(phone).to_contain_text("Hi Mara in Asia/Tokyo")
        await phone.get_by_role("button", name="Start over").click()
        await expect(phone.get_by_label("Name", exact=True)).to_have_value("Mara Voss")


async def test_the_name_and_the_address_of_a_webhook_come_from_the_page(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    hook = {"id": "h", "type": "webhook", "title": "", "x": 0, "y": 200, "data": {}}
    automation = await made(client, {**HELLO, "triggers": [*HELLO["triggers"], hook]})
    async with builder(client, address, automation) as page:
        await page.locator(".bh-name button").click()
        dialog = page.get_by_role("dialog", name="Rename")
        await dialog.get_by_label("Name").fill("Shoes")
        await dialog.get_by_role("button", name="Save").click()
        await expect(page.locator(".bh-name")).to_have_text("Shoes")
        await page.locator('.react-flow__node[data-id="h"]').click()
        await page.get_by_role("button", name="Show the secret address").click()
        await expect(page.get_by_label("Secret address")).to_have_value(re.compile("/hooks/"))


async def test_a_halt_names_whom_it_concerns_and_counts_stand_at_their_branch(
    session: AsyncSession, login_as: LoginAs, state: AppState, address: str
) -> None:
    follow = await at_question(session, state.vault)
    await follow.tap("Blue")
    await guards.halt(session, follow.automation_id, Guard.BOTS, [follow.who.contact_id])
    await session.commit()
    async with builder(await login_as(), address, str(follow.automation_id)) as page:
        person = page.get_by_role("alert").locator("a.link")
        await expect(person).to_have_attribute("href", f"/contacts/{follow.who.contact_id}")
        await page.get_by_label("Show counts").select_option("all")
        branch = page.locator('.bn[data-item="which"] .bn-branch', has_text="Blue")
        count = await branch.locator(".bn-through").bounding_box()
        name = await branch.locator(".bn-branch-name").bounding_box()
        assert count is not None
        assert name is not None
        assert 0 <= count["x"] - (name["x"] + name["width"]) < 16
        ended = page.locator('.bn[data-item="won"] .bn-counts')
        await expect(ended).to_contain_text("1 ended here")


@pytest.mark.parametrize("mine", [True, False])
async def test_two_people_never_overwrite_each_other(
    login_as: LoginAs, address: str, mine: bool
) -> None:
    client = await login_as()
    automation = await made(client, HELLO)
    async with builder(client, address, automation) as page:
        theirs = {**HELLO, "settings": {"marketing": True}}
        draft = f"/api/automations/{automation}/draft"
        revision = (await client.get(draft)).json()["revision"]
        await client.put(draft, json={"revision": revision, "document": theirs})
        await page.locator('.react-flow__node[data-id="gap"]').click()
        await page.get_by_role("textbox", name="Title").fill("Mine")
        dialog = page.get_by_role("dialog", name="A newer version was saved")
        await expect(dialog).to_contain_text("You changed this in another tab")
        for way in ("Publish", "Resolve"):
            await dialog.get_by_role("button", name="Close").click()
            await page.get_by_role("button", name=way).click()
            await expect(dialog).to_be_visible()
        await dialog.get_by_role(
            "button", name="Keep mine as a copy" if mine else "Load the saved version"
        ).click()
        await expect(dialog).to_be_hidden()
        await expect(page.locator("strong", has_text="Mine")).to_have_count(int(mine))
        kept = (await client.get(draft)).json()["document"]
        assert kept["settings"]["marketing"] is True
        assert (automation in page.url) is not mine


async def test_without_a_connection_nothing_is_lost(login_as: LoginAs, address: str) -> None:
    client = await login_as()
    automation = await made(client, HELLO)
    async with builder(client, address, automation) as page:
        await page.context.set_offline(True)
        await page.locator('.react-flow__node[data-id="gap"]').click()
        await page.get_by_role("textbox", name="Title").fill("Offline")
        await expect(page.locator("[data-save-state]")).to_contain_text("Offline")
        await page.context.set_offline(False)
        document = await saved(client, automation, page)
        assert document["nodes"][1]["title"] == "Offline"


async def test_publishing_shows_what_changes(login_as: LoginAs, address: str) -> None:
    client = await login_as()
    automation = await made(client, HELLO)
    async with builder(client, address, automation) as page:
        for version, told in ((1, "first version"), (2, "Two days later")):
            await page.get_by_role("button", name="Publish").click()
            dialog = page.get_by_role("dialog", name=re.compile("Publish"))
            await expect(dialog).to_contain_text(told)
            await dialog.get_by_role("button", name="Publish").click()
            await expect(page.locator("#toasts")).to_contain_text(f"Version {version} is live")
            await page.locator('.react-flow__node[data-id="gap"]').click()
            await page.get_by_role("textbox", name="Title").fill("Two days later")
            await saved(client, automation, page)
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("button", name="Resume")).to_be_visible()
        await page.get_by_role("button", name="More actions").click()
        await page.get_by_role("menuitem", name="Versions").click()
        await page.get_by_role("button", name="Restore as draft").last.click()
        await expect(page.locator(".bn strong", has_text="Two days later")).to_have_count(0)


@pytest.mark.parametrize(("role", "width"), [(Role.AGENT, 1440), (Role.ADMIN, 390)])
async def test_who_may_not_write_and_phones_only_look(
    login_as: LoginAs, address: str, role: Role, width: int
) -> None:
    automation = await made(await login_as(), HELLO)
    async with builder(await login_as(role), address, automation, width) as page:
        await expect(page.get_by_text("View only")).to_be_visible()
        await expect(page.get_by_role("complementary", name="Steps to add")).to_have_count(0)
        await page.locator('.react-flow__node[data-id="t"]').click()
        await page.keyboard.press("Delete")
        await expect(steps(page)).to_have_count(4)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_two_hundred_steps_stay_quick(login_as: LoginAs, address: str) -> None:
    nodes = [
        {"id": f"n{n}", "type": "custom_reply", "title": f"Step {n}", "x": n % 20 * 340, "y": n // 20 * 220,
         "data": {"messages": [{"kind": "text", "text": f"Number {n}"}]}}
        for n in range(200)
    ]  # fmt: skip
    edges = [{"source": f"n{n}", "branch": "next", "target": f"n{n + 1}"} for n in range(199)]
    client = await login_as()
    document = {**HELLO, "nodes": nodes, "edges": edges}
    async with builder(client, address, await made(client, document)) as page:
        await expect(steps(page)).to_have_count(201)
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable")

        async def busy() -> float:
            found = await session.send("Performance.getMetrics")
            return float(
                next(m["value"] for m in found["metrics"] if m["name"] == "ScriptDuration")
            )

        box = await steps(page).nth(1).bounding_box()
        await page.mouse.move(box["x"] + 60, box["y"] + 20)
        before = await busy()
        await page.mouse.down()
        for n in range(40):
            await page.mouse.move(box["x"] + 60 + 3 * n, box["y"] + 20 + 2 * n)
        await page.mouse.up()
        assert (await busy() - before) / 40 < 0.05


SCRIPTS = "performance.getEntriesByType('resource').map((one) => one.name).filter((one) => one.endsWith('.js'))"


async def test_the_builder_is_loaded_on_its_page_only_and_small_enough(
    login_as: LoginAs, address: str
) -> None:
    client = await login_as()
    async with builder(client, address, await made(client, HELLO)) as page:
        here = {url.rpartition("/")[2] for url in await page.evaluate(SCRIPTS)}
        sizes = [len(gzip.compress((build_assets.DIST / name).read_bytes(), 9)) for name in here]
        assert sum(sizes) <= 250 * 1024, sizes
        await page.goto(f"{address}/automations")
        await expect(page.get_by_role("heading", name="Automations")).to_be_visible()
        assert len({url.rpartition("/")[2] for url in await page.evaluate(SCRIPTS)}) < len(here)
