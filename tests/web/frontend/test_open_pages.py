"""Pages that stay open while the rest is slow, away or new: nothing typed is lost, nothing fails without a word."""

import asyncio
import os
import re
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Error, Route, expect
from sqlalchemy import text

from api.state import AppState
from domain.actors import SYSTEM
from domain.permissions import Role
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from tests import factories
from tests.conftest import LoginAs
from tests.e2e.browser import chromium
from tests.threads import Thread
from tests.web.browsing import opened
from web import build_assets


async def a_draft(state: AppState) -> UUID:
    """A draft called Spring."""
    async with state.sessions.begin() as session:
        made = await write.create(session, SYSTEM, "Spring")
    return made.id


async def named(state: AppState, campaign_id: UUID) -> str:
    """What a campaign is called in the database."""
    async with state.sessions() as session:
        found = await session.execute(
            text("SELECT name FROM campaigns WHERE id = :id"), {"id": campaign_id}
        )
        return str(found.scalar_one())


@pytest.mark.fault("8B4")
async def test_a_part_that_does_not_load_is_tried_again_and_then_said(
    login_as: LoginAs, address: str, two: list[Thread]
) -> None:
    client, refused = await login_as(Role.AGENT), 1

    async def sometimes(route: Route) -> None:
        nonlocal refused
        refused -= 1
        await (route.abort() if refused >= 0 else route.continue_())

    async with chromium() as browser, opened(browser, client, f"{address}/inbox") as page:
        await page.route("**/dist/conversation-*.js*", sometimes)
        await page.get_by_role("link").filter(has_text="Ana Ruiz").click()
        field, sent = page.get_by_role("textbox", name="Reply"), page.locator(".bubble-row")
        await field.fill("Typed at once")
        await field.press("Enter")
        stored = page.locator("[id^=latest] .bubble-row").filter(has_text="Typed at once")
        await expect(stored).to_have_count(1)
        await expect(sent.filter(has_text="Typed at once")).to_have_count(1)
        await expect(page.locator("#toasts .toast")).to_have_count(0)
        # An update under the open page: what it loads is gone for good.
        refused = 1_000
        await page.reload()
        await field.fill("Kept over the reload")
        await field.press("Enter")
        toast = page.locator("#toasts .toast")
        await expect(toast).to_contain_text("did not load")
        await expect(toast).to_have_count(1)
        await expect(field).to_have_value("Kept over the reload")
        refused = 0
        await toast.get_by_role("button", name="Reload").click()
        await expect(field).to_have_value("Kept over the reload")
        await field.press("Enter")
        await expect(sent.filter(has_text="Kept over the reload")).to_have_count(1)


@pytest.mark.fault("8B4")
async def test_a_draft_is_nobody_elses(login_as: LoginAs, address: str, two: list[Thread]) -> None:
    client, other = await login_as(Role.AGENT), await login_as(Role.AGENT)
    url = f"{address}/inbox/{two[0].id}"
    async with chromium() as browser, opened(browser, client, url) as page:
        await page.get_by_role("textbox", name="Reply").fill("For my eyes")
        async with opened(browser, other, url) as theirs:
            cookies = await theirs.context.cookies()
        await page.context.add_cookies(cookies)  # type: ignore[arg-type] # as the browser gave them
        await page.reload()
        await expect(page.get_by_role("textbox", name="Reply")).to_have_value("")


@pytest.mark.fault("8B1")
@pytest.mark.parametrize("way", ["step", "reload"])
async def test_what_was_typed_last_is_on_the_next_page_and_no_conflict(
    login_as: LoginAs, state: AppState, address: str, way: str
) -> None:
    client, made = await login_as(Role.MANAGER), await a_draft(state)
    url = f"{address}/campaigns/{made}/audience"
    async with chromium() as browser, opened(browser, client, url) as page:
        name = page.get_by_label("Campaign name")
        await name.fill("Summer")
        if way == "step":
            await page.locator(".stepper").get_by_role("link", name="Schedule").click()
            await page.wait_for_url("**/schedule")
            await expect(page.get_by_role("heading", name="Summer", level=1)).to_be_visible()
            await page.get_by_role("button", name="Back").click()
            await page.goto(url)
        else:
            await page.reload()
        await expect(name).to_have_value("Summer")
        await name.press("End")
        await name.press_sequentially(" sale")
        await expect(page.get_by_text("Saved just now")).to_be_visible()
        assert await named(state, made) == "Summer sale"


