"""Alerts for programs: what each role is told, what a person has seen and dismissed, and hostile input."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.state import AppState
from domain.alerts.kinds import AlertKind, Due
from domain.permissions import Role
from services.alerts import watching
from tests.conftest import LoginAs

HOME = "/api/alerts"
ALL = [
    Due(AlertKind.NUMBER_STOPPED, "7", "Main line"),
    Due(AlertKind.CAMPAIGN_PAUSED, "8", "Spring"),
    Due(AlertKind.DISK_LOW, "box", "box"),
]


async def _settle(state: AppState, *wanted: Due) -> None:
    async with state.sessions.begin() as session:
        await watching.settle(session, wanted)


async def _items(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await client.get(HOME)).raise_for_status().json()["items"])


async def test_each_role_is_told_what_it_may_see_with_the_worst_first(
    state: AppState, login_as: LoginAs, client: httpx.AsyncClient
) -> None:
    await _settle(state, *ALL)
    admin, agent = await login_as(Role.ADMIN), await login_as(Role.AGENT)
    told = await _items(admin)
    assert [one["severity"] for one in told] == ["danger", "danger", "warning"]
    [only] = await _items(agent)
    assert (only["title"], only["place"]) == ("Main line cannot send", "/channels/7")
    assert (only["is_new"], only["count"], only["cleared_at"]) == (True, 1, None)
    assert (await client.get(HOME)).status_code == 401
    hidden = next(one["id"] for one in told if one["kind"] == "disk_low")
    for path in ("dismiss", "restore"):
        refused = await agent.post(f"{HOME}/{hidden}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (404, "alert_gone")


async def test_what_one_person_saw_or_dismissed_is_new_to_others(
    state: AppState, login_as: LoginAs
) -> None:
    await _settle(state, *ALL)
    ana, bia = await login_as(Role.ADMIN), await login_as(Role.ADMIN)
    first, second, third = await _items(ana)
    seen = await ana.post(f"{HOME}/seen", json={"ids": [first["id"], second["id"], str(uuid4())]})
    assert seen.status_code == 204
    assert (await ana.get(HOME)).json()["new"] == 1
    assert (await ana.post(f"{HOME}/{third['id']}/dismiss")).status_code == 204
    assert [one["is_dismissed"] for one in await _items(ana)] == [False, False, True]
    assert (await ana.get(HOME)).json()["new"] == 0
    assert (await bia.get(HOME)).json()["new"] == 3
    assert (await ana.post(f"{HOME}/{third['id']}/restore")).status_code == 204
    assert not any(one["is_dismissed"] for one in await _items(ana))
    await ana.post(f"{HOME}/{third['id']}/dismiss")
    await _settle(state, *ALL[:2])
    await _settle(state, *ALL)  # raised again: it is another one
    assert (await ana.get(HOME)).json()["new"] == 1


async def test_what_is_over_is_paged(state: AppState, login_as: LoginAs) -> None:
    await _settle(state, *ALL)
    await _settle(state)
    admin = await login_as(Role.ADMIN)
    assert await _items(admin) == []
    cursor, found = "", list[str]()
    for _ in ALL:
        page = (await admin.get(f"{HOME}/history", params={"limit": 1, "cursor": cursor})).json()
        found += [one["kind"] for one in page["items"]]
        cursor = page["next_cursor"] or ""
    assert sorted(found) == sorted(one.kind for one in ALL)


@pytest.mark.parametrize(
    "cursor", ["nonsense", "WyJub3cgPyIsICIxIl0", "WyIyMDI2LTAxLTAxIiwgIjEiXQ"]
)
async def test_a_cursor_of_somebody_else_is_refused(login_as: LoginAs, cursor: str) -> None:
    answer = await (await login_as()).get(f"{HOME}/history", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


async def test_bad_ids_are_refused_in_words(login_as: LoginAs) -> None:
    admin = await login_as()
    assert (await admin.post(f"{HOME}/seen", json={"ids": ["x"]})).status_code == 422
    many = {"ids": [str(uuid4()) for _ in range(201)]}
    assert (await admin.post(f"{HOME}/seen", json=many)).status_code == 422
    assert (await admin.post(f"{HOME}/{uuid4()}/dismiss")).status_code == 404


async def test_the_bell_and_the_pages(state: AppState, login_as: LoginAs) -> None:
    agent = await login_as(Role.AGENT)
    assert "Nothing needs your attention" in (await agent.get("/alerts")).text
    assert "No alert yet" in (await agent.get("/alerts/history")).text
    await _settle(state, *ALL)
    assert "1 new" in (await agent.get("/alerts/bell")).text
    shown = (await agent.get("/alerts")).text
    assert "Main line cannot send" in shown
    assert "Spring" not in shown
    [item] = await _items(agent)
    bell = await agent.post("/alerts/seen", data={"ids": [item["id"]]})
    assert "1 open" in bell.raise_for_status().text
    dismissed = await agent.post(f"/alerts/{item['id']}/dismiss")
    assert "1 dismissed" in dismissed.raise_for_status().text
    assert "Nothing needs your attention" in (await agent.get("/alerts/panel")).text
    assert "1 dismissed" not in (await agent.post(f"/alerts/{item['id']}/restore")).text
    await _settle(state)
    assert "Main line cannot send" in (await agent.get("/alerts/history")).text
