"""Who may enter an automation, how often, and what stops them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.conditions import Condition, Conditions, Group, Subject
from domain.automations.graphs import PLAIN, Graph, Settings
from domain.automations.nodes import Duration, Unit
from domain.automations.triggers import Entry, KeywordTrigger, ManualTrigger, ReEntry
from domain.ids import new_id
from services.automations import starting, takeover
from services.automations.starting import Start
from services.vault import Vault, new_key
from tests import graphs, threads
from tests.services.automations import acting
from tests.services.automations.acting import live, runs
from tests.threads import Thread

MARKETING = Settings(marketing=True)


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


def by_hand(entry: ReEntry | None = None, settings: Settings = PLAIN, **more: Any) -> Graph:
    """A graph that people are put into by hand."""
    trigger = ManualTrigger(entry=entry or ReEntry(), **more)
    return graphs.graph(
        {"hello": graphs.say("Hello")}, triggers={"start": trigger}, settings=settings
    )


def hand(automation: UUID, thread: Thread, key: object = 1, **more: Any) -> Start:
    return Start(
        automation_id=automation, contact_id=thread.contact_id, cause=f"hand:{key}", **more
    )


async def test_a_cause_starts_one_run(session: AsyncSession, thread: Thread) -> None:
    automation = await live(session, by_hand(ReEntry(rule=Entry.ALWAYS)))
    wanted = hand(automation, thread, answers={"order": "41"})
    run_id = await starting.start(session, SYSTEM, wanted)
    assert run_id is not None
    again = await starting.tried(session, SYSTEM, wanted)
    assert (again.run_id, again.why_not) == (None, "started")
    assert await starting.start(session, SYSTEM, hand(automation, thread, 2)) is not None
    first, _ = await runs(session)
    assert (first.id, first.answers, first.channel_id) == (
        run_id,
        {"order": "41"},
        thread.channel_id,
    )


@pytest.mark.parametrize(
    ("entry", "ended", "hours_ago", "enters"),
    [
        (ReEntry(rule=Entry.ALWAYS), False, 0, True),
        (ReEntry(rule=Entry.ONE_AT_A_TIME), False, 0, False),
        (ReEntry(rule=Entry.ONE_AT_A_TIME), True, 0, True),
        (ReEntry(rule=Entry.ONCE), True, 1000, False),
        (ReEntry(rule=Entry.ONCE_A_PERIOD, period=Duration(amount=3)), True, 2, False),
        (ReEntry(rule=Entry.ONCE_A_PERIOD, period=Duration(amount=3)), True, 4, True),
        (ReEntry(rule=Entry.ONCE_A_PERIOD), True, 23, False),
        (ReEntry(rule=Entry.ONCE_A_PERIOD, period=Duration(amount=1, unit=Unit.MONTHS)), True, 800, True),
    ],
)  # fmt: skip
async def test_rules_of_re_entry(
    session: AsyncSession, thread: Thread, entry: ReEntry, ended: bool, hours_ago: int, enters: bool
) -> None:
    automation = await live(session, by_hand(entry))
    await starting.start(session, SYSTEM, hand(automation, thread))
    await session.execute(
        text("UPDATE automation_runs SET started_at = now() - CAST(:ago AS interval)"),
        {"ago": timedelta(hours=hours_ago)},
    )
    if ended:
        await acting.end_runs(session)
    wanted = hand(automation, thread, 2)
    assert await starting.why_not(session, wanted) == (None if enters else "entered")
    assert (await starting.start(session, SYSTEM, wanted) is not None) is enters


async def test_a_key_lets_one_contact_in_for_each_of_its_values(
    session: AsyncSession, thread: Thread
) -> None:
    automation = await live(session, by_hand(ReEntry(rule=Entry.ONCE, key="{{answer.order}}")))

    async def start(key: int, order: str) -> str | None:
        wanted = hand(automation, thread, key, answers={"order": order})
        return (await starting.tried(session, SYSTEM, wanted)).why_not

    assert [await start(1, "41"), await start(2, "42"), await start(3, "41")] == [
        None,
        None,
        "entered",
    ]
    assert [run.entry_key for run in await runs(session)] == ["41", "42"]


@pytest.mark.parametrize(
    ("column", "marketing", "why"),
    [
        ("marketing_opt_out_at", True, "opted_out"),
        ("marketing_opt_out_at", False, None),
        ("blocked_at", False, "contact_blocked"),
    ],
)
async def test_consent_is_asked_as_campaigns_ask(
    session: AsyncSession, thread: Thread, column: str, marketing: bool, why: str | None
) -> None:
    automation = await live(session, by_hand(settings=MARKETING if marketing else PLAIN))
    await threads.block(session, thread.contact_id, column)
    wanted = hand(automation, thread)
    assert await starting.why_not(session, wanted) == why
    assert (await starting.tried(session, SYSTEM, wanted)).why_not == why


async def test_marketing_never_enters_the_united_states(
    session: AsyncSession, thread: Thread
) -> None:
    automation = await live(session, by_hand(settings=MARKETING))
    await session.execute(text("UPDATE contacts SET phone_key = '12025550123'"))
    assert await starting.why_not(session, hand(automation, thread)) == "us_marketing"


async def test_nobody_enters_what_does_not_act(session: AsyncSession, thread: Thread) -> None:
    automation = await live(session, by_hand())
    unknown = hand(automation, thread, trigger_id="another")
    assert await starting.why_not(session, unknown) == "not_live"
    await acting.paused(session, automation)
    for wanted in (hand(automation, thread), hand(new_id(), thread)):
        assert await starting.start(session, SYSTEM, wanted) is None
        assert await starting.why_not(session, wanted) == "not_live"
    assert await runs(session) == []


async def test_nobody_enters_who_is_unknown_or_talks_to_a_person(
    session: AsyncSession, thread: Thread
) -> None:
    automation = await live(session, by_hand())
    stranger = Thread(new_id(), thread.channel_id, new_id())
    assert await starting.why_not(session, hand(automation, stranger)) == "contact_deleted"
    await takeover.take(session, threads.AGENT, thread.id)
    assert await starting.why_not(session, hand(automation, thread)) == "taken"
    await session.execute(text("UPDATE channels SET deleted_at = now()"))
    assert await starting.why_not(session, hand(automation, thread)) == "no_channel"


async def test_filters_are_asked_unless_they_are_passed_by(
    session: AsyncSession, thread: Thread
) -> None:
    filters = Conditions(
        groups=(Group(conditions=(Condition(subject=Subject.FIELD, name="name", value="Bo"),)),)
    )
    automation = await live(session, by_hand(filters=filters))
    wanted = hand(automation, thread)
    assert (await starting.tried(session, SYSTEM, wanted)).why_not == "filtered"
    passed = hand(automation, thread, unfiltered=True)
    assert await starting.start(session, SYSTEM, passed) is not None


async def test_another_automation_starts_it_at_its_manual_trigger(
    session: AsyncSession, thread: Thread
) -> None:
    graph = graphs.graph(
        {"hello": graphs.say("Hello"), "hand": graphs.say("By hand")},
        "word > hello", "manual > hand",
        triggers={"word": KeywordTrigger(words=("a",)), "manual": ManualTrigger()},
    )  # fmt: skip
    automation, parent = await live(session, graph), new_id()
    wanted = Start(
        automation_id=automation, contact_id=thread.contact_id, cause=f"run:{parent}:4",
        parent=(parent, 4),
    )  # fmt: skip
    assert await starting.start(session, SYSTEM, wanted) is not None
    [run] = await runs(session)
    assert (run.node, run.trigger_id, run.parent_id, run.parent_step) == ("hand", "", parent, 4)
