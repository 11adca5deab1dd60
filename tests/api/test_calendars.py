"""The endpoints and the settings pages of working hours."""

import httpx
import pytest

from domain.permissions import Role
from tests.conftest import LoginAs

API = "/api/calendars"
OFFICE = {
    "name": "Office",
    "zone": "Europe/Madrid",
    "week": {"mon": ["9-13", "15:00-18:00"]},
    "special": [{"day": "2026-12-25", "name": "Christmas", "yearly": True}],
    "is_default": True,
}


@pytest.fixture
async def manager(login_as: LoginAs) -> httpx.AsyncClient:
    """A manager."""
    return await login_as(Role.MANAGER)


async def test_hours_are_made_read_changed_and_deleted(
    manager: httpx.AsyncClient, login_as: LoginAs
) -> None:
    made = (await manager.post(API, json=OFFICE)).json()
    assert made["week"] == {"mon": ["09:00-13:00", "15:00-18:00"]}
    assert made["until"]
    agent = await login_as(Role.AGENT)
    assert (await agent.get(API)).json() == [made]
    assert (await agent.post(API, json=OFFICE)).status_code == 403
    own = f"{API}/{made['id']}"
    changed = await manager.put(own, json=OFFICE | {"week": {"sun": ["0-24"]}, "special": []})
    assert changed.json()["week"] == {"sun": ["00:00-24:00"]}
    assert (await manager.get(own)).json() == changed.json()
    wrong = await manager.put(own, json=OFFICE | {"week": {"mon": ["nine"]}})
    assert wrong.json()["fields"]["week.mon"] == "Write hours such as 09:00-12:30, 13:30-18:00."
    odd = await manager.put(own, json=OFFICE | {"week": {"someday": []}})
    assert odd.status_code == 422
    moments = {"since": "2026-11-28T12:00:00Z", "until": "2026-11-30T12:00:00Z"}
    worked = await manager.get(f"{own}/worked", params=moments)
    assert worked.json() == {"seconds": 24 * 3600}
    far = await manager.get(f"{own}/worked", params=moments | {"until": "2029-01-01T00:00:00Z"})
    assert far.json()["code"] == "calendar_range"
    assert (await manager.delete(own)).status_code == 204
    assert (await manager.get(own)).status_code == 404
