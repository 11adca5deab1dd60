"""The first channel of the settings: what they leave out is asked of Meta, with their token."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.channels import ChannelStatus
from domain.system import Tone
from services import dashboard, phones, system
from services.channels import account, bootstrap, show, verify
from services.vault import Vault, new_key, reencrypt_channels
from settings import Settings
from simulator.app import Simulator
from simulator.config import SimulatorConfig
from store.engine import create_engine, create_sessions
from tests import simulated
from whatsapp import management
from whatsapp.client import CloudApi

pytestmark = pytest.mark.fault("8B11")

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONFIG = SimulatorConfig()
Sessions = async_sessionmaker[AsyncSession]


def specification(**changes: str) -> Settings:
    """The six variables of the specification, those about WhatsApp pointed at the simulator."""
    return Settings.model_validate(
        {
            "database_url": "postgresql://whatsway@db/whatsway",
            "session_secret": "s" * 40,
            "whatsapp_api_version": "v22.0",
            "whatsapp_access_token": CONFIG.access_tokens[0],
            "whatsapp_phone_number_id": CONFIG.numbers[0].id,
            "whatsapp_webhook_verify_token": "a-word-of-ours",
            "whatsapp_api_url": simulated.URL,
            "whatsapp_allow_local": True,
            "public_url": "https://team.example.org",
            **changes,
        }
    )


@pytest.fixture
def vault() -> Vault:
    return Vault([new_key()])


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    engine = create_engine(database_url)
    yield create_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def simulator(sessions: Sessions, vault: Vault) -> AsyncIterator[tuple[Simulator, CloudApi]]:
    async def handshake(request: Request) -> Response:
        asked = request.query_params
        async with sessions() as session:
            known = await verify.matches(session, vault, asked["hub.verify_token"])
        return PlainTextResponse(asked["hub.challenge"] if known else "", 200 if known else 403)

    hook = Starlette(routes=[Route("/api/webhook", handshake)])
    async with simulated.in_process(httpx.ASGITransport(hook)) as pair:
        yield pair


async def connect(
    sessions: Sessions, vault: Vault, settings: Settings, api: CloudApi, tries: Sequence[float]
) -> show.ShownChannel | None:
    """The channel there is afterwards."""
    await bootstrap.connect(sessions, vault, settings, api, clock=lambda: NOW, pauses=tries)
    async with sessions() as session:
        found = await show.every(session, now=NOW)
    return found[0] if found else None


async def test_the_six_variables_are_enough(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi], tmp_path: Path
) -> None:
    settings = specification()
    made = await connect(sessions, vault, settings, simulator[1], [0])
    assert made is not None
    assert made.row.waba_id == CONFIG.waba_id
    assert made.row.display_phone_number.removeprefix("+").isdecimal()
    assert made.row.status == ChannelStatus.CONNECTED
    assert made.condition.tone == "warning"
    assert "app secret is missing" in made.condition.sentence
    said = {step.key: step for step in made.steps}
    assert said["permissions"].state == "failed"
    assert (said["webhook"].state, "refused" in said["webhook"].detail) == ("skipped", True)
    assert "turns green" not in said["webhook"].next_step
    shown = phones.shown(CONFIG.numbers[0].display_number.replace(" ", ""))
    assert said["number"].detail.startswith(f"{shown} ·")
    async with sessions() as session:
        signs = {sign.key: sign for sign in await system.examine(session, tmp_path)}
        (number,) = await dashboard.health(session)
    assert signs[f"webhook:{made.row.id}"].tone is Tone.DOWN
    assert "app secret" in signs[f"webhook:{made.row.id}"].sentence
    assert not number.proven
    async with sessions.begin() as session:
        assert await verify.secrets(session, vault) == []  # and nobody's webhook is believed
        assert await reencrypt_channels(session, vault) == 1


async def test_a_secret_that_is_set_later_reaches_the_channel(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    settings = specification()
    await connect(sessions, vault, settings, simulator[1], [0])
    later = settings.model_copy(
        update=specification(whatsapp_app_secret="s3cret").model_dump(
            include={"whatsapp_app_secret"}
        )
    )
    made = await connect(sessions, vault, later, simulator[1], [0])
    assert made is not None
    assert made.notices == []
    assert made.proven
    assert "secret" not in made.condition.sentence
    said = {step.key: step for step in made.steps}
    assert "missing" not in said["permissions"].detail
    assert said["webhook"].next_step.startswith("Send any WhatsApp message to +34 611 55 50 10 ")
    async with sessions() as session:
        assert [secret for _, secret in await verify.secrets(session, vault)] == ["s3cret"]


async def test_it_is_tried_again_until_meta_answers(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    answers = iter([httpx.Response(500), httpx.Response(503)])
    inside = simulator[1]._way.transport

    async def at_first_away(request: httpx.Request) -> httpx.Response:
        return next(answers, None) or await inside.handle_async_request(request)

    settings = specification()
    async with CloudApi(httpx.MockTransport(at_first_away)) as api:
        assert await connect(sessions, vault, settings, api, [0]) is None
        assert await connect(sessions, vault, settings, api, [0, 0]) is not None


@pytest.mark.parametrize("missing", ["whatsapp_access_token", "whatsapp_phone_number_id"])
async def test_without_token_or_number_nobody_is_asked(
    sessions: Sessions, vault: Vault, missing: str
) -> None:
    settings = specification().model_copy(update={missing: None})
    async with CloudApi(httpx.MockTransport(lambda _: pytest.fail("asked"))) as api:
        assert await connect(sessions, vault, settings, api, [0]) is None


def health(*entities: Any) -> dict[str, Any]:
    return {"health_status": {"entities": list(entities)}}


GRANTED = {"data": {"granular_scopes": [{"scope": "x", "target_ids": ["11", "22"]}]}}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"555": health({"entity_type": "WABA", "id": "77"})}, "77"),
        ({"debug_token": GRANTED, "22/phone_numbers": {"data": [{"id": "555"}]}}, "22"),
        ({"debug_token": GRANTED, "22/phone_numbers": {"data": [{"id": "556"}]}}, ""),
        ({"555": health("odd", {"entity_type": "WABA"}), "debug_token": {"data": []}}, ""),
        ({}, ""),
    ],
)
async def test_the_account_is_found_by_its_number(told: dict[str, Any], expected: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.path.removeprefix("/v22.0/")
        return httpx.Response(200, content=json.dumps(told.get(asked, {})).encode())

    settings = specification(whatsapp_phone_number_id="555")
    async with CloudApi(httpx.MockTransport(answer), version="v22.0") as api:
        assert await bootstrap.look_up(api, settings) == expected


async def test_the_version_of_the_settings_is_that_of_every_call() -> None:
    asked: list[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"messages": [{"id": "wamid.x"}]})

    at = simulated.account(CONFIG)
    async with CloudApi(httpx.MockTransport(note), version="v25.0") as api:
        await api.get(at, "1")
        await api.post(at, "1")
        await api.delete(at, "1")
        await api.send(at, {})
        await management.number(api, at)
    assert at.api_version != "v25.0"
    assert all(path.startswith("/v25.0/") for path in asked)
    assert len(asked) == 5
    async with account.client(specification(whatsapp_api_version="v9.0")) as api:
        assert api._version == "v9.0"


@pytest.mark.parametrize("wrong", ["23", "v23", "23.0", "v23.0/../x", "latest"])
def test_a_version_that_is_none_ends_the_start(wrong: str) -> None:
    with pytest.raises(ValueError, match="whatsapp_api_version"):
        specification(whatsapp_api_version=wrong)
