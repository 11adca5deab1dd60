"""The clock: who is due enters once, and what was missed waits for somebody to decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.automations.conditions import Condition, Conditions, Group, Subject
from domain.automations.graphs import PLAIN, Settings
from domain.automations.nodes import Duration
from domain.automations.triggers import Entry, ReEntry, TimeTrigger, Timing, Trigger, WindowTrigger
from domain.errors import Conflict
from services import clock
from services.automations import candidates, stopping, timed
from store import groups
from tests import factories, graphs, threads
from tests.services.automations import acting
from tests.services.automations.acting import live
from tests.threads import AGENT

Sessions = async_sessionmaker[AsyncSession]

ALWAYS = ReEntry(rule=Entry.ALWAYS)


@pytest.fixture(autouse=True)
def _clock_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, two measurements of one clock lie further apart than what a test does in between."""
    monkeypatch.setattr(clock, "_known", clock._Known())
    monkeypatch.setattr(clock, "SLOWEST_S", 0.0)


def moment(ago: timedelta) -> str:
    return (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M")


def once(ago: timedelta = timedelta(minutes=3), **more: Any) -> TimeTrigger:
    """Due so long ago, for everybody."""
    values: dict[str, Any] = {"everybody": True, "entry": ALWAYS} | more
    return TimeTrigger(moment=moment(ago), **values)


async def due(
    sessions: Sessions, trigger: Trigger, settings: Settings = PLAIN, people: int = 5
) -> UUID:
    """An automation whose trigger the clock last looked at two days ago."""
    async with sessions.begin() as session:
        if people:
            await factories.people(session, people)
        graph = graphs.graph({"a": graphs.say("A")}, triggers={"t": trigger}, settings=settings)
        automation = await live(session, graph)
        await session.execute(
            text(
                "UPDATE automation_triggers SET done_until = now() - interval '2 days', next_at = now()"
            )
        )
    return automation


async def ask(sessions: Sessions, what: str) -> list[Any]:
    async with sessions() as session:
        return await acting.column(session, what)


async def test_everybody_enters_once_in_portions(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed, "PORTION", 2)
    beats: list[None] = []
    await due(sessions, once())
    assert await timed.tick(sessions, lambda: beats.append(None)) is None  # and never again
    assert await ask(sessions, "count(DISTINCT contact_id) FROM automation_runs") == [5]
    assert len(beats) == 3
    [cause] = await ask(sessions, "DISTINCT cause FROM automation_runs")
    assert cause.startswith("time:t:20")
    async with sessions.begin() as session:  # as if it had died before it wrote how far it was
        await session.execute(
            text(
                "UPDATE automation_triggers SET done_until = now() - interval '2 days', next_at = now()"
            )
        )
        await acting.end_runs(session)
    await timed.tick(sessions)
    assert await ask(sessions, "count(*) FROM automation_runs") == [5]
    assert await ask(sessions, "count(*) FROM journal WHERE kind = 'run.started'") == [5]


async def test_only_members_with_consent_and_fitting_filters_enter(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await factories.people(session, 6, "Members")
        members = (await groups.ensure(session, "Members")).id
        await factories.people(session, 3, "Others")
        await session.execute(
            text("""
UPDATE contacts SET language = CASE WHEN n % 2 = 0 THEN 'es' ELSE 'en' END,
    marketing_opt_out_at = CASE WHEN n = 2 THEN now() END
FROM (SELECT contact_id, row_number() OVER (ORDER BY contact_id) AS n FROM group_members WHERE group_id = :id) m
WHERE id = contact_id"""),
            {"id": members},
        )
    spanish = Conditions(
        groups=(Group(conditions=(Condition(subject=Subject.FIELD, name="language", value="es"),)),)
    )
    trigger = once(everybody=False, groups=(str(members),), filters=spanish)
    await due(sessions, trigger, Settings(marketing=True), people=0)
    await timed.tick(sessions)
    assert await ask(
        sessions,
        "count(*) FROM automation_runs r JOIN group_members m USING (contact_id)"
        " JOIN contacts c ON c.id = r.contact_id AND c.language = 'es'",
    ) == [2]


async def test_a_date_field_calls_those_whose_day_it_is(sessions: Sessions) -> None:
    at = datetime.now(UTC) - timedelta(minutes=3)
    trigger = TimeTrigger(
        timing=Timing.FIELD, field="renewal", offset=-3, clock=f"{at:%H:%M}", everybody=True
    )
    async with sessions.begin() as session:
        await factories.people(session, 4)
        await session.execute(
            text("""
UPDATE contacts SET fields = jsonb_build_object('renewal', to_char(CAST(:day AS date) + n, 'YYYY-MM-DD'))
FROM (SELECT id AS i, (row_number() OVER (ORDER BY id))::int AS n FROM contacts) m WHERE id = i"""),
            {"day": at.date()},
        )
    await due(sessions, trigger, people=0)
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE automation_triggers SET done_until = now() - interval '10 minutes'")
        )
    next_at = await timed.tick(sessions)
    assert await ask(
        sessions,
        "(fields ->> 'renewal')::date FROM automation_runs r JOIN contacts c ON c.id = r.contact_id",
    ) == [(at + timedelta(days=3)).date()]
    assert next_at == (at + timedelta(days=1)).replace(second=0, microsecond=0)


async def test_each_contact_is_called_when_their_own_clock_shows_it(sessions: Sessions) -> None:
    here = datetime.now(UTC) - timedelta(minutes=3)
    zones = ("Asia/Tokyo", "Europe/Athens", None)
    trigger = TimeTrigger(
        moment=f"{here:%Y-%m-%dT%H:%M}", zone="contact", everybody=True, entry=ALWAYS
    )
    async with sessions.begin() as session:
        await factories.people(session, 3)
        await session.execute(
            text("""
UPDATE contacts SET timezone = (CAST(:zones AS text[]))[n]
FROM (SELECT id AS i, row_number() OVER (ORDER BY id) AS n FROM contacts) m WHERE id = i"""),
            {"zones": list(zones)},
        )
    await due(sessions, trigger, people=0)
    next_at = await timed.tick(sessions)
    assert await ask(
        sessions, "timezone FROM automation_runs r JOIN contacts c ON c.id = r.contact_id"
    ) == [None]  # in the east it was long ago
    assert next_at is not None
    assert next_at > datetime.now(UTC)
    [missed] = await ask(sessions, "missed_at FROM automation_triggers")
    async with sessions.begin() as session:
        automation = await acting.column(session, "automation_id FROM automation_triggers")
        await timed.decide_missed(session, AGENT, automation[0], "t", start=True)
    await timed.tick(sessions)
    assert set(
        await ask(
            sessions, "timezone FROM automation_runs r JOIN contacts c ON c.id = r.contact_id"
        )
    ) == set(zones)
    assert missed < datetime.now(UTC)


@pytest.mark.parametrize("start", [True, False])
async def test_what_was_missed_waits_for_a_decision(sessions: Sessions, start: bool) -> None:
    trigger = once(timedelta(minutes=20))
    automation = await due(sessions, trigger)
    assert await timed.tick(sessions) is None
    assert await ask(sessions, "count(*) FROM automation_runs") == [0]
    [missed] = await ask(sessions, "missed_at FROM automation_triggers")
    assert missed == datetime.fromisoformat(trigger.moment).replace(tzinfo=UTC)
    noted = "(data ->> 'due')::timestamptz FROM journal WHERE kind = 'automation.start_missed'"
    assert await ask(sessions, noted) == [missed]
    async with sessions.begin() as session:
        await timed.decide_missed(session, AGENT, automation, "t", start=start)
    assert await timed.tick(sessions) is None
    assert await ask(sessions, "count(*) FROM automation_runs") == [5 if start else 0]
    assert await ask(sessions, "missed_at FROM automation_triggers") == [None]
    decided = "data -> 'started' FROM journal WHERE kind = 'automation.start_decided'"
    assert await ask(sessions, decided) == [start]
    async with sessions.begin() as session:
        with pytest.raises(Conflict):
            await timed.decide_missed(session, AGENT, automation, "t", start=True)


async def test_what_nobody_missed_is_no_question(sessions: Sessions) -> None:
    await due(sessions, once(timedelta(minutes=20)), people=0)
    await timed.tick(sessions)
    assert await ask(sessions, "missed_at FROM automation_triggers") == [None]


async def test_a_pause_starts_nobody_and_its_end_makes_up_for_nothing(sessions: Sessions) -> None:
    automation = await due(sessions, once())
    async with sessions.begin() as session:
        await acting.paused(session, automation)
        await stopping.rest(session, automation)
    assert await timed.tick(sessions) is None
    async with sessions.begin() as session:
        await session.execute(text("UPDATE automations SET status = 'live'"))
        await stopping.go_on(session, automation)
    assert await timed.tick(sessions) is None
    assert await ask(sessions, "count(*) FROM automation_runs") == [0]
    assert await ask(sessions, "missed_at FROM automation_triggers") == [None]


async def window(sessions: Sessions, closes_in: timedelta) -> UUID:
    async with sessions.begin() as session:
        [channel] = await acting.column(session, "id FROM channels")
        thread = await threads.thread(session, channel, window=closes_in)
        await session.execute(
            text(
                "UPDATE conversations SET last_message_at = window_expires_at - interval '24 hours' WHERE id = :id"
            ),
            {"id": thread.id},
        )
    return thread.contact_id


async def test_windows_about_to_close_are_caught_once(sessions: Sessions) -> None:
    closing = await window(sessions, timedelta(minutes=58))
    await window(sessions, timedelta(hours=3))
    automation = await due(sessions, WindowTrigger(lead=Duration(amount=1), entry=ALWAYS), people=0)
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE automation_triggers SET done_until = now() - interval '5 minutes'")
        )
    for _ in range(2):
        next_at = await timed.tick(sessions)
        assert next_at is not None
        assert next_at <= datetime.now(UTC) + timed.WINDOWS_AGAIN
        assert await ask(sessions, "contact_id FROM automation_runs") == [closing]
        async with sessions.begin() as session:
            await session.execute(text("UPDATE automation_triggers SET next_at = now()"))
    assert await ask(sessions, "automation_id FROM automation_runs") == [automation]


