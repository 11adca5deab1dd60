"""A running kit application and a browser to open it with."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.chromium import chromium
from tests.serving import serving, url_of
from tests.web.kit_app import KitServer
from web import build_assets


@dataclass
class Site:
    """A running kit application and a browser to open it with."""

    url: str
    server: KitServer
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "/kit", width: int = 1440, **options: object) -> Page:
        context = await self.browser.new_context(
            viewport={"width": width, "height": 900},
            **options,  # type: ignore[arg-type] # passed through to the browser
        )
        page = await context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.url + path)
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[Site]:
    build_assets.build()
    kit = KitServer()
    async with (
        serving(kit.application(), ws="websockets-sansio") as server,
        chromium() as browser,
    ):
        yield Site(url_of(server), kit, browser)


@pytest_asyncio.fixture(loop_scope="module")
async def site(running: Site) -> AsyncIterator[Site]:
    running.complaints.clear()
    running.server.posts.clear()
    running.server.tokens.clear()
    running.server.heard.clear()
    yield running
    for context in running.browser.contexts:
        await context.close()
    assert running.complaints == []
