"""At 3 a.m.: the page, doctor and /ready say the same about every part, with one next step each."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from activities.dependencies import Dependencies
from activities.vitals import Vitals
from api import vitals
from api.state import AppState
from api.wording import say
from cli import system_checks
from domain.permissions import Role
from domain.sentences import Sentence
from domain.system import Facts, Look, Number, Process, Sign, Tone, signs
from services import checks, clock, system
from services.conditions import Room
from services.receiving.intake import Intake
from services.releases import VERSION
from services.vault import Vault, new_key
from settings import Settings
from store.engine import create_sessions
from tests import factories
from tests.conftest import LoginAs
from whatsapp.client import CloudApi
from workflows.client import Workflows

pytestmark = pytest.mark.fault("D10")


def by_key(found: list[Sign]) -> dict[str, Sign]:
    return {sign.key: sign for sign in found}


async def worker(state: AppState, *, temporal: bool = True) -> Vitals:
    """The signs of life of a worker on this database."""

    async def reachable() -> bool:
        return temporal

    async with CloudApi(public_only=False) as api:
        needs = Dependencies(
            state.sessions, state.sessions, state.settings.database_url or "", state.vault, api,
            state.data_dir,
        )  # fmt: skip
    return Vitals(needs, reachable)


async def told(state: AppState) -> dict[str, Sign]:
    async with state.sessions() as session:
        return by_key(await system.examine(session, state.data_dir))


async def test_a_worker_lives_hangs_comes_back_and_leaves(state: AppState) -> None:
    assert say((await told(state))["worker"].said) == "Never started"
    life = await worker(state)
    await life.beat()
    found = await told(state)
    assert (found["worker"].tone, found["temporal"].tone) == (Tone.OK, Tone.OK)
    assert found["temporal"].ms is not None
    assert found["clock"].tone is Tone.OK
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE processes SET seen_at = now() - interval '2 minutes'"))
    gone = (await told(state))["worker"]
    assert (gone.tone, say(gone.said)) == (Tone.DOWN, "Down: no sign of life")
    assert gone.since is not None
    assert clock.now() - gone.since > timedelta(minutes=1)
    await life.beat()
    assert (await told(state))["worker"].tone is Tone.OK
    second = await worker(state)
    await second.beat()
    assert (await told(state))["worker"].said.params["count"] == 2
    await life.end()
    await second.end()
    assert say((await told(state))["worker"].said) == "Never started"


async def test_doctor_tells_how_much_waits_in_the_queues(state: AppState) -> None:
    await (await worker(state)).beat()
    url, waiting = state.settings.database_url or "", {"send": 7, "io": 2}
    found = await system_checks.look(url, state.data_dir, waiting)
    (line,) = [one for one in found if one.name == "System: Temporal"]
    assert line.ok
    assert "9 tasks wait" in line.detail


async def test_since_when_stays_while_nothing_changes(state: AppState) -> None:
    life = await worker(state, temporal=False)
    await life.beat()
    first = (await told(state))["temporal"]
    await life.beat()
    again = (await told(state))["temporal"]
    assert (first.tone, first.since) == (Tone.DOWN, again.since)


async def test_whatsapp_is_there_or_not_since_when_and_how_slow(state: AppState) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with state.sessions.begin() as session:
        id_ = await factories.channel(session, state.vault, api_url=f"http://127.0.0.1:{port}")
    life = await worker(state)
    await life.beat()
    key = f"whatsapp:{id_}"
    there = (await told(state))[key]
    assert (there.tone, there.ms is not None, there.since is not None) == (Tone.OK, True, True)

    breaker = life._needs.breakers.of(id_)
    for _ in range(6):  # the address answers, WhatsApp does not
        breaker.failed(doubtful=True)
    await life.beat()
    shut = (await told(state))[key]
    assert (shut.tone, shut.href) == (Tone.DOWN, f"/channels/{id_}")
    breaker.answered()
    with breaker.request():
        pass
    await life.beat()
    assert (await told(state))[key].tone is Tone.OK

    server.close()
    await server.wait_closed()
    life._tried_at = float("-inf")
    await life.beat()
    assert (await told(state))[key].tone is Tone.DOWN


async def test_the_page_says_all_of_it_and_refreshes_itself(
    client: httpx.AsyncClient, login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault, 4)
        await session.execute(text("UPDATE campaigns SET started_at = now() - interval '5 min'"))
    await Intake(state.sessions).keep(b"{}", None)
    async with state.sessions.begin() as session:
        await session.execute(
            text("UPDATE webhook_events SET received_at = now() - interval '3 min'")
        )
    await vitals.beat(state)
    manager = await login_as(Role.MANAGER)
    page = (await manager.get("/settings/system")).text
    part = (await manager.get("/settings/system?part=signs")).text
    assert 'hx-trigger="every 10s"' in part
    assert "<html" not in part
    for html in (page, part):
        keys = re.findall(r'data-tone="(\w+)" data-key="(\w+)', html)
        worst = [tone for tone, _ in keys]
        assert "success" not in worst[: len(worst) - worst.count("success")]
        seen = {key: tone for tone, key in keys}
        assert seen["worker"] == seen["deliveries"] == seen["campaigns"] == "danger"
        assert seen["api"] == seen["database"] == seen["schema"] == "success"
        assert {"temporal", "whatsapp", "webhook", "disk", "clock", "singles", "aside"} <= set(seen)
    assert f'href="/campaigns/{campaign.id}"' in part
    for link in re.findall(r'href="/settings/system#(\w+)"', part):
        assert f'id="{link}"' in page, link

    ready = (await client.get("/ready")).json()["system"]
    assert (ready["worker"], ready["database"], ready["disk"]) == ("failing", "ok", "ok")
    assert "Main line" not in str(ready)
    findings = await system_checks.look(state.settings.database_url or "", state.data_dir)
    lines = {finding.name: finding for finding in findings}
    assert not lines["System: Worker"].ok
    assert "worker" in lines["System: Worker"].next_step
    assert "has not moved for" in lines["System: Campaigns"].detail
    assert lines["System: PostgreSQL"].ok


async def test_each_check_of_the_doctor_is_made_when_an_administrator_asks(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        await factories.channel(session, Vault([new_key()]))  # none of our keys opens its token
    admin, manager = await login_as(Role.ADMIN), await login_as(Role.MANAGER)
    home = "/settings/system/checks"
    assert "Check now" in (await admin.get("/settings/system")).text
    assert "Check now" not in (await manager.get("/settings/system")).text
    assert (await manager.get(home)).status_code == 403
    waiting = re.findall(r'hx-get="([^"]+)"', (await admin.get(home)).raise_for_status().text)
    found = {}
    for path in waiting:
        shown = (await admin.get(path)).raise_for_status().text
        found[path.rpartition("/")[2]] = re.findall(r'data-tone="(\w+)"', shown)[0]
    assert found == {
        "postgres": "success", "server_log": "warning", "receiving": "success", "temporal": "danger",
        "keys": "danger", "files": "success", "data_folder": "success", "sign_ins": "success",
        "channels": "success", "mail": "success",
    }  # fmt: skip
    assert (await admin.get(f"{home}/secrets")).status_code == 404
    assert "Main line" in (await admin.get(f"{home}/keys")).text
    assert ">Not set up: " in (await admin.get(f"{home}/mail")).text
    folder = (await admin.get(f"{home}/data_folder")).text
    assert f">{state.data_dir}, " in folder
    assert "uppercase" not in folder, "a path stays as it is"


async def test_the_doctor_says_whether_mail_can_be_sent(state: AppState) -> None:
    values = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_from": "a@example.com"}
    seen = await checks.mail(state.settings.model_copy(update=values))
    assert (seen.tone, say(seen.step or Sentence("x"))) == (Tone.DOWN, "Check the SMTP_… settings.")
    assert "127.0.0.1 does not let us send" in say(seen.said)


async def test_agents_do_not_see_it(login_as: LoginAs) -> None:
    agent = await login_as(Role.AGENT)
    assert (await agent.get("/settings/system")).status_code == 403
    assert "/settings/system" not in (await agent.get("/settings/profile")).text


async def test_a_campaigns_page_says_why_it_does_not_move(
    login_as: LoginAs, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reachable(
        _: Workflows,
    ) -> bool:  # else it is told of Temporal once the app has looked
        return True

    monkeypatch.setattr(Workflows, "reachable", reachable)
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault, 4)
        await session.execute(text("UPDATE campaigns SET started_at = now() - interval '5 min'"))
    manager = await login_as(Role.MANAGER)
    for address in (f"/campaigns/{campaign.id}", f"/campaigns/{campaign.id}/standstill"):
        page = (await manager.get(address)).text
        assert "Why is it not moving? No worker is running" in page, address
        assert 'data-cause="worker_away"' in page
        assert 'href="/settings/system"' in page
    await (await worker(state)).beat()
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE campaigns SET throttle = 1"))
        await session.execute(text("UPDATE campaign_counters SET total = 9000"))
    page = (await manager.get(f"/campaigns/{campaign.id}/standstill")).text
    # Its number has no server behind it in this test.
    assert 'data-cause="no_answer"' in page
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE campaigns SET status = 'stopped'"))
    page = (await manager.get(f"/campaigns/{campaign.id}/standstill")).text
    assert "data-cause" not in page
    assert "hx-get" not in page  # nothing to wait for any more


async def test_a_database_of_an_older_release_is_told(
    session: AsyncSession, tmp_path: Path
) -> None:
    await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    found = by_key(await system.examine(session, tmp_path))
    assert (found["schema"].tone, found["schema"].step) == (
        Tone.DOWN,
        Sentence("system_schema_step.older"),
    )


NOW = factories.NOW
WELL = Look(ok=True, since=NOW, ms=3)


def process(kind: str, **changes: Any) -> Process:
    told = {"database": WELL, "temporal": WELL, "disk": WELL} | changes.pop("looks", {})
    values: dict[str, Any] = {
        "host": "one", "version": "9", "started_at": NOW, "seen_at": NOW, "ahead_ms": 0
    }  # fmt: skip
    return Process(kind=kind, looks=told, **(values | changes))


def everything(**changes: Any) -> dict[str, Sign]:
    values: dict[str, Any] = {
        "now": NOW, "version": "9", "processes": [process("worker"), process("api")],
        "disk_free": 5 * 1024**3, "disk_total": 9 * 1024**3,
        "numbers": [Number("1", "Main", NOW)],
    }  # fmt: skip
    return by_key(signs(Facts(**(values | changes))))


def test_where_all_is_well_no_line_asks_for_anything() -> None:
    for sign in everything().values():
        assert (sign.tone, sign.step, sign.href) == (Tone.OK, None, ""), sign


@pytest.mark.parametrize(
    ("key", "tone", "changes"),
    [
        ("database", Tone.DOWN, {"locked": 2}),
        ("database", Tone.WARN, {"database_ms": 900}),
        ("schema", Tone.DOWN, {"schema_is_current": False}),
        ("schema", Tone.WARN, {"processes": [process("worker", version="8"), process("api")]}),
        ("temporal", Tone.DOWN, {"processes": [process("api", looks={"temporal": Look(False, NOW)})]}),
        ("temporal", Tone.WARN, {"processes": []}),
        ("worker", Tone.DOWN, {"processes": [process("api")]}),
        ("api", Tone.DOWN, {"processes": [process("worker")]}),
        ("worker", Tone.WARN, {"processes": [
            process("worker"), process("worker", seen_at=NOW - timedelta(minutes=9))]}),
        ("clock", Tone.WARN, {"processes": [process("worker", ahead_ms=-3_600_000)]}),
        ("disk", Tone.WARN, {"disk_is_low": True}),
        ("disk", Tone.DOWN, {"processes": [process("api", looks={"disk": Look(False, NOW)})]}),
        ("whatsapp:1", Tone.DOWN, {"numbers": [Number("1", "Main", NOW, Sentence("channel_unused"), Sentence("channel_unchecked.step"))]}),
        ("webhook:1", Tone.WARN, {"numbers": [Number("1", "Main", None)]}),
        ("webhook:1", Tone.WARN, {"numbers": [Number("1", "Main", NOW - timedelta(days=3))]}),
        ("deliveries", Tone.DOWN, {"deliveries": 3, "delivery_age": 99}),
        ("singles", Tone.DOWN, {"singles": 3, "single_age": 99}),
        ("campaigns", Tone.DOWN, {"campaigns": 3, "campaign_age": 99}),
        ("aside", Tone.WARN, {"aside": 1}),
    ],
)  # fmt: skip
def test_every_line_that_is_not_well_says_what_to_do_and_where(
    key: str, tone: Tone, changes: dict[str, Any]
) -> None:
    sign = everything(**changes)[key]
    assert sign.tone is tone
    assert sign.step
    assert sign.href
    assert "%(" not in say(sign.said) + say(sign.name) + say(sign.step)


async def test_the_disk_is_measured_where_the_data_lies(
    settings: Settings, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.conditions.room", lambda _: Room(1024**3 // 2, 100 * 1024**3))
    await vitals.beat(state)
    low = (await told(state))["disk"]
    assert (low.tone, low.said.params["free"]) == (Tone.WARN, "0.5")


async def test_a_database_that_is_away_is_remembered(state: AppState) -> None:
    class Away:
        def begin(self) -> Any:
            raise OSError

    for _ in range(2):
        with pytest.raises(OSError):  # noqa: PT011 - the one above
            await state.health.beat(Away())  # type: ignore[arg-type]
    assert not state.health.looks["database"].ok
    since = state.health.looks["database"].since
    await state.health.beat(create_sessions(state.engine))
    assert state.health.looks["database"].since > since


@pytest.mark.parametrize("count", [1, 2])
def test_one_of_a_kind_is_said_in_the_singular(count: int) -> None:
    facts = Facts(
        datetime.now(UTC), locked=count, aside=count, deliveries=count, delivery_age=90, singles=count,
        campaigns=count, campaign_age=90,
    )  # fmt: skip
    found = by_key(signs(facts))
    said = [
        say(found[key].said) for key in ("aside", "database", "deliveries", "singles", "campaigns")
    ]
    assert said == {
        1: ["1 update had no effect", "1 query is waiting for a lock",
            "1 waits, for 90 s", "1 waits",
            "1 person waits, and one campaign has not moved for 90 s"],
        2: ["2 updates had no effect", "2 queries are waiting for a lock",
            "2 wait, the oldest for 90 s", "2 wait",
            "2 people wait, and one campaign has not moved for 90 s"],
    }[count]  # fmt: skip


@pytest.mark.fault("8B10")
async def test_release_and_update_stand_in_the_app(login_as: LoginAs) -> None:
    page = (await (await login_as(Role.ADMIN)).get("/settings/system")).text
    assert f"Installed here: WhatsWay {VERSION}" in page
    assert "git pull" in page
    agent = (await (await login_as(Role.AGENT)).get("/inbox")).text
    assert f"WhatsWay {VERSION}" in agent
