from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.actors import SYSTEM
from domain.errors import NotFound
from services.channels import probe, show, steps, verify, write
from services.channels.steps import Step
from services.vault import Vault, new_key
from simulator.account import change_account, change_number
from simulator.app import Simulator
from simulator.config import SimulatorConfig
from store.engine import create_engine, create_sessions
from tests import simulated
from tests.words import words_of
from whatsapp.client import CloudApi

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Sessions = async_sessionmaker[AsyncSession]
FIELD_UNKNOWN = httpx.Response(
    400, json={"error": {"code": 100, "message": "(#100) Tried accessing nonexisting field"}}
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
def handshakes() -> list[str]:
    return []


@pytest.fixture
async def simulator(
    sessions: Sessions, vault: Vault, handshakes: list[str]
) -> AsyncIterator[tuple[Simulator, CloudApi]]:
    """A simulator whose handshake reaches a webhook that knows our channels."""

    async def handshake(request: Request) -> Response:
        asked = request.query_params
        handshakes.append(asked["hub.mode"])
        async with sessions() as session:
            known = await verify.matches(session, vault, asked["hub.verify_token"])
        return PlainTextResponse(asked["hub.challenge"] if known else "", 200 if known else 403)

    hook = Starlette(routes=[Route("/api/webhook", handshake)])
    async with simulated.in_process(httpx.ASGITransport(hook)) as pair:
        yield pair


async def checked(
    sessions: Sessions,
    vault: Vault,
    api: CloudApi,
    *,
    public_url: str = "https://team.example.org",
    **changes: str,
) -> tuple[dict[str, Step], show.ShownChannel]:
    async with sessions.begin() as session:
        form = simulated.form(SimulatorConfig(), **changes)
        row = await write.add(session, vault, form, actor=SYSTEM)
        await probe.start(session, row.id, now=NOW)
    done = await probe.check(sessions, vault, api, row.id, public_url=public_url, clock=lambda: NOW)
    async with sessions() as session:
        return {step.key: step for step in done}, await show.one(session, row.id, now=NOW)


async def test_a_good_channel_passes_with_a_real_handshake(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi], handshakes: list[str]
) -> None:
    server, api = simulator
    found, shown = await checked(sessions, vault, api)
    assert {key: step.state for key, step in found.items()} == {
        **dict.fromkeys(steps.STEPS, "ok"),
        "webhook": "waiting",
    }
    assert handshakes == ["subscribe"]
    assert server.state.engine.world.override_url == "https://team.example.org/api/webhook"
    assert (shown.row.status, shown.row.verified_name) == ("connected", "Lumen Market")
    assert shown.row.display_phone_number == "+34611555010"
    assert (words_of(shown.quality), shown.row.throughput) == ("High", 80)
    assert words_of(shown.limit) == "Unlimited"
    assert not shown.checking


@pytest.mark.parametrize(
    ("speed", "per_second", "both"),
    [("STANDARD", 80, False), ("HIGH", 1000, False), ("COEXISTENCE", 20, True)],
)
async def test_speed_and_coexistence_are_learned(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi],
    speed: str, per_second: int, both: bool,
) -> None:  # fmt: skip
    server, api = simulator
    world = server.state.engine.world
    change_number(world.numbers[0], {"throughput": speed}, world.clock.now())
    found, shown = await checked(sessions, vault, api)
    assert (shown.row.throughput, shown.row.coexistence) == (per_second, both)
    assert f"up to {per_second:,} messages" in words_of(found["sending"].detail)


@pytest.mark.parametrize(
    ("state", "signed_up", "words"),
    [("ONBOARDED", True, "has signed up"), ("ELIGIBLE", False, "has not signed up")],
)
async def test_the_marketing_api_is_learned(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi],
    state: str, signed_up: bool, words: str,
) -> None:  # fmt: skip
    server, api = simulator
    change_account(server.state.engine.world, {"marketing_onboarding": state})
    found, shown = await checked(sessions, vault, api)
    assert shown.row.marketing_api is signed_up
    assert words in words_of(found["marketing"].detail)
    assert shown.row.status == "connected"


@pytest.mark.parametrize("answer", [httpx.Response(200, json={"id": "1"}), FIELD_UNKNOWN])
async def test_an_account_that_does_not_say_changes_nothing(answer: httpx.Response) -> None:
    account = simulated.account(SimulatorConfig())
    async with CloudApi(httpx.MockTransport(lambda _: answer)) as api:
        check = steps.Check(api, account, "", "", "https://x.org/api/webhook", webhook_seen=False)
        step = await steps.run(check, "marketing")
    assert (step.state, check.marketing_api) == ("skipped", None)


