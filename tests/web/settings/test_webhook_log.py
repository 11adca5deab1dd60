"""Deliveries without effect are visible: on the dashboard, the channel, the log, /ready and in doctor."""

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from cli import environment, system_checks, webhooks
from domain.permissions import Role
from domain.webhook_log import Scope
from domain.webhooks import Outcome, Reason, Rejection
from services.receiving.intake import Intake
from services.receiving.taking import Taker
from tests import factories
from tests.conftest import LoginAs
from tests.deliveries import as_bytes, envelope, message, value
from web.settings.webhooks import words as log_words
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
    assert 'href="/settings/webhooks/aside"' in dashboard
    assert "A message arrived without a sender, so it belongs to no conversation." in dashboard
    for page in ("/channels", f"/channels/{await _channel(state)}"):
        assert "1 update for this number was set aside" in (await admin.get(page)).text
    ready = (await client.get("/ready")).json()["receiving"]
    assert (ready["waiting"], ready["dead_letters"], ready["set_aside"]) == (0, 1, 1)
    assert ready["reasons"] == {"no_sender": 1, "not_json": 1}
    assert "/settings/webhooks" in ready["detail"]
    finding = await system_checks.on_database(
        "receiving", state.settings.database_url or "", state.settings
    )
    assert (finding.ok, "dead letters: 1; set aside: 1" in finding.detail) == (False, True)
    assert "no sender 1, not json 1" in finding.detail
    assert "/settings/webhooks" in finding.next_step


async def _channel(state: AppState) -> object:
    async with state.sessions() as session:
        return await session.scalar(text("SELECT id FROM channels"))


@pytest.mark.fault("A3")
@pytest.mark.usefixtures("received")
async def test_the_log_says_why_and_hands_in_again(login_as: LoginAs, state: AppState) -> None:
    admin = await login_as(Role.ADMIN)
    page = (await admin.get("/settings/webhooks/aside")).text
    assert "A message arrived without a sender, so it belongs to no conversation." in page
    assert "A delivery arrived that is not JSON" in page
    assert SECRET_WORDS not in page
    assert "does not know" in (await admin.get("/settings/webhooks/aside?state=kept")).text
    async with state.sessions() as session:
        id_ = await session.scalar(text("SELECT id FROM webhook_objects WHERE state = 'aside'"))
    raw = (await admin.get(f"/settings/webhooks/object/{id_}")).text
    assert "own words" in raw
    again = await admin.post(f"/settings/webhooks/object/{id_}/replay")
    assert again.status_code == 303
    assert "arrived without a sender" not in (await admin.get("/settings/webhooks/aside")).text
    assert (
        "arrived without a sender"
        in (await admin.get("/settings/webhooks/aside?state=replayed")).text
    )
    # Nothing changed since: it comes back.
    await Taker(state.sessions).take()
    assert "arrived without a sender" in (await admin.get("/settings/webhooks/aside")).text
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
    address = "/settings/webhooks/aside?state=kept"
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
    finding = await system_checks.on_database(
        "receiving", state.settings.database_url or "", state.settings
    )
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


@pytest.mark.usefixtures("received")
async def test_the_navigation_counts_what_is_set_aside_and_says_why(login_as: LoginAs) -> None:
    admin, agent = await login_as(Role.ADMIN), await login_as(Role.AGENT)
    assert 'hx-get="/settings/webhooks/waiting"' in (await admin.get("/")).text
    assert "/settings/webhooks" not in (await agent.get("/")).text
    badge = (await admin.get("/settings/webhooks/waiting")).text
    assert ">2<" in badge
    assert "2 set aside: A message arrived without a sender" in badge


@pytest.mark.usefixtures("received")
async def test_deliveries_are_searched_and_shown_masked(login_as: LoginAs) -> None:
    admin, manager = await login_as(Role.ADMIN), await login_as(Role.MANAGER)
    page = (await admin.get("/settings/webhooks")).text
    assert "Dead letter" in page
    assert "Message: hologram" in page
    assert "Message: hologram" in (await admin.get("/settings/webhooks?q=wamid.hologram.2")).text
    none = (await admin.get("/settings/webhooks?q=wamid.nobody&kind=%27%3B--&outcome=dead")).text
    assert "No delivery matches" in none
    assert (
        "Left out of the address"
        in (await admin.get("/settings/webhooks?channel=1&outcome=x")).text
    )
    shown = (await admin.get("/settings/webhooks/delivery/2")).text
    assert SECRET_WORDS.replace("'", "&#39;") in shown
    assert "A message arrived without a sender" in shown
    masked = (await manager.get("/settings/webhooks/delivery/2")).text
    assert "own words" not in masked
    assert "34611222333" not in masked
    assert "What people wrote and who they are is hidden" in masked
    assert (await manager.post("/settings/webhooks/delivery/2/replay")).status_code == 403
    assert (await admin.post("/settings/webhooks/delivery/2/replay")).status_code == 303


@pytest.mark.usefixtures("received")
async def test_a_period_that_is_none_is_shown_again(login_as: LoginAs) -> None:
    admin, manager = await login_as(Role.ADMIN), await login_as(Role.MANAGER)
    times = {"since": "2020-01-01T00:00", "until": "2020-01-02T00:00"}
    refused = await admin.post("/settings/webhooks/replays", data=times | {"zone": "Europe/Madrid"})
    assert refused.status_code == 422
    assert "There is nothing to replay in this range." in refused.text
    for odd in ({"zone": ""}, {"zone": "Nowhere"}, {"since": "soon", "zone": "UTC"}):
        assert (await admin.post("/settings/webhooks/replays", data=times | odd)).status_code == 422
    aside = await admin.post("/settings/webhooks/replays", data={"scope": "objects"})
    assert aside.status_code == 303
    listed = (await admin.get("/settings/webhooks/replays")).text
    assert 'hx-trigger="every 2s"' in listed
    assert "Replay a period" not in (await manager.get("/settings/webhooks/replays")).text
    assert (
        await manager.post("/settings/webhooks/replays", data={"scope": "dead"})
    ).status_code == 403
    assert (await admin.post("/settings/webhooks/replays/1/stop")).status_code == 303


async def test_rejected_requests_are_counted_by_minute(login_as: LoginAs, state: AppState) -> None:
    async with state.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO rejected_webhooks VALUES (date_trunc('minute', now()), 'signature_wrong', 1234)"
            )
        )
    page = (await (await login_as(Role.MANAGER)).get("/settings/webhooks/rejected")).text
    assert "1,234" in page
    assert "Signed with a secret that no channel has" in page


def test_every_outcome_and_scope_has_words() -> None:
    assert set(log_words.outcomes()) == set(Outcome)
    assert set(log_words.scopes()) == set(Scope)
    assert set(log_words.rejections()) == set(Rejection)
    assert log_words.shown_kinds(("message", "message/text", "account_update", "echo")) == [
        "Message: text", "account_update", "From the Business app",
    ]  # fmt: skip
    assert log_words.error_words("not_applied DataError 22003").endswith("(22003).")
