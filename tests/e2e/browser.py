"""A Chromium that records what pages complain about: console errors, policy violations, exceptions."""

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    expect,
)

from tests.chromium import chromium

__all__ = ["chromium"]

PATIENCE_MS = 20_000
HEIGHT = 900
PHONE = 600
"""Narrower windows are phones, with touch instead of a pointer."""

expect.set_options(timeout=PATIENCE_MS)

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Visitor:
    """Opens pages as one person; ``complaints`` collects what went wrong on any of them."""

    browser: Browser
    app: str
    email: str
    password: str
    complaints: list[str] = field(default_factory=list)
    _signed_in: Any = None
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def open(
        self, path: str = "/", *, width: int = 1440, scheme: str = "light", signed_in: bool = True
    ) -> Page:
        """A page in its own context; a path of the app or a whole address."""
        if signed_in and self._signed_in is None:
            await self._sign_in()
        context = await self.browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            has_touch=width < PHONE,
            is_mobile=width < PHONE,
            color_scheme="dark" if scheme == "dark" else "light",
            storage_state=self._signed_in if signed_in else None,
            locale="en-US",
            timezone_id="Europe/Madrid",
        )
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("response", self._note_response)
        await page.goto(path if "://" in path else self.app + path)
        return page

    async def sign_in(self, page: Page) -> None:
        """Fill in the form as a person does."""
        await page.get_by_label("Email").fill(self.email)
        await page.get_by_label("Password").fill(self.password)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(f"{self.app}/")

    async def close_all(self) -> None:
        """Close every page that was opened here."""
        while self._contexts:
            await self._contexts.pop().close()

    async def _sign_in(self) -> None:
        page = await self.open("/login", signed_in=False)
        await self.sign_in(page)
        self._signed_in = await page.context.storage_state()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _note_response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")
