"""Deliveries without effect are visible: on the dashboard, the channel, the log, /ready and in doctor."""

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from cli import environment, receiving_checks, webhooks
from domain.permissions import Role
from domain.webhooks import Reason
from services.receiving.intake import Intake
from services.receiving.taking import Taker
from tests import factories
from tests.conftest import LoginAs
from tests.deliveries import as_bytes, envelope, message, value
from web.webhook_words import reason_words, reasons

SECRET_WORDS = "the customer's own words"


@pytest.fixture
async def received(state: AppState) -> None:
    """A dead letter, a message without sender, one of an unknown kind, one that is fine."""
    async with state.sessions.begin() as session:
        await factories.channel(session, state.vault)
    lost = message("text", 1) | {"text": {"body": SECRET_WORDS}, "from": None, "from_user_id": None}
    given = value(messages=[lost, message("hologram", 2), message("text", 3)], contacts=[])
    intake, taker = Intake(state.sessions), Taker(state.sessions)
    for body in (b"no json", as_bytes(envelope(("messages", given)))):
        await intake.keep(body, None)
    while (await taker.take()).taken:
        pass


@pytest.mark.fault("A3")
@pytest.mark.usefixtures("received")
async def test_what_was_set_aside_is_seen_everywhere(
    client: httpx.AsyncClient, login_as: LoginAs, state: AppState
) -> None:
    admin = await login_as(Role.ADMIN)
    dashboard = (await admin.get("/")).text
    assert "2 updates from WhatsApp were set aside" in dashboard
    assert 'href="/settings/webhooks"' in dashboard
    assert "A message arrived without a sender, so it belongs to no conversation." in dashboard
    for page in ("/channels", f"/channels/{await _channel(state)}"):
        assert "1 update for this number was set aside" in (await admin.get(page)).text
    ready = (await client.get("/ready")).json()["receiving"]
    assert (ready["waiting"], ready["dead_letters"], ready["set_aside"]) == (0, 1, 1)
    assert ready["reasons"] == {"no_sender": 1, "not_json": 1}
    assert "/settings/webhooks" in ready["detail"]
    finding = await receiving_checks.standing(state.settings.database_url or "")
    assert (finding.ok, "1 dead letters, 1 objects" in finding.detail) == (False, True)
    assert "no sender 1, not json 1" in finding.detail
    assert "/settings/webhooks" in finding.next_step


async def _channel(state: AppState) -> object:
    async with state.sessions() as session:
        return await session.scalar(text("SELECT id FROM channels"))


@pytest.mark.fault("A3")
@pytest.mark.usefixtures("received")
async def test_the_log_says_why_and_hands_in_again(login_as: LoginAs, state: AppState) -> None:
    admin = await login_as(Role.ADMIN)
    page = (await admin.get("/settings/webhooks")).text
    assert "A message arrived without a sender, so it belongs to no conversation." in page
    assert "A delivery arrived that is not JSON" in page
    assert SECRET_WORDS not in page
    assert "does not know" in (await admin.get("/settings/webhooks?state=kept")).text
    async with state.sessions() as session:
        id_ = await session.scalar(text("SELECT id FROM webhook_objects WHERE state = 'aside'"))
    raw = (await admin.get(f"/settings/webhooks/object/{id_}")).text
    assert "own words" in raw
    again = await admin.post(f"/settings/webhooks/object/{id_}/replay")
    assert again.status_code == 303
    assert "arrived without a sender" not in (await admin.get("/settings/webhooks")).text
    assert "arrived without a sender" in (await admin.get("/settings/webhooks?state=replayed")).text
    # Nothing changed since: it comes back.
    await Taker(state.sessions).take()
    assert "arrived without a sender" in (await admin.get("/settings/webhooks")).text
    gone = await admin.get("/settings/webhooks/object/999999")
    assert gone.status_code == 404


@pytest.mark.usefixtures("received")
async def test_agents_neither_read_nor_replay(login_as: LoginAs) -> None:
    agent, manager = await login_as(Role.AGENT), await login_as(Role.MANAGER)
    assert (await agent.get("/settings/webhooks")).status_code == 403
    assert (await agent.get("/settings/webhooks/object/1")).status_code == 403
    assert (await manager.get("/settings/webhooks")).status_code == 200
    assert (await manager.post("/settings/webhooks/object/1/replay")).status_code == 403


@pytest.mark.fault("A8")
async def test_many_lines_are_paged(login_as: LoginAs, state: AppState) -> None:
    async with state.sessions.begin() as session:
        await session.execute(
            text("INSERT INTO webhook_objects (event_id, phone_number_id, field, kind, reason, body,"
                 " digest, state, received_at) SELECT i, '', 'f' || i, 'change', 'not_used', '{}',"
                 " int8send(i), 'kept', now() - i * interval '1 minute' FROM generate_series(1, 120) i")
        )  # fmt: skip
    admin = await login_as(Role.ADMIN)
    seen: list[str] = []
    address = "/settings/webhooks?state=kept"
    for _ in range(3):
        page = (await admin.get(address)).text
        seen += [f"f{i}" for i in range(1, 121) if f">f{i}<" in page]
        address = (
            page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
        )
    assert seen == [f"f{i}" for i in range(1, 121)]


@pytest.mark.fault("C1")
async def test_deliveries_that_nobody_takes_are_seen(
    client: httpx.AsyncClient, login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        await factories.channel(session, state.vault)
    await Intake(state.sessions).keep(b"{}", None)
    async with state.sessions.begin() as session:
        await session.execute(
            text("UPDATE webhook_events SET received_at = now() - interval '3 min'")
        )
    admin = await login_as(Role.ADMIN)
    for page in ("/", "/channels", f"/channels/{await _channel(state)}", "/settings/webhooks"):
        assert "Messages from WhatsApp are waiting" in (await admin.get(page)).text, page
    ready = (await client.get("/ready")).json()["receiving"]
    assert ready["waiting"] == 1
    assert 179 <= ready["oldest_waiting_s"] <= 200
    finding = await receiving_checks.standing(state.settings.database_url or "")
    assert (finding.ok, finding.next_step.startswith("The worker processes deliveries")) == (
        False,
        True,
    )


@pytest.mark.fault("A3")
@pytest.mark.usefixtures("received")
async def test_the_command_lists_and_replays_both(
    state: AppState, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "load", lambda: state.settings)
    await webhooks._dead()
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert "not_json" in said[0] + said[1]
    assert SECRET_WORDS not in said[0] + said[1]
    await webhooks._replay(1, 10**6, single=True)
    assert capsys.readouterr().out == "2 objects will be processed again.\n"


@pytest.mark.fault("A3")
def test_every_reason_stands_alone() -> None:
    """The dashboard shows one without the line that it is about."""
    said = {code: reason_words(code) for code in [*Reason, "something else"]}
    assert not [words for words in said.values() if words.startswith(("It ", "This ", "They "))]
    assert set(reasons()) == set(Reason)
