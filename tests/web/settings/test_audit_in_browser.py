"""The audit log on desktop and phone: everything it says is visible."""

import pytest

from tests.conftest import LoginAs
from tests.e2e.browser import OVERFLOW, chromium
from tests.web.browsing import opened

pytestmark = pytest.mark.fault("8B7")

HIDDEN = """() => [...document.querySelectorAll(".log li *:not(.sr-only)")].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.right > innerWidth || box.left < 0 || box.width === 0 || element.scrollWidth > element.clientWidth + 1;
}).map((element) => element.outerHTML.slice(0, 200))"""
LOOKS_LIKE_LINK = """() => [...document.querySelectorAll(".log dd *")].filter((element) =>
  !element.closest("a") && getComputedStyle(element).textDecorationLine.includes("underline")).length"""


@pytest.mark.browser
async def test_a_line_of_the_log_is_seen_whole(login_as: LoginAs, address: str) -> None:
    admin = await login_as()
    for label, phone in (("An exceptionally long name for a group of people " * 2, "+34611000943"), ("B" * 60, "+34611000944")):  # fmt: skip
        group = (await admin.post("/api/groups", json={"name": label[:80].strip()})).json()["id"]
        person = {"phone": phone, "name": label[:80].strip(), "group_ids": [group]}
        lea = (await admin.post("/api/contacts", json=person)).json()["id"]
        await admin.put(f"/api/contacts/{lea}", json={"name": "Lea", "group_ids": []})
    async with chromium() as browser:
        for width in (1440, 390):
            async with opened(browser, admin, f"{address}/settings/audit", width) as page:
                assert await page.locator(".log li").count() == 6
                assert await page.evaluate(HIDDEN) == [], width
                assert await page.evaluate(LOOKS_LIKE_LINK) == 0
                assert await page.evaluate(OVERFLOW) <= 0
