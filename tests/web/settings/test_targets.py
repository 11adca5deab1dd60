"""The settings of response targets, and where a conversation shows that it is due."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from domain.targets import Said, Target
from services import clock, targets
from store import due
from tests import threads
from tests.conftest import LoginAs
from tests.threads import AGENT, Thread
from tests.web.test_inbox import texts

HOME = "/settings/targets"
API = "/api/targets"


@pytest.fixture
async def thread(session: AsyncSession, state: AppState) -> Thread:
    """A conversation, committed."""
    made = await threads.only_thread(session, state.vault)
    await session.commit()
    return made


def line(scope: str, *times: str) -> dict[str, list[str]]:
    """The form with one target, and the blank line below it."""
    names = ("first_reply", "next_reply", "resolution")
    return {
        "scope": [scope, ""],
        **{name: [time, ""] for name, time in zip(names, times, strict=True)},
    }


async def test_targets_are_set_changed_and_cleared(
    session: AsyncSession, thread: Thread, login_as: LoginAs
) -> None:
    client: httpx.AsyncClient = await login_as(Role.MANAGER)
    assert "Without working hours, time always counts." in texts((await client.get(HOME)).text)
    number = f"channel:{thread.channel_id}"
    saved = await client.post(HOME, data=line(number, "30 min", "1h", ""))
    assert saved.headers["location"] == HOME
    page = (await client.get(HOME)).text
    assert 'value="30 min"' in page
    assert f'value="{number}" selected' in page
    wrong = await client.post(HOME, data=line(number, "soon", "1h", ""))
    assert wrong.status_code == 422
    assert 'value="soon"' in wrong.text
    assert "Write a time such as 30 min, 4 h or 1 h 30 min." in texts(wrong.text)
    for nothing in ("", "label:x"):
        nowhere = await client.post(HOME, data=line(nothing, "5", "x", ""))
        assert nowhere.status_code == 422
        assert "Choose what this is for." in texts(nowhere.text)
        described = re.findall(r'aria-describedby="([^"]+)"', nowhere.text)
        assert {"scope-0-error", "next_reply-0-error"} <= set(described)
        assert all(nowhere.text.count(f'id="{one}"') == 1 for one in described)
    await client.post(HOME, data=line("all", "", "", ""))
    assert await session.scalar(text("SELECT count(*) FROM targets")) == 0
    assert (await (await login_as(Role.AGENT)).get(HOME)).status_code == 403


async def test_targets_by_the_api(thread: Thread, login_as: LoginAs) -> None:
    manager, agent = await login_as(Role.MANAGER), await login_as(Role.AGENT)
    wanted = {"label_id": None, "channel_id": str(thread.channel_id), "first_reply": 30,
              "next_reply": None, "resolution": 240}  # fmt: skip
    put = await manager.put(API, json={"targets": [wanted]})
    assert put.json() == (await agent.get(API)).json() == [wanted]
    wrong = await manager.put(API, json={"targets": [wanted | {"first_reply": 0}]})
    assert wrong.json()["fields"].keys() == {"targets.0.first_reply"}
    assert (await agent.put(API, json={"targets": []})).status_code == 403


async def test_the_inbox_shows_what_is_due(
    session: AsyncSession, thread: Thread, login_as: LoginAs
) -> None:
    client = await login_as(Role.AGENT)
    await targets.put(session, AGENT, [Target(first_reply=60)])
    wrote = clock.now() - timedelta(minutes=45, seconds=10)
    await due.move(session, [(thread.id, Said.CUSTOMER, wrote)])
    await session.commit()
    page = texts((await client.get(f"/inbox/{thread.id}")).text)
    assert page.count("Due in 14 min") == 2
    assert "Due 1" in page
    assert "Ana Ruiz" in texts((await client.get("/inbox/list?due=soon")).text)
    assert "Nothing here" in texts((await client.get("/inbox/list?due=late")).text)
    [item] = (await client.get("/api/conversations?due=soon")).json()["items"]
    assert item["waiting_since"] < item["reply_due_at"]
    answer = await client.post(
        f"/inbox/{thread.id}/messages", data={"text": "Hi!", "client_id": "1"}
    )
    assert answer.status_code == 200
    (item,) = (await client.get("/api/conversations")).json()["items"]
    assert (item["waiting_since"], item["reply_due_at"]) == (None, None)
