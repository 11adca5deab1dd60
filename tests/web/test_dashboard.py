"""What a person reads on the dashboard: formatted phone numbers, steps that can be done."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from services.checklist import Checklist, Step
from tests import factories
from tests.conftest import PASSWORD, LoginAs
from web.dashboard import steps


@pytest.mark.fault("B3")
async def test_numbers_are_written_as_everywhere(
    login_as: LoginAs, session: AsyncSession, state: AppState
) -> None:
    await factories.channel(session, state.vault)
    await session.execute(text("UPDATE channels SET display_phone_number = '+34611000106'"))
    await session.commit()
    page = (await (await login_as(Role.ADMIN)).get("/?part=health")).text
    assert "+34 611 00 01 06" in page
    assert "+34611000106" not in page


@pytest.mark.fault("8B8")
@pytest.mark.parametrize(
    ("role", "mine"),
    [
        (Role.ADMIN, {"channel", "own_message", "contacts", "templates", "campaign", "colleague"}),
        (
            Role.MANAGER,
            {"sign_in", "profile", "own_message", "contacts", "templates", "campaign"},
        ),
        (Role.AGENT, {"sign_in", "profile", "own_message"}),
    ],
)
async def test_everybody_sees_the_steps_they_can_finish(
    login_as: LoginAs, role: Role, mine: set[str]
) -> None:
    client = await login_as(role)
    part = (await client.get("/?part=steps")).text
    assert re.search(rf"[01] of {len(mine)} done", part)
    addresses = re.findall(r'href="(/[a-z/]*)"', part)
    assert len(addresses) >= len(mine) - 1
    for address in addresses:
        assert (await client.get(address, follow_redirects=True)).status_code == 200


@pytest.mark.fault("8B8")
async def test_steps_of_a_person_are_ticked_by_what_they_did(
    login_as: LoginAs, session: AsyncSession
) -> None:
    agent, other = await login_as(Role.AGENT), await login_as(Role.AGENT)
    password = {
        "current_password": PASSWORD,
        "new_password": "seven-purple-otters",
        "repeated_password": "seven-purple-otters",
    }
    assert (await agent.post("/settings/password", data=password)).status_code == 303
    profile = {"name": "Ada", "timezone": "Europe/Madrid", "locale": "en"}
    assert (await agent.post("/settings/profile", data=profile)).status_code == 303
    assert "2 of 3 done" in (await agent.get("/?part=steps")).text
    assert "0 of 3 done" in (await other.get("/?part=steps")).text


async def test_finished_steps_go_away() -> None:
    everything = Checklist(frozenset(Step))
    assert all(line["done"] for line in steps(everything, SimpleNamespace(may=lambda _: True)))  # type: ignore[arg-type]


@pytest.mark.fault("8B8")
@pytest.mark.parametrize("role", list(Role))
async def test_nothing_advertises_what_is_not_there(login_as: LoginAs, role: Role) -> None:
    client = await login_as(role)
    pages = ("/", "/channels", "/settings/profile", "/settings/team", "/settings/tokens", "/docs")
    for path in pages:
        said = (await client.get(path, headers={"accept": "text/html"})).text.lower()
        assert "or use the simulator" not in said