async def test_windows_that_an_outage_missed_wait_for_a_decision(sessions: Sessions) -> None:
    late, gone = await window(sessions, timedelta(minutes=20)), timedelta(minutes=-5)
    await window(sessions, gone)
    automation = await due(sessions, WindowTrigger(lead=Duration(amount=1), entry=ALWAYS), people=0)
    await timed.tick(sessions)
    assert await ask(sessions, "count(*) FROM automation_runs") == [0]
    async with sessions.begin() as session:
        await timed.decide_missed(session, AGENT, automation, "t", start=True)
    await timed.tick(sessions)
    assert await ask(sessions, "contact_id FROM automation_runs") == [late]


async def test_many_windows_that_close_in_the_same_second_are_all_caught(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed, "PORTION", 2)
    for _ in range(5):
        await window(sessions, timedelta(minutes=58))
    async with sessions.begin() as session:
        await session.execute(
            text(
                "UPDATE conversations SET window_expires_at = date_trunc('minute', now()) + interval '59 minutes'"
            )
        )
    await due(sessions, WindowTrigger(lead=Duration(amount=1), entry=ALWAYS), people=0)
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE automation_triggers SET done_until = now() - interval '5 minutes'")
        )
    await timed.tick(sessions)
    assert await ask(sessions, "count(*) FROM automation_runs") == [5]