@pytest.mark.fault("8B1")
@pytest.mark.parametrize("way", ["Continue", "reload"])
async def test_who_leaves_during_a_save_meets_no_conflict(
    login_as: LoginAs, state: AppState, address: str, way: str
) -> None:
    client, made = await login_as(Role.MANAGER), await a_draft(state)
    url, saved, go = f"{address}/campaigns/{made}/audience", asyncio.Event(), asyncio.Event()

    async def slow(route: Route) -> None:
        if route.request.method != "POST" or saved.is_set():
            await route.continue_()
            return
        answer = await route.fetch()
        saved.set()
        await go.wait()
        with suppress(Error):  # the page that waited for it may be gone
            await route.fulfill(response=answer)

    async with chromium() as browser, opened(browser, client, url) as page:
        await page.route(url, slow)
        name = page.get_by_label("Campaign name")
        await name.fill("Summer")
        await saved.wait()
        await name.fill("Summer sale")
        if way == "Continue":
            await page.get_by_role("button", name="Continue").last.click()
            go.set()
            # the groups are missing, which the step says; nobody else changed it, which it does not
            await expect(page.get_by_text("Something is missing")).to_be_visible()
        else:
            await page.reload()
            go.set()
            await expect(page.get_by_text("Saved just now")).to_be_visible()
        await expect(name).to_have_value("Summer sale")
        await name.fill("Summer sale 2")
        await expect(page.get_by_text("Saved just now")).to_be_visible()
        await expect(page.locator("#toasts .toast")).to_have_count(0)
    assert await named(state, made) == "Summer sale 2"


@pytest.mark.fault("8B1")
async def test_what_could_not_be_saved_is_given_to_the_server_by_the_next_page(
    login_as: LoginAs, state: AppState, address: str
) -> None:
    client, made = await login_as(Role.MANAGER), await a_draft(state)
    url = f"{address}/campaigns/{made}/audience"
    async with chromium() as browser, opened(browser, client, url) as page:
        await page.route(url, lambda route: route.abort())
        await page.get_by_label("Campaign name").fill("Summer")
        await expect(page.get_by_text("Not saved yet: no connection.")).to_be_visible()
        kept = await page.evaluate("() => Object.entries(sessionStorage)[0]")
        await page.unroute(url)
        await page.goto(f"{address}/contacts")
        async with state.sessions.begin() as session:  # as if it had not left with the page
            await session.execute(text("UPDATE campaigns SET name = 'Spring', revision = 1"))
        await page.evaluate("([key, typed]) => sessionStorage.setItem(key, typed)", kept)
        await page.reload()
        await page.wait_for_function("() => sessionStorage.length === 0")
    assert await named(state, made) == "Summer"


@pytest.mark.fault("8B1")
async def test_what_another_window_changed_is_said_and_nothing_typed_is_lost(
    login_as: LoginAs, state: AppState, address: str
) -> None:
    client, made = await login_as(Role.MANAGER), await a_draft(state)
    url = f"{address}/campaigns/{made}/audience"
    async with chromium() as browser, opened(browser, client, url) as page:
        async with state.sessions.begin() as session:
            await write.change(session, made, SYSTEM, DraftChange(name="Autumn"), None)
        name = page.get_by_label("Campaign name")
        await name.fill("Summer")
        await page.get_by_role("button", name="Continue").last.click()
        await expect(page.locator("#toasts .toast")).to_contain_text("Changed in another window")
        await expect(name).to_have_value("Summer")
        assert await named(state, made) == "Autumn"
        await name.press_sequentially(
            " sale"
        )  # the sentence says what a reload does, and it does that
        await page.reload()
        await expect(name).to_have_value("Autumn")
        await name.fill("Autumn sale")
        await expect(page.get_by_text("Saved just now")).to_be_visible()
    assert await named(state, made) == "Autumn sale"


