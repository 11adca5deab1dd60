"""The webhook log in a browser: search, look, replay a period and see it end, on desktop and phone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from api.state import AppState
from domain.permissions import Role
from services.receiving.intake import Intake
from services.receiving.replaying import Replayer
from services.receiving.taking import Taker
from tests import factories
from tests.conftest import LoginAs
from tests.deliveries import as_bytes, envelope, message, value
from tests.e2e.browser import OVERFLOW, chromium
from tests.web.browsing import ZONE, opened


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
async def test_a_delivery_is_found_seen_and_replayed(
    login_as: LoginAs, state: AppState, address: str, width: int
) -> None:
    async with state.sessions.begin() as session:
        channel = await factories.channel(session, state.vault)
    intake, taker = Intake(state.sessions), Taker(state.sessions)
    for n in range(8):
        person = {"from": f"3462200000{n}", "from_user_id": f"ES.{n}"}
        given = value(messages=[message("text", n) | person], contacts=[])
        await intake.keep(as_bytes(envelope(("messages", given))), [channel])
    await intake.keep(b"not json", [channel])
    while (await taker.take()).taken:
        pass
    admin = await login_as(Role.ADMIN)
    async with (
        chromium() as browser,
        opened(browser, admin, f"{address}/settings/webhooks", width) as page,
    ):
        rows = page.get_by_role("table", name="Deliveries").locator("tbody tr")
        await expect(rows).to_have_count(9)
        assert await page.evaluate(OVERFLOW) <= 0
        search = page.get_by_role("searchbox")
        await search.fill("+34 622 00 00 03")
        await search.press("Enter")
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text("Applied")
        await rows.first.get_by_role("link").click()
        await expect(page.get_by_label("As WhatsApp sent it")).to_contain_text("34622000003")
        assert await page.evaluate(OVERFLOW) <= 0
        await page.get_by_role("link", name="Conversation").click()
        await expect(page).to_have_url(f"{address}/inbox/{page.url.rsplit('/', 1)[1]}")

        await page.goto(f"{address}/settings/webhooks/replays")
        now = datetime.now(ZoneInfo(ZONE))
        for label, at in (("From", now - timedelta(hours=1)), ("Until", now + timedelta(hours=1))):
            await page.get_by_label(label).fill(f"{at:%Y-%m-%dT%H:%M}")
        await page.get_by_role("button", name="Replay", exact=True).click()
        moving = page.get_by_role("table", name="Replays").locator("tbody tr").first
        await expect(moving.get_by_role("progressbar")).to_be_visible()
        while await Replayer(state.sessions).step():
            pass
        await expect(moving).to_contain_text("Done")
        await expect(moving).to_contain_text("9 replayed")
        assert await page.evaluate(OVERFLOW) <= 0
