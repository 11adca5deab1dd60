"""Every page at two widths and in two schemes: it fits, is readable, and axe and the console report nothing."""

import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.browser import HEIGHT, OVERFLOW, Visitor
from tests.e2e.stage import Stage
from tests.e2e.stories import draft, talk, tiny_campaign
from tests.eventually import eventually

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
]

ROOT = Path(__file__).parents[2]
AXE = (ROOT / "web" / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
Options = Mapping[str, object]
JUDGED = """async (options) => (await axe.run(document, options)).violations.flatMap((found) =>
    found.nodes.map((node) => `${found.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`))"""
EVERYTHING: Options = {}
COLOURS: Options = {"runOnly": ["color-contrast"]}
"""Everything a colour scheme can change."""

RAW_NUMBER = """() => { const copy = document.body.cloneNode(true);
    copy.querySelectorAll("script, style, template, code, input, textarea").forEach((one) => one.remove());
    return (copy.textContent.match(/\\+\\d{7,}/g) || []); }"""
"""Phone numbers that are not written the way they are everywhere else."""

CONTRAST = (Path(__file__).parents[1] / "web" / "frontend" / "contrast.js").read_text("utf-8")
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
    "/templates", "/templates/{template}", "/channels", "/channels/{channel}",
    "/channels/new", "/settings", "/settings/team", "/settings/tokens", "/settings/audit",
    "/contacts/{contact}/edit", "/contacts/import/{import}", "/channels/{channel}/edit",
    "/settings/sessions", "/settings/webhooks", "/settings/webhooks/aside", "/settings/webhooks/rejected",
    "/settings/webhooks/replays", "/settings/system", "/campaigns?status=nonsense",
    "/campaigns?archived=1",
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
    sent = await program.post(
        "/api/contacts/import", files={"file": ("people.csv", b"Name,Phone\nAda,+491713920177\n")}
    )
    templates = (await program.get("/api/templates", params={"search": "spring_sale"})).json()
    yield {
        "campaign": campaign,
        "draft": await draft(program, "A draft to look at"),
        "conversation": conversation["id"],
        "contact": conversation["contact_id"],
        "channel": channel,
        "import": sent.json()["id"],
        "template": templates["items"][0]["id"],
    }


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tour(someone: Visitor) -> AsyncIterator[tuple[Page, list[str], str]]:
    """One page that walks through all addresses, and what it complained about."""
    guide = replace(someone, complaints=[], _contexts=[])
    yield await guide.open("/"), guide.complaints, guide.app
    await guide.close_all()


@pytest.mark.fault("8B9")
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
    assert await fits(page), await widest(page)
    await expect(page.locator("html")).to_have_class(LIGHT)
    assert await settled(page, CONTRAST) == []
    await page.evaluate(AXE)
    assert await judged(page, EVERYTHING) == []
    assert await page.evaluate(RAW_NUMBER) == []
    await page.emulate_media(color_scheme="dark")
    await expect(page.locator("html")).to_have_class(DARK)
    assert await settled(page, CONTRAST) == []
    assert await judged(page, COLOURS) == []
    await page.set_viewport_size({"width": WIDTHS[1], "height": HEIGHT})
    assert await fits(page), await widest(page)
    assert await judged(page, EVERYTHING) == []
    await page.emulate_media(color_scheme="light")
    assert await judged(page, COLOURS) == []
    assert complaints == []


async def judged(page: Page, options: Options) -> list[str]:
    """What axe finds, once colours have stopped changing."""
    return await settled(page, JUDGED, options)


async def settled(page: Page, script: str, options: Options | None = None) -> list[str]:
    """What a script finds once colours have stopped changing."""
    found: list[str] = []

    async def clean() -> bool:
        found[:] = await page.evaluate(script, options)
        return not found

    with contextlib.suppress(AssertionError):  # the caller says what was found
        await eventually(clean, "nothing to find", within=2)
    return found


async def fits(page: Page) -> bool:
    """Whether nothing sticks out to the right, once the page has taken its width."""

    async def fitting() -> bool:
        return bool(await page.evaluate(OVERFLOW) <= 0)

    with contextlib.suppress(AssertionError):  # the caller says what sticks out
        return await eventually(fitting, "a page that fits", within=2)
    return False


async def widest(page: Page) -> str:
    """The elements that stick out, for the message of a failure."""
    script = """() => [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 4).map((element) => element.outerHTML.slice(0, 120)).join(' | ')"""
    return str(await page.evaluate(script))


async def test_the_docs_page_works_under_the_policy(visitor: Visitor) -> None:
    page = await visitor.open("/docs")
    # Of so many operations, only those in sight are drawn.
    await page.get_by_placeholder("Filter by tag").fill("campaigns")
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


SHOWN = """() => [...document.querySelectorAll("main input[type=checkbox], main input[type=radio]")]
    .filter((box) => box.checkVisibility() && !box.closest(".sr-only") && !box.matches(".sr-only, [role=switch]"))
    .map((box) => box.getBoundingClientRect()).filter((box) => Math.abs(box.width - box.height) > 1)
    .map((box) => `${box.width} x ${box.height}`)"""


@pytest.mark.fault("8B9")
@pytest.mark.parametrize(
    "path", ["/contacts", "/contacts/new", "/settings/tokens", "/campaigns/{draft}/audience"]
)
async def test_ticks_are_square_under_a_thumb(
    visitor: Visitor, ids: dict[str, str], path: str
) -> None:
    page = await visitor.open(path.format(**ids), width=WIDTHS[1])
    await expect(page.get_by_role("heading", level=1).first).to_be_visible()
    assert await page.evaluate(SHOWN) == []


STICKS = """(scrolls) => { const box = document.querySelector(scrolls);
    const held = scrolls === ".inbox-list" && getComputedStyle(box).overflowY !== "auto";
    const seen = (held ? box.querySelector("#conversations") : box).getBoundingClientRect();
    const bar = document.querySelector(".bottom-bar").getBoundingClientRect();
    return (Math.min(bar.height ? bar.top : innerHeight, seen.bottom) - Math.max(seen.top, 0)) / innerHeight; }"""
"""The share of the window that scrolls; the rows alone where what stands above them stays."""


@pytest.mark.fault("8B9")
@pytest.mark.parametrize(
    ("path", "scrolls"),
    [
        ("/", "main"), ("/contacts", "main"), ("/campaigns/{campaign}", "main"),
        ("/campaigns/{draft}/message", "main"), ("/inbox?status=all", ".inbox-list"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [(720, 450), (640, 360)])
async def test_at_twice_the_size_most_of_the_window_is_the_pages_own(
    visitor: Visitor, ids: dict[str, str], path: str, scrolls: str, size: tuple[int, int]
) -> None:
    page = await visitor.open(path.format(**ids), width=size[0])
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await expect(page.get_by_role("heading", level=1).first).to_be_visible()
    await page.evaluate("document.querySelector('main').scrollTo(0, 400); scrollTo(0, 400)")
    assert await page.evaluate(STICKS, scrolls) > 0.5


@pytest.mark.fault("8B9")
@pytest.mark.parametrize(
    "opener", ["#user-menu", "#palette", "#keys-dialog", "#drawer", "#confirm-dialog"]
)
async def test_what_opens_over_a_page_is_judged_too(visitor: Visitor, opener: str) -> None:
    page = await visitor.open("/contacts", width=WIDTHS[1] if opener == "#drawer" else WIDTHS[0])
    await expect(page.get_by_role("heading", level=1).first).to_be_visible()
    show = "(id) => { const one = document.querySelector(id); one.showModal ? one.showModal() : one.showPopover(); }"
    await page.evaluate(show, opener)
    await page.evaluate(AXE)
    assert await judged(page, EVERYTHING) == []


@pytest.mark.fault("8B9")
@pytest.mark.parametrize("path", ["/login", "/nothing/here"])
async def test_pages_of_nobody_are_judged_too(visitor: Visitor, path: str) -> None:
    page = await visitor.open(path, signed_in=False)
    await expect(page.get_by_role("heading", level=1).first).to_be_visible()
    await page.evaluate(AXE)
    assert await judged(page, EVERYTHING) == []
    visitor.complaints.clear()


@pytest.mark.fault("8B7")
async def test_an_error_has_an_errors_icon(visitor: Visitor) -> None:
    page = await visitor.open("/contacts")
    shown = "(tone) => document.dispatchEvent(new CustomEvent('toast', {detail: {text: 'Said ' + tone, tone}}))"
    for tone in ("danger", "warning", "success"):
        await page.evaluate(shown, tone)
        toast = page.locator("#toasts .toast", has_text=f"Said {tone}")
        await expect(toast.locator("> .icon")).to_have_count(1)
        await expect(toast.locator(f"> .toast-icon-{tone}")).to_be_visible()
