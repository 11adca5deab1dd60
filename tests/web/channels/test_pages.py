from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api import vitals
from api.state import AppState
from domain.permissions import Role
from services.vault import NO_SECRET
from simulator.app import Simulator
from tests import simulated
from tests.conftest import LoginAs


@pytest.fixture
async def simulator(app: FastAPI) -> AsyncIterator[tuple[Simulator, str]]:
    async with simulated.served(httpx.ASGITransport(app)) as pair:
        yield pair


def fields(simulator: tuple[Simulator, str], **changes: str) -> dict[str, str]:
    server, url = simulator
    form = simulated.form(server.state.engine.world.config, url, **changes)
    names = (
        "name",
        "phone_number_id",
        "waba_id",
        "access_token",
        "app_secret",
        "verify_token",
        "api_url",
    )
    return {name: str(getattr(form, name)) for name in names} | {"portfolio_id": ""}


async def test_connect_a_number_and_watch_its_check(
    simulator: tuple[Simulator, str], login_as: LoginAs
) -> None:
    client = await login_as(Role.ADMIN)
    assert "Connect and check" in (await client.get("/channels/new")).text
    answer = await client.post("/channels", data=fields(simulator))
    assert answer.status_code == 303
    page = (await client.get(answer.headers["location"])).text
    for words in ("The access token works", "got its answer", "Lumen Market", "Connected"):
        assert words in page
    part = (await client.get(f"{answer.headers['location']}?part=state")).text
    assert part.lstrip().startswith('<div id="channel-state"')
    assert "Ready to send" in (await client.get("/channels")).text


async def test_a_form_with_mistakes_keeps_what_was_typed_but_no_secret(
    simulator: tuple[Simulator, str], login_as: LoginAs
) -> None:
    client = await login_as(Role.ADMIN)
    answer = await client.post("/channels", data=fields(simulator, phone_number_id="+34 611"))
    assert answer.status_code == 422
    assert "long number called" in answer.text
    assert 'value="+34611"' in answer.text or 'value="+34 611"' in answer.text
    assert "EAA-simulator-token" not in answer.text
    assert "simulator-app-secret" not in answer.text
    empty = await client.post("/channels", data={})
    assert empty.status_code == 422
    assert "Give the channel a name" in empty.text


async def test_editing_shows_no_secret_and_keeps_those_left_empty(
    simulator: tuple[Simulator, str], login_as: LoginAs
) -> None:
    client = await login_as(Role.ADMIN)
    path = (await client.post("/channels", data=fields(simulator))).headers["location"]
    form = (await client.get(f"{path}/edit")).text
    for secret in ("EAA-simulator-token", "simulator-app-secret", "simulator-verify-token"):
        assert secret not in form
    blank = {
        **fields(simulator),
        "name": "Renamed",
        "access_token": "",
        "app_secret": "",
        "verify_token": "",
    }
    assert (await client.post(path, data=blank)).status_code == 303
    page = (await client.get(path)).text
    assert "Renamed" in page
    assert "Connected" in page
    assert (await client.post(path, data={**blank, "waba_id": "x"})).status_code == 422


async def test_blocked_channels_say_the_next_step(
    simulator: tuple[Simulator, str], login_as: LoginAs
) -> None:
    client = await login_as(Role.ADMIN)
    path = (await client.post("/channels", data=fields(simulator, access_token="x"))).headers[
        "location"
    ]
    for page in ("/channels", path):
        assert "Enter a new system user token under Edit" in (await client.get(page)).text
    assert (await client.post(f"{path}/probe")).status_code == 303


async def test_removing(simulator: tuple[Simulator, str], login_as: LoginAs) -> None:
    client = await login_as(Role.ADMIN)
    path = (await client.post("/channels", data=fields(simulator))).headers["location"]
    assert (await client.post(f"{path}/remove")).status_code == 303
    assert "No number connected" in (await client.get("/channels")).text
    assert (await client.get(path)).status_code == 404


async def test_agents_look_but_do_not_touch(login_as: LoginAs) -> None:
    client = await login_as(Role.AGENT)
    html = (await client.get("/channels")).text
    assert "Connect a number" not in html
    assert (await client.get("/channels/new")).status_code == 403
    assert (await client.post(f"/channels/{uuid4()}/probe")).status_code == 403


@pytest.mark.fault("8B11")
async def test_what_keeps_the_number_of_the_settings_away_is_on_channels_and_system(
    app: FastAPI, simulator: tuple[Simulator, str], login_as: LoginAs
) -> None:
    state: AppState = app.state.whatsway
    state.settings = state.settings.model_copy(
        update={"whatsapp_phone_number_id": "106540352242922"}
    )
    client = await login_as(Role.ADMIN)
    said = "Meta does not accept the access token"
    for page in ("/channels", "/settings/system"):
        assert said not in (await client.get(page)).text
    await vitals.first_channel(state, "token")
    for page in ("/channels", "/settings/system"):
        shown = (await client.get(page)).text
        assert said in shown
        assert "WHATSAPP_ACCESS_TOKEN" in shown
        assert "Everything is working" not in shown
    # Somebody connects it by hand, which ends it as well.
    config = simulator[0].state.engine.world.config
    state.settings = state.settings.model_copy(
        update={"whatsapp_phone_number_id": config.numbers[0].id}
    )
    state.health.looks.clear()
    await vitals.first_channel(state, "token")
    assert said in (await client.get("/channels")).text
    await client.post("/channels", data=fields(simulator))
    for page in ("/channels", "/settings/system"):
        assert "The number from the settings" not in (await client.get(page)).text
        assert "First channel" not in (await client.get(page)).text


@pytest.mark.fault("8B8")
async def test_a_number_without_its_app_secret_is_not_called_well(
    state: AppState, simulator: tuple[Simulator, str], login_as: LoginAs
) -> None:
    client = await login_as(Role.ADMIN)
    path = (await client.post("/channels", data=fields(simulator))).headers["location"]
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE channels SET app_secret = :none"), {"none": NO_SECRET})
    for page in ("/channels", path):
        shown = (await client.get(page)).text
        assert "The app secret is missing" in shown
        assert "Ready to send" not in shown
        assert "turns green" not in shown
        assert f"{path}/edit" in shown
    assert "Answers refused" in (await client.get("/")).text