async def test_the_last_line_turns_green_when_a_webhook_arrives(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    _, shown = await checked(sessions, vault, simulator[1])
    async with sessions.begin() as session:
        await session.execute(text("UPDATE channels SET last_webhook_at = now()"))
    async with sessions() as session:
        after = await show.one(session, shown.row.id, now=NOW)
    assert [step.state for step in after.steps if step.key == "webhook"] == ["ok"]


async def test_a_wrong_token_blocks_and_skips_the_rest(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    found, shown = await checked(sessions, vault, simulator[1], access_token="expired")
    assert found["token"].state == "failed"
    assert "system user token" in words_of(found["token"].next_step)
    assert {step.state for key, step in found.items() if key != "token"} == {"skipped"}
    assert (shown.row.status, shown.row.blocked_reason) == ("blocked", "token")
    assert shown.condition.next_step


async def test_an_unknown_number_names_the_field_to_compare(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    found, shown = await checked(sessions, vault, simulator[1], phone_number_id="1234567890")
    assert (found["token"].state, found["number"].state) == ("ok", "failed")
    assert "phone number ID" in words_of(found["number"].detail)
    assert shown.row.status == "unverified"


async def test_an_unknown_account_fails_at_its_step(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    found, shown = await checked(sessions, vault, simulator[1], waba_id="1234567890")
    assert found["number"].state == "ok"
    assert "has no WhatsApp Business Account" in words_of(found["templates"].detail)
    assert shown.row.status == "unverified"


async def test_a_wrong_app_secret_is_noticed_before_webhooks_are_lost(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    found, shown = await checked(sessions, vault, simulator[1], app_secret="typo")
    assert found["permissions"].state == "warning"
    assert "app secret" in words_of(found["permissions"].detail)
    assert shown.row.status == "connected"


async def test_a_number_that_left_cannot_send(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    server, api = simulator
    server.state.engine.world.numbers[0].registered = False
    found, shown = await checked(sessions, vault, api)
    assert found["sending"].state == "failed"
    assert words_of(found["sending"].detail) == "The phone number is not registered."
    assert shown.row.blocked_reason == "not_registered"


async def test_a_webhook_that_does_not_answer_fails_the_subscription(
    sessions: Sessions, vault: Vault
) -> None:
    async with simulated.in_process() as (_, api):
        found, shown = await checked(sessions, vault, api)
    assert found["subscription"].state == "failed"
    assert "could not verify the webhook" in words_of(found["subscription"].detail)
    assert shown.row.status == "unverified"


async def test_meta_is_not_sent_to_an_address_it_cannot_reach(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi], handshakes: list[str]
) -> None:
    found, _ = await checked(sessions, vault, simulator[1], public_url="http://127.0.0.1:8000")
    assert "public https address" in words_of(found["subscription"].detail)
    assert "PUBLIC_URL" in words_of(found["subscription"].next_step)
    assert handshakes == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.ConnectError("down"), "could not be reached"),
        (httpx.ReadTimeout("slow"), "did not answer properly"),
        (httpx.Response(502, text="bad gateway"), "did not answer properly"),
    ],
)
async def test_trouble_on_the_way_is_said_and_changes_no_state(
    sessions: Sessions, vault: Vault, answer: Any, words: str
) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx.Response)
        return answer

    async with CloudApi(httpx.MockTransport(respond)) as api:
        found, shown = await checked(sessions, vault, api)
    assert words in words_of(found["token"].detail)
    assert (shown.row.status, shown.row.blocked_reason) == ("unverified", None)


async def test_a_check_whose_process_died_can_be_started_again(
    sessions: Sessions, vault: Vault
) -> None:
    async with sessions.begin() as session:
        row = await write.add(session, vault, simulated.form(SimulatorConfig()), actor=SYSTEM)
        await probe.start(session, row.id, now=NOW)
        assert (await show.one(session, row.id, now=NOW)).checking
        later = await show.one(session, row.id, now=NOW.replace(hour=13))
    assert not later.checking
    assert {step.state for step in later.steps} == {"skipped"}


async def test_a_channel_removed_meanwhile_ends_the_check(
    sessions: Sessions, vault: Vault, simulator: tuple[Simulator, CloudApi]
) -> None:
    async with sessions.begin() as session:
        row = await write.add(session, vault, simulated.form(SimulatorConfig()), actor=SYSTEM)
        await write.remove(session, row.id, actor=SYSTEM, now=NOW)
    with pytest.raises(NotFound):
        await probe.check(
            sessions, vault, simulator[1], row.id, public_url="https://x.org", clock=lambda: NOW
        )


def test_coexistence_and_high_throughput_are_read() -> None:
    assert steps.throughput({"is_on_biz_app": True, "throughput": {"level": "HIGH"}}) == 20
    assert steps.throughput({"throughput": {"level": "HIGH"}}) == 1000
    assert steps.throughput({}) == 80


async def test_limited_health_is_a_remark(vault: Vault) -> None:
    check = steps.Check(
        api=CloudApi(httpx.MockTransport(lambda _: httpx.Response(500))),
        account=replace(simulated.account(SimulatorConfig()), api_url="https://graph.example.org"),
        app_secret="",
        verify_token="",
        callback="https://x.org/api/webhook",
        webhook_seen=False,
        number={
            "status": "CONNECTED",
            "health_status": {
                "can_send_message": "LIMITED",
                "entities": [
                    {"can_send_message": "LIMITED", "additional_info": ["The name is in review."]}
                ],
            },
        },
    )
    step = await steps.run(check, "sending")
    assert (step.state, words_of(step.detail)) == ("warning", "The name is in review.")
    await check.api.close()
