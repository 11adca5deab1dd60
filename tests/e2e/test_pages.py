"""Every page at two widths and in two schemes: it fits, it can be read, and nothing complains."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.browser import HEIGHT, OVERFLOW, Visitor
from tests.e2e.stage import Stage
from tests.e2e.stories import draft, talk, tiny_campaign

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
]

CONTRAST = (Path(__file__).parents[1] / "web" / "contrast.js").read_text("utf-8")
WIDTHS = (1440, 390)
DARK, LIGHT = re.compile(r"\bdark\b"), re.compile(r"^(?!.*\bdark\b)")

PAGES = (
    "/", "/inbox", "/inbox/{conversation}", "/contacts", "/contacts/groups", "/contacts/fields",
    "/contacts/new", "/contacts/{contact}", "/contacts/import", "/contacts/imports",
    "/campaigns", "/campaigns/{draft}/audience", "/campaigns/{draft}/message",
    "/campaigns/{draft}/message?pick=1", "/campaigns/{draft}/schedule", "/campaigns/{draft}/review",
    "/campaigns/{campaign}", "/campaigns/{campaign}/recipients", "/campaigns/{campaign}/failures",
    "/campaigns/{campaign}/settings", "/campaigns/{campaign}/history",
    "/campaigns/{campaign}/recipients/1", "/campaigns/{campaign}/recipients?state=unknown",
    "/automations", "/templates", "/templates/{template}", "/channels", "/channels/{channel}",
    "/channels/new", "/settings", "/settings/team", "/settings/tokens", "/settings/audit",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ids(
    program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> AsyncIterator[dict[str, str]]:
    """Something to show on every page that shows one thing."""
    campaign = await tiny_campaign(program, "Everything at once")
    conversation = await talk(program, simulator, "491713920101", "Is the shop open on Sunday?")
    listed = (await program.get("/api/channels")).json()
    channel = (listed["items"] if isinstance(listed, dict) else listed)[0]["id"]
    templates = (await program.get("/api/templates", params={"search": "spring_sale"})).json()
    yield {
        "campaign": campaign,
        "draft": await draft(program, "A draft to look at"),
        "conversation": conversation["id"],
        "contact": conversation["contact_id"],
        "channel": channel,
        "template": templates["items"][0]["id"],
    }


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tour(someone: Visitor) -> AsyncIterator[tuple[Page, list[str], str]]:
    """One page that walks through all addresses, and what it complained about."""
    guide = replace(someone, complaints=[], _contexts=[])
    yield await guide.open("/"), guide.complaints, guide.app
    await guide.close_all()


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_fits_and_can_be_read(
    tour: tuple[Page, list[str], str], ids: dict[str, str], path: str
) -> None:
    page, complaints, base = tour
    complaints.clear()
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    await page.goto(base + path.format(**ids))
    await expect(page.get_by_role("heading", level=1).first).to_be_visible()
    assert await page.evaluate(OVERFLOW) <= 0, await widest(page)
    await expect(page.locator("html")).to_have_class(LIGHT)
    assert await settled(page, CONTRAST) == []
    await page.emulate_media(color_scheme="dark")
    await expect(page.locator("html")).to_have_class(DARK)
    assert await settled(page, CONTRAST) == []
    await page.set_viewport_size({"width": WIDTHS[1], "height": HEIGHT})
    assert await page.evaluate(OVERFLOW) <= 0, await widest(page)
    assert complaints == []


async def settled(page: Page, script: str) -> list[str]:
    """What a script finds once colours have stopped changing."""
    found: list[str] = []
    for _ in range(20):
        found = await page.evaluate(script)
        if not found:
            break
        await asyncio.sleep(0.1)
    return found


async def widest(page: Page) -> str:
    """The elements that stick out, for the message of a failure."""
    script = """() => [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 4).map((element) => element.outerHTML.slice(0, 120)).join(' | ')"""
    return str(await page.evaluate(script))


async def test_the_docs_page_works_under_the_policy(visitor: Visitor) -> None:
    page = await visitor.open("/docs")
    await expect(page.get_by_text("/api/campaigns/{campaign_id}/execute").first).to_be_visible()


async def test_the_phone_page_fits(visitor: Visitor, stage: Stage) -> None:
    page = await visitor.open(stage.stack.urls.phone, signed_in=False)
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        assert await page.evaluate(OVERFLOW) <= 0, width


async def test_an_unknown_address_is_a_page(visitor: Visitor) -> None:
    page = await visitor.open("/campaigns/00000000-0000-7000-8000-000000000000")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(
        page.get_by_role("link", name=re.compile("ashboard|ampaigns")).first
    ).to_be_visible()
    assert all("404" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()
