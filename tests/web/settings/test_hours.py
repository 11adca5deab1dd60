"""The settings of working hours."""

import re
from datetime import date, timedelta
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.permissions import Role
from services import calendars
from tests.conftest import LoginAs
from tests.web.test_inbox import texts

HOME = "/settings/hours"


def form(**given: Any) -> dict[str, Any]:
    """What a browser posts."""
    return {
        "name": "Shop", "zone": "Europe/Madrid", "mon": "9-13, 15-18", "tue": "9-13, 15-18",
        "day": ["2026-12-25", ""], "day_name": ["Christmas", ""], "day_spans": ["", ""],
        "day_every": ["1", ""], "is_default": "1", **given,
    }  # fmt: skip


async def test_hours_are_made_changed_and_deleted(session: AsyncSession, login_as: LoginAs) -> None:
    client: httpx.AsyncClient = await login_as(Role.MANAGER)
    assert "No working hours yet" in texts((await client.get(HOME)).text)
    new = await client.get(f"{HOME}/new")
    assert 'value="09:00-17:00"' in new.text
    made = await client.post(HOME, data=form())
    assert made.headers["location"] == HOME
    shown = texts((await client.get(HOME)).text)
    assert "Mon\u2013Tue 09:00\u201313:00, 15:00\u201318:00" in shown
    assert "1 special day" in shown
    assert "get the default ones" not in shown, "there is no other default"
    own = f"{HOME}/{await session.scalar(text('SELECT id FROM calendars'))}"
    edit = (await client.get(own)).text
    assert 'value="09:00-13:00, 15:00-18:00"' in edit
    assert 'value="Christmas"' in edit
    user = str(await session.scalar(text("SELECT id FROM users LIMIT 1")))
    await client.post(own, data=form(day=["", ""], day_name=["", ""], user=[user]))
    stored = (await session.execute(text("SELECT special FROM calendars"))).scalar_one()
    assert stored == []
    await client.post(f"{own}/delete")
    assert "No working hours yet" in texts((await client.get(HOME)).text)
    log = texts((await (await login_as(Role.ADMIN)).get("/settings/audit")).text)
    assert "changed working hours Shop" in log


async def test_a_refused_form_keeps_what_was_typed(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    wrong = await client.post(HOME, data=form(tue="nine to five", day_spans=["x", ""]))
    assert wrong.status_code == 422
    assert 'value="nine to five"' in wrong.text
    assert wrong.text.count("Write hours such as 09:00-12:30, 13:30-18:00.") >= 2
    undated = await client.post(HOME, data=form(day=["soon", ""], day_name=["Christmas", "Easter"]))
    assert undated.status_code == 422
    assert undated.text.count("Choose a date.") >= 2, "every wrong day is named at once"
    described = re.findall(r'aria-describedby="(day-[^"]+)"', undated.text)
    assert described == ["day-0-error", "day-1-error"]
    assert all(undated.text.count(f'id="{one}"') == 1 for one in described)
    assert 'name="day"' in (await client.get(f"{HOME}/day")).text


async def test_as_many_special_days_as_there_may_be_fit_into_a_form(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    first, most = date(2026, 1, 1), calendars.MOST_DAYS
    days = [(first + timedelta(days=number)).isoformat() for number in range(most)]
    blank = [""] * most
    many = form(day=days, day_name=blank, day_spans=blank, day_every=blank)
    assert (await client.post(HOME, data=many)).headers["location"] == HOME


async def test_agents_only_look(login_as: LoginAs) -> None:
    await (await login_as(Role.MANAGER)).post(HOME, data=form())
    agent = await login_as(Role.AGENT)
    page = await agent.get(HOME)
    assert "Shop" in texts(page.text)
    assert "/settings/hours/new" not in page.text
    assert (await agent.post(HOME, data=form(name="Other"))).status_code == 403
