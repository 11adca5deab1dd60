"""Figures over a canvas: hours that were added up and steps since then count once, together."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.nodes import End
from domain.errors import NotFound
from domain.ids import first_id, new_id
from services.automations import report, starting
from services.automations.report import Counts, Period
from services.automations.starting import Start
from services.vault import Vault, new_key
from store.automations import counts
from tests import graphs, threads
from tests.services.automations.acting import live

NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0)
DRAWN = graphs.graph(
    {"ask": graphs.ask(save_as="a"), "over": End()}, "ask.answered > over", "ask.failed > over"
)


async def started(session: AsyncSession) -> tuple[UUID, UUID]:
    """An automation with one run inside."""
    thread = await threads.only_thread(session, Vault([new_key()]))
    automation = await live(session, DRAWN)
    wanted = Start(automation_id=automation, contact_id=thread.contact_id, cause="hand:1")
    run = await starting.start(session, SYSTEM, wanted)
    assert run is not None
    return automation, run


async def stepped(
    session: AsyncSession,
    automation: UUID,
    run: UUID,
    step: int,
    branch: str | None,
    ago: timedelta = timedelta(0),
    node: str = "ask",
) -> None:
    """A step that was left a while ago."""
    query = text("""
INSERT INTO automation_steps (run_id, step, automation_id, node, type, branch, started_at, ended_at)
VALUES (:run, :step, :automation, :node, 'user_reply', :branch, :at, :at)""")
    parameters: dict[str, Any] = {"run": run, "automation": automation, "step": step}
    await session.execute(query, parameters | {"branch": branch, "node": node, "at": NOW - ago})


def branches(found: Counts) -> dict[str, int]:
    """The ways out of the only node."""
    return dict(next(one for one in found.nodes if one.node == "ask").branches)


async def test_a_step_counts_once_before_and_after_its_hour_is_added_up(
    session: AsyncSession,
) -> None:
    automation, run = await started(session)
    await stepped(session, automation, run, 1, "answered", timedelta(hours=30))
    await stepped(session, automation, run, 2, "failed", timedelta(hours=3))
    await stepped(session, automation, run, 3, None, timedelta(seconds=0))
    whole = {"answered": 1, "failed": 1, "": 1}
    before = await report.counts(session, automation, Period.ALL, NOW + timedelta(seconds=1))
    assert branches(before) == whole
    await counts.add_up(session, HOUR - timedelta(days=3), HOUR)
    await counts.add_up(session, HOUR - timedelta(days=3), HOUR)
    after = await report.counts(session, automation, Period.ALL, NOW + timedelta(seconds=1))
    assert branches(after) == whole
    day = await report.counts(session, automation, Period.DAY, NOW + timedelta(seconds=1))
    assert branches(day) == {"failed": 1, "": 1}
    node = next(one for one in after.nodes if one.node == "ask")
    assert (node.passed, node.dropped, node.failed) == (2, 1, 1)
    assert (after.entered, after.active, dict(after.ended)) == (1, 1, {})


async def test_only_edges_are_passed_and_a_meant_end_is_no_drop(session: AsyncSession) -> None:
    automation, run = await started(session)
    ways = ("again", "saved", "answered", "timeout", "", "failed", "failed")
    for step, branch in enumerate(ways, 1):
        await stepped(session, automation, run, step, branch)
    await stepped(session, automation, run, 8, "", node="over")
    await stepped(session, automation, run, 9, "next", node="gone")
    found = await report.counts(session, automation, Period.ALL, NOW + timedelta(seconds=1))
    assert branches(found) == {"answered": 1, "timeout": 1, "": 1, "failed": 2}
    figures = {one.node: (one.passed, one.dropped, one.failed) for one in found.nodes}
    assert figures["ask"] == (3, 2, 2)
    assert figures["over"] == (0, 0, 0)
    assert figures["gone"] == (1, 0, 0)


async def test_triggers_count_what_they_started_in_the_period(session: AsyncSession) -> None:
    automation, run = await started(session)
    again = text("""
INSERT INTO automation_runs (id, automation_id, version, contact_id, channel_id, trigger_id, cause, state, node, ending, ended_at)
SELECT :id, automation_id, version, contact_id, channel_id, :trigger, :cause, state, node, :ending, :ended
FROM automation_runs WHERE id = :run""")
    for number, (trigger, age, ending) in enumerate(
        (("t", 0, None), ("t", 3, "goal"), ("word", 30, "goal"), ("", 0, None))
    ):
        moment = NOW - timedelta(days=age, minutes=number)
        values = {"id": first_id(moment), "trigger": trigger, "cause": f"hand:more{number}"}
        ended = {"ending": ending, "ended": moment if ending else None, "run": run}
        await session.execute(again, values | ended)
    await session.execute(
        text("UPDATE automation_runs SET trigger_id = 'word' WHERE id = :run"), {"run": run}
    )
    now = NOW + timedelta(seconds=1)
    seen = {period: await report.counts(session, automation, period, now) for period in Period}
    assert {period: found.triggers for period, found in seen.items()} == {
        Period.DAY: {"t": 1, "word": 1},
        Period.WEEK: {"t": 2, "word": 1},
        Period.ALL: {"t": 2, "word": 2},
    }
    assert (seen[Period.ALL].entered, dict(seen[Period.ALL].ended)) == (5, {"goal": 2})


async def test_what_is_not_there_is_not_found(session: AsyncSession) -> None:
    with pytest.raises(NotFound, match="automation_unknown"):
        await report.counts(session, new_id(), Period.DAY, NOW)
    with pytest.raises(NotFound, match="run_unknown"):
        await report.run(session, new_id())