async def test_publishing_again_keeps_the_clock_of_what_did_not_change(sessions: Sessions) -> None:
    trigger = once(timedelta(days=-1))
    async with sessions.begin() as session:
        graph = graphs.graph({"a": graphs.say("A")}, triggers={"t": trigger})
        automation = await live(session, graph)
        await session.execute(
            text("UPDATE automation_triggers SET next_at = now() - interval '1 minute'")
        )
        query = "next_at FROM automation_triggers"
        [before] = await acting.column(session, query)
        await candidates.upsert_triggers(session, automation, 2, graph)
        assert await acting.column(session, query) == [before]
        moved = graphs.graph({"a": graphs.say("A")}, triggers={"t": once(timedelta(days=-2))})
        await candidates.upsert_triggers(session, automation, 3, moved)
        assert await acting.column(session, query) > [before]
        await candidates.upsert_triggers(session, automation, 4, replace(moved, triggers=()))
        assert await acting.column(session, query) == []


async def test_the_end_of_a_pause_plans_what_comes_next(sessions: Sessions) -> None:
    daily = TimeTrigger(timing=Timing.CALENDAR, clock="09:00", everybody=True, entry=ALWAYS)
    automation = await due(sessions, daily)
    async with sessions.begin() as session:
        await stopping.go_on(session, automation)
    assert await ask(sessions, "next_at > now() FROM automation_triggers") == [True]
    await timed.tick(sessions)
    assert await ask(sessions, "count(*) FROM automation_runs") == [0]


@pytest.mark.parametrize("kind", ["window", "of_next_release"])
async def test_what_no_clock_starts_is_not_looked_at_for_ever(
    sessions: Sessions, kind: str
) -> None:
    """A window that is to have closed, and what an earlier release cannot read."""
    await due(sessions, WindowTrigger())
    async with sessions.begin() as session:
        await session.execute(text("UPDATE automation_triggers SET type = :kind"), {"kind": kind})
    await timed.tick(sessions)
    assert await ask(sessions, "count(*) FROM automation_runs") == [0]
    if kind == "window":
        assert await ask(sessions, "next_at FROM automation_triggers") == [None]