@pytest.mark.fault("8B1")
async def test_what_is_typed_before_the_page_is_ready_is_saved(
    login_as: LoginAs, state: AppState, address: str
) -> None:
    client, made, loaded = await login_as(Role.MANAGER), await a_draft(state), asyncio.Event()

    async def late(route: Route) -> None:
        await loaded.wait()
        await route.continue_()

    async with chromium() as browser, opened(browser, client, "about:blank") as page:
        await page.route("**/dist/app-*.js", late)
        await page.goto(f"{address}/campaigns/{made}/audience", wait_until="commit")
        await page.get_by_label("Campaign name").fill("Summer")
        loaded.set()
        await expect(page.get_by_text("Saved just now")).to_be_visible()
        assert await named(state, made) == "Summer"


@pytest.mark.fault("8B1")
async def test_a_time_is_one_of_the_viewers_zone_or_none(
    login_as: LoginAs, state: AppState, address: str
) -> None:
    client, loaded = await login_as(Role.MANAGER), asyncio.Event()
    async with state.sessions.begin() as session:
        made = await factories.campaign(session, state.vault, 2)
        await session.execute(
            text("UPDATE campaigns SET status = 'scheduled', scheduled_at = '2027-05-01T16:30Z'")
        )

    async def late(route: Route) -> None:
        await loaded.wait()
        await route.abort()

    async with chromium() as browser, opened(browser, client, "about:blank") as page:
        await page.route(re.compile(r"/dist/(?!app-|page-|theme-).*\.js"), late)
        await page.goto(f"{address}/campaigns/{made.id}")
        await page.get_by_role("button", name="Change the start").click()
        dialog = page.locator("#start-dialog")
        await expect(dialog).to_contain_text("America/Los_Angeles")
        at = dialog.locator("[name=at]")
        await expect(at).to_have_value("2027-05-01T09:30")
        await at.fill("2027-05-05T09:30")
        loaded.set()
        await at.press("Enter")  # changes the start; starting now asks first
        await expect(page.locator("#toasts")).to_contain_text("Start changed")
    async with state.sessions() as session:
        stored = (await session.execute(text("SELECT scheduled_at FROM campaigns"))).scalar_one()
    assert stored == datetime(2027, 5, 5, 16, 30, tzinfo=UTC)
    answer = await client.post(f"/campaigns/{made.id}/start", data={"at": "2027-06-01T09:30"})
    page_after = await client.get(answer.headers["location"])
    assert "did not report its time zone" in page_after.text


def test_what_open_pages_load_stays_for_a_day_after_an_update(tmp_path: Path) -> None:
    former, fresh = tmp_path / "former", tmp_path / "fresh"
    for folder in (former, fresh):
        folder.mkdir()
    (former / "manifest.json").write_text('{"src/inbox.ts": {"file": "inbox-old.js"}}')
    long_ago = time.time() - timedelta(days=30).total_seconds()
    for name in ("inbox-old.js", "inbox-older.js", "same.js", "old.woff2"):
        (former / name).write_text(name)
        os.utime(former / name, (long_ago, long_ago))
    (former / "inbox-yesterday.js").write_text("replaced today")
    (fresh / "same.js").write_text("new")
    (fresh / "inputs.sha256").write_text("written last")
    build_assets._keep_former(former, fresh)
    assert {path.name for path in fresh.iterdir()} == {
        "same.js", "inbox-old.js", "inbox-yesterday.js", "inputs.sha256",
    }  # fmt: skip
    assert (fresh / "same.js").read_text() == "new"
    assert time.time() - (fresh / "inbox-old.js").stat().st_mtime < 3600  # its day begins now
