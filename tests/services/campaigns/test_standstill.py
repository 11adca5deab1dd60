"""Why a campaign is not moving: causes come from rows, and the first to fix is reported."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.wording import SENTENCES
from domain import system as rules
from domain.actors import SYSTEM
from domain.ids import new_id
from domain.standstill import Explanation, Standstill
from services import system
from services.campaigns import control, report
from services.campaigns.progress import standstill
from services.vault import Vault, new_key
from services.vitals import Health
from store import processes, waiting
from store.engine import Use, create_engine, create_sessions
from tests import factories
from tests.eventually import eventually

pytestmark = pytest.mark.fault("D10")
VAULT = Vault([new_key()])


@dataclass
class Scene:
    """A running campaign that has claimed nothing for two minutes, and a healthy worker."""

    session: AsyncSession
    campaign: factories.LaunchedCampaign
    folder: Path
    worker: Health

    async def run(self, statement: str, **values: Any) -> None:
        known = {"id": self.campaign.id, "channel": self.campaign.channel_id}
        await self.session.execute(text(statement), known | values)

    async def beat(self, **looks: bool) -> None:
        for name, ok in looks.items():
            self.worker.look(name, ok=ok, ms=3)
        columns = {"kind": "worker", "host": "here", "version": "", "ahead_ms": 0}
        told = {
            name: {"ok": look.ok, "since": look.since.isoformat(), "ms": look.ms}
            for name, look in self.worker.looks.items()
        }
        await processes.beat(self.session, self.worker.id, **columns, looks=told)

    async def why(self) -> Explanation | None:
        view = await report.one(self.session, self.campaign.id)
        facts = await system.facts(self.session, self.folder, {})
        return await standstill.explain(self.session, view, facts)

    async def cause(self) -> str | None:
        found = await self.why()
        return found.cause.value if found else None


@pytest.fixture
async def scene(session: AsyncSession, tmp_path: Path) -> Scene:
    campaign = await factories.campaign(session, VAULT, 5, throughput=80)
    made = Scene(session, campaign, tmp_path, Health("worker"))
    await made.run(
        "UPDATE campaigns SET started_at = now() - interval '2 minutes', "
        "launched_at = now() - interval '3 minutes' WHERE id = :id"
    )
    await made.beat(database=True, temporal=True, disk=True)
    return made


async def test_what_has_no_cause_says_so_and_what_moves_says_nothing(scene: Scene) -> None:
    assert await scene.cause() == "unexplained"
    await scene.run("INSERT INTO campaign_rates VALUES (:id, date_trunc('second', now()), 3)")
    assert await scene.why() is None
    await control.pause(scene.session, scene.campaign.id, SYSTEM)
    await scene.run("DELETE FROM campaign_rates")
    assert await scene.why() is None  # the page says who paused it


async def test_a_start_that_is_due_waits_for_something_too(scene: Scene) -> None:
    await scene.run("UPDATE campaigns SET started_at = now() WHERE id = :id")
    assert await scene.cause() is None
    await scene.run(
        "UPDATE campaigns SET status = 'scheduled', started_at = NULL, undo_until = NULL WHERE id = :id"
    )
    assert await scene.cause() == "starting"
    await scene.run("UPDATE campaigns SET launched_at = now() - interval '9 minutes'")
    assert await scene.cause() == "unexplained"
    await scene.run("UPDATE campaigns SET scheduled_at = now() + interval '9 minutes'")
    assert await scene.cause() is None
    await scene.run("UPDATE campaigns SET scheduled_at = NULL")
    await scene.run("UPDATE processes SET seen_at = now() - interval '5 minutes'")
    assert await scene.cause() == "worker_away"


@pytest.mark.fault("A5")
async def test_marketing_waits_for_news_to_be_read(scene: Scene) -> None:
    await scene.run(
        "INSERT INTO webhook_events (digest, body, received_at)"
        " VALUES ('1', '{}', now() - interval '20 seconds')"
    )
    assert await scene.cause() == "unexplained"  # it is none
    await scene.run(
        "UPDATE campaigns SET template = template || jsonb_build_object('category', 'MARKETING')"
    )
    found = await scene.why()
    assert found is not None
    assert (found.cause, found.values["count"], found.moving) == (Standstill.NEWS_WAIT, 1, False)
    age = found.values["age"]
    assert isinstance(age, int | float)
    assert age >= 20
    await scene.run("INSERT INTO campaign_rates VALUES (:id, date_trunc('second', now()), 3)")
    assert await scene.cause() == "news_wait"
    await scene.run("UPDATE webhook_events SET received_at = now()")
    assert await scene.cause() is None


async def test_the_worker_is_away_since_its_last_sign(scene: Scene) -> None:
    await scene.run("UPDATE processes SET seen_at = now() - interval '5 minutes'")
    found = await scene.why()
    assert found is not None
    assert found.cause is Standstill.WORKER_AWAY
    assert found.since is not None
    await scene.run("DELETE FROM processes")
    assert await scene.cause() == "worker_away"


@pytest.mark.parametrize(
    ("name", "cause"),
    [("temporal", "temporal_away"), ("disk", "disk_full"), ("whatsapp", "no_answer")],
)
async def test_what_a_process_cannot_reach(scene: Scene, name: str, cause: str) -> None:
    key = f"whatsapp:{scene.campaign.channel_id}" if name == "whatsapp" else name
    await scene.beat(**{key: True})
    assert await scene.cause() == "unexplained"
    await scene.beat(**{key: False})
    found = await scene.why()
    assert found is not None
    assert (found.cause.value, found.since is not None) == (cause, True)
    await scene.beat(**{key: True})
    assert await scene.cause() == "unexplained"


async def test_a_campaign_that_only_has_to_be_finished_says_who_should(scene: Scene) -> None:
    await scene.run("UPDATE campaign_counters SET accepted = total WHERE campaign_id = :id")
    await scene.beat(temporal=False)
    assert await scene.cause() == "temporal_away"


async def test_a_slow_database_is_told_with_its_figure(scene: Scene) -> None:
    scene.worker.look("database", ok=True, ms=4200)
    await scene.beat()
    found = await scene.why()
    assert found is not None
    assert (found.cause, found.values["ms"]) == (Standstill.DATABASE_SLOW, 4200)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ("UPDATE channels SET status = 'blocked', blocked_reason = 'payment'", "number_stopped"),
        ("UPDATE channels SET status = 'disconnected'", "number_stopped"),
        ("UPDATE channels SET deleted_at = now()", "number_stopped"),
        ("UPDATE templates SET status = 'PAUSED'", "template_not_approved"),
        (
            "UPDATE channels SET restrictions = jsonb_build_object("
            "'RESTRICTED_BIZ_INITIATED_MESSAGING', now() + interval '1 hour')",
            "restricted",
        ),
        (
            "INSERT INTO rate_slots (key, slowed_at) VALUES ('channel:' || CAST(:channel AS text), now()) "
            "ON CONFLICT (key) DO UPDATE SET slowed_at = now()",
            "slowed_down",
        ),
    ],
)
async def test_what_holds_the_number_or_the_template(scene: Scene, change: str, cause: str) -> None:
    await scene.run(change.replace(":channel", f"'{scene.campaign.channel_id}'"))
    scene.session.expire_all()
    found = await scene.why()
    assert found is not None
    assert found.cause.value == cause
    if cause == "restricted":
        assert found.until is not None


async def test_a_campaign_that_has_no_number_names_no_cause_of_one(scene: Scene) -> None:
    await scene.run("UPDATE campaigns SET channel_id = NULL WHERE id = :id")
    assert await scene.cause() == "unexplained"
    await scene.run("UPDATE processes SET seen_at = now() - interval '5 minutes'")
    assert await scene.cause() == "worker_away"


async def test_a_spent_budget_says_until_when(scene: Scene) -> None:
    await scene.run("UPDATE portfolios SET messaging_limit = 250")
    await scene.run(
        "INSERT INTO portfolio_usage (portfolio_id, minute, people) "
        "SELECT id, date_trunc('minute', now()) - interval '3 hours', 250 FROM portfolios"
    )
    found = await scene.why()
    assert found is not None
    assert (found.cause, found.values["most"]) == (Standstill.BUDGET_SPENT, 250)
    facts = await system.facts(scene.session, scene.folder, {})
    assert found.until is not None
    assert 20.9 < (found.until - facts.now).total_seconds() / 3600 < 21.1


async def test_waiting_for_retries_says_until_when(scene: Scene) -> None:
    await scene.run(
        "INSERT INTO messages (id, channel_id, contact_id, campaign_id, seq, direction, origin, kind, "
        "state, next_try_at) SELECT gen_random_uuid(), :channel, contact_id, campaign_id, seq, 'out', "
        "'campaign', 'template', 'queued', now() + interval '9 minutes' FROM campaign_recipients"
    )
    found = await scene.why()
    assert found is not None
    assert (found.cause, found.values["count"]) == (Standstill.RETRIES, 5)
    assert found.until is not None


async def test_an_open_campaign_waits_for_people(scene: Scene) -> None:
    await scene.run("UPDATE campaigns SET type = 'api' WHERE id = :id")
    assert await scene.cause() == "unexplained"
    await scene.run("UPDATE campaign_counters SET total = 0 WHERE campaign_id = :id")
    assert await scene.cause() == "no_recipients"


async def test_another_campaign_of_the_number_is_named(scene: Scene) -> None:
    """The oldest of several, so that the page does not change its mind with every look."""
    older, newer = new_id(), new_id()
    for other, name in ((newer, "Newer one"), (older, "Big one")):
        await scene.run(
            "INSERT INTO campaigns (id, name, status, channel_id, started_at) "
            "VALUES (:other, :name, 'running', :channel, now())", other=other, name=name,
        )  # fmt: skip
        counters = "INSERT INTO campaign_counters (campaign_id, total) VALUES (:o, 9)"
        await scene.run(counters, o=other)
    found = await scene.why()
    assert found is not None
    assert (found.cause, found.values["name"], found.target) == (
        Standstill.OTHERS_FIRST, "Big one", str(older),
    )  # fmt: skip


async def test_a_low_speed_is_told_while_it_moves(scene: Scene) -> None:
    await scene.run("UPDATE campaigns SET throttle = 1 WHERE id = :id")
    await scene.run("INSERT INTO campaign_rates VALUES (:id, date_trunc('second', now()), 1)")
    assert await scene.why() is None  # five people take five seconds
    await scene.run("UPDATE campaign_counters SET total = 5000 WHERE campaign_id = :id")
    found = await scene.why()
    assert found is not None
    assert (found.cause, found.moving, found.is_harmless) == (Standstill.THROTTLE, True, True)


@pytest.fixture
async def locked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Somebody holds a campaign's row while a sender wants it."""
    monkeypatch.setattr(system, "LOCKED", timedelta(seconds=0.2))
    engine, ours = create_engine(database_url), create_engine(database_url, use=Use.SEND)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        await factories.campaign(session, VAULT, 2)
        await session.execute(
            text("UPDATE campaigns SET started_at = now() - interval '2 minutes'")
        )
    wanted = text("UPDATE campaigns SET updated_at = now()")

    async def wait_for_it() -> None:
        async with create_sessions(ours).begin() as sender:
            await sender.execute(wanted)

    async with sessions.begin() as holder:
        await holder.execute(wanted)
        sender = asyncio.create_task(wait_for_it())

        async def waits() -> bool:
            async with sessions() as session:
                return bool(await waiting.locked(session, system.LOCKED))

        await eventually(waits, "the sender has waited for long enough to be told of")
        yield sessions
    await sender
    await engine.dispose()
    await ours.dispose()


async def test_a_lock_that_somebody_holds_is_told(
    locked: async_sessionmaker[AsyncSession], tmp_path: Path
) -> None:
    async with locked() as session:
        facts = await system.facts(session, tmp_path, {})
        id_ = await session.scalar(text("SELECT id FROM campaigns"))
        found = await standstill.explain(session, await report.one(session, id_), facts)
    assert found is not None
    assert (found.cause, found.values["count"]) == (Standstill.DATABASE_LOCKED, 1)
    sign = next(sign for sign in rules.signs(facts) if sign.key == "database")
    assert (sign.tone, bool(sign.step)) == (rules.Tone.DOWN, True)


@pytest.mark.parametrize("cause", list(Standstill))
def test_every_cause_has_words_and_one_action(cause: Standstill) -> None:
    found = Explanation(cause)
    assert {found.title.key, found.text.key, found.action.key} <= set(SENTENCES)
    assert found.place.value
