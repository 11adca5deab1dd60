"""At 390 px: rows of lists and tables show everything without scrolling sideways."""

from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from tests import factories
from tests.conftest import LoginAs
from tests.e2e.browser import OVERFLOW, chromium
from tests.web.browsing import opened

pytestmark = [pytest.mark.fault("8B9"), pytest.mark.browser]

CUT = """() => [...document.querySelectorAll(".table-wrap, .table-wrap *, ul.table-wrap *")].filter((one) => {
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && style.overflowX !== "visible" && style.clipPath === "none"
        && one.scrollWidth > one.clientWidth + 1;
}).map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 60)}`)"""
"""Elements that scroll or are cut off with an ellipsis."""

SELECTS = """() => [...document.querySelectorAll(".table-wrap select")].filter((one) => {
    const style = getComputedStyle(one), pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return pen.measureText(one.selectedOptions[0].text).width > room;
}).map((one) => one.selectedOptions[0].text)"""
"""Choices whose words do not fit."""


PLACES = (
    "/campaigns", "/contacts", "/settings/audit", "/settings/team", "/settings/tokens",
    "/settings/sessions", "/settings/webhooks", "/settings/webhooks/aside", "/settings/webhooks/rejected",
    "/settings/webhooks/replays",
)  # fmt: skip


@pytest.fixture
async def filled(state: AppState) -> None:
    """A running campaign with a long name, contacts, and a log."""
    async with state.sessions.begin() as session:
        await factories.campaign(session, state.vault, 3)
        await session.execute(
            text(
                "UPDATE campaigns SET name = 'Fast shoes for everybody in spring and summer', "
                "status = 'running', launched_at = now() - interval '6 minutes', started_at = now()"
            )
        )


async def looked_at(page: Page, path: str) -> dict[str, Any]:
    await page.goto(path)
    await expect(page.get_by_role("heading", level=1).first).to_be_visible()
    return {
        "page": await page.evaluate(OVERFLOW),
        "cut": await page.evaluate(CUT),
        "selects": await page.evaluate(SELECTS),
    }


async def test_lists_and_tables_fit_a_phone(
    app: FastAPI, filled: None, address: str, login_as: LoginAs
) -> None:
    client = await login_as(Role.ADMIN)
    file = (
        "Full name,Phone,Marketing consent,A column of the customer's own\nAda,+34612345670,yes,x\n"
    )
    made = await client.post(
        "/contacts/import", files={"file": ("people.csv", file.encode(), "text/csv")}
    )
    columns = made.headers["location"]
    token = {"name": "A program that fetches people", "scopes": "contacts:read", "days": "90"}
    assert (await client.post("/settings/tokens", data=token)).status_code == 200
    async with chromium() as browser, opened(browser, client, f"{address}/", 390) as page:
        for path in (*PLACES, columns):
            found = await looked_at(page, address + path)
            assert found == {"page": 0, "cut": [], "selects": []}, path
        await page.goto(f"{address}/settings/audit")
        await expect(page.locator(".tab-links [aria-current]")).to_be_in_viewport()
        await page.goto(f"{address}/campaigns")
        row = await page.locator("li[id^=campaign-row]").first.bounding_box()
        menu = await page.get_by_role("button", name="Actions for").first.bounding_box()
        assert row is not None
        assert menu is not None
        assert row["x"] + row["width"] - menu["x"] - menu["width"] < 24
        assert menu["y"] - row["y"] < 24
