"""The first channel from the settings: Meta supplies what they omit, using their token."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.wording import say
from cli import first_channel as cli_watch
from cli import system_checks
from cli.findings import Finding
from domain.channels import ChannelStatus
from domain.system import Tone
from services import dashboard, phones, system
from services.channels import account, bootstrap, hindrances, show, verify
from services.vault import Vault, new_key, reencrypt_channels
from services.vitals import Health
from settings import Settings
from simulator.app import Simulator
from simulator.config import SimulatorConfig
from store.engine import create_engine, create_sessions
from tests import simulated
from tests.words import words_of
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
    life = Health("api")

    async def tell(said: str) -> None:
        life.look(hindrances.key(settings.whatsapp_phone_number_id), ok=not said, said=said)
        await life.beat(sessions)

    await bootstrap.connect(
        sessions, vault, settings, api, clock=lambda: NOW, tell=tell, pauses=tries
    )
    async with sessions() as session:
        found = await show.every(session, now=NOW)
    return found[0] if found else None


async def hindrance(sessions: Sessions, folder: Path) -> tuple[str, list[Finding]]:
    """What System says of the first channel, and doctor's lines of it."""
    async with sessions() as session:
        signs = {sign.key: sign for sign in await system.examine(session, folder)}
        url = session.get_bind().engine.url.render_as_string(hide_password=False)
    lines = [one for one in await system_checks.look(url, folder) if "First channel" in one.name]
    told = signs.get("first_channel")
    return (f"{words_of(told.said)} {words_of(told.step)}" if told else ""), lines


def refusing(code: int, said: str = "Malformed access token EAAwrong") -> httpx.MockTransport:
    answer = {"error": {"code": code, "message": said}}
    return httpx.MockTransport(lambda _: httpx.Response(400, json=answer))


def unreachable(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no network")


WRONG: list[tuple[dict[str, str], httpx.MockTransport, str]] = [
    ({}, refusing(190), "Meta does not accept the access token"),
    ({}, refusing(10), "may not use this number"),
    ({}, refusing(100), "has no number with this phone number ID"),
    ({}, refusing(131031), "Meta refused it with code 131031"),
    ({}, httpx.MockTransport(unreachable), "Meta could not be reached"),
    ({}, httpx.MockTransport(lambda _: httpx.Response(200, json={})), "which WhatsApp account"),
    ({"whatsapp_waba_id": "Acme"}, refusing(190), "WHATSAPP_WABA_ID is not valid"),
    ({"whatsapp_phone_number_id": ""}, refusing(190), "WHATSAPP_PHONE_NUMBER_ID is not"),
    ({"whatsapp_access_token": ""}, refusing(190), "WHATSAPP_ACCESS_TOKEN is not"),
]


@pytest.mark.parametrize(("changes", "meta", "said"), WRONG, ids=[row[2] for row in WRONG])
async def test_what_hinders_it_is_said_and_goes_when_it_is_made(
    sessions: Sessions,
    vault: Vault,
    simulator: tuple[Simulator, CloudApi],
    tmp_path: Path,
    changes: dict[str, str],
    meta: httpx.MockTransport,
    said: str,
) -> None:
    settings = specification(**changes)
    async with CloudApi(meta) as api:
        assert await connect(sessions, vault, settings, api, [0]) is None
    told, (line,) = await hindrance(sessions, tmp_path)
    assert said in told
    assert (line.ok, said in line.detail) == (False, True)
    async with sessions() as session:
        stored = str((await session.execute(text("SELECT looks FROM processes"))).scalars().all())
    for value in ("EAA", "Acme", CONFIG.access_tokens[0]):
        assert value not in told + stored
    assert await connect(sessions, vault, specification(), simulator[1], [0]) is not None
    assert await hindrance(sessions, tmp_path) == ("", [])


async def test_a_number_whose_check_failed_speaks_for_itself(
    sessions: Sessions, vault: Vault, tmp_path: Path
) -> None:
    """As with the account in the settings, when the channel is made before Meta is asked."""
    settings = specification(whatsapp_waba_id=CONFIG.waba_id)
    async with CloudApi(refusing(190)) as api:
        made = await connect(sessions, vault, settings, api, [0, 0])
    assert made is not None
    assert words_of(made.condition.sentence) == "Meta does not accept the access token."
    assert await hindrance(sessions, tmp_path) == ("", [])


async def test_the_terminal_of_a_start_says_it_once_and_that_it_is_over(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi], database_url: str
) -> None:
    settings = specification(database_url=database_url)
    said: list[str] = []
    told = asyncio.Event()

    def report(line: str) -> None:
        said.append(line)
        told.set()

    watching = asyncio.create_task(cli_watch.watch(settings, report))
    async with CloudApi(refusing(190)) as api:
        await connect(sessions, vault, settings, api, [0, 0])
    await asyncio.wait_for(told.wait(), 20)
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM processes"))
    await connect(sessions, vault, settings, simulator[1], [0])
    await asyncio.wait_for(watching, 20)
    assert [line.partition(":")[0] for line in said] == [
        "The number from the settings is not connected",
        "The number from the settings is connected.",
    ]
    assert "Meta does not accept the access token" in said[0]
    assert "EAA" not in said[0]


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
    assert "app secret is missing" in words_of(made.condition.sentence)
    said = {step.key: step for step in made.steps}
    assert said["permissions"].state == "failed"
    assert (said["webhook"].state, "refused" in words_of(said["webhook"].detail)) == (
        "skipped",
        True,
    )
    assert "turns green" not in words_of(said["webhook"].next_step)
    shown = phones.shown(CONFIG.numbers[0].display_number.replace(" ", ""))
    assert words_of(said["number"].detail).startswith(f"{shown} ·")
    async with sessions() as session:
        signs = {sign.key: sign for sign in await system.examine(session, tmp_path)}
        (number,) = await dashboard.health(session)
    assert signs[f"webhook:{made.row.id}"].tone is Tone.DOWN
    assert "app secret" in words_of(signs[f"webhook:{made.row.id}"].said)
    assert not number.proven
    async with sessions.begin() as session:
        assert await verify.secrets(session, vault) == []  # and nobody's webhook is trusted
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
    assert "secret" not in say(made.condition.sentence)
    said = {step.key: step for step in made.steps}
    detail, step = said["permissions"].detail, said["webhook"].next_step
    assert detail is not None
    assert "missing" not in say(detail)
    assert step is not None
    assert say(step).startswith("Send any WhatsApp message to +34 611 55 50 10 ")
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


async def test_a_channel_that_is_connected_is_not_asked_about_again(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    made = await connect(sessions, vault, specification(), simulator[1], [0])
    assert made is not None
    assert made.row.status == ChannelStatus.CONNECTED
    async with CloudApi(httpx.MockTransport(unreachable)) as nobody:
        again = await connect(sessions, vault, specification(), nobody, [0])
    assert again is not None
    assert again.row.status == ChannelStatus.CONNECTED


async def test_a_database_that_is_away_is_nothing_to_correct_in_the_settings(
    vault: Vault,
) -> None:
    engine = create_engine("postgresql://nobody@127.0.0.1:1/nothing")
    told: list[str] = []

    async def tell(said: str) -> None:
        told.append(said)

    async with CloudApi(refusing(190)) as api:
        await bootstrap.connect(
            create_sessions(engine), vault, specification(), api,
            clock=lambda: NOW, tell=tell, pauses=[0, 0],
        )  # fmt: skip
    await engine.dispose()
    assert told == []
