"""Publishing and stopping beside runs at work: nobody waits crosswise, and nobody is forgotten."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.automations.guards import Guard
from domain.journal.conversations import MessageReceived
from services import journal
from services.automations import (
    candidates,
    control,
    drafts,
    guards,
    publishing,
    routing,
    starting,
    stopping,
)
from services.automations.publishing import Inside, Published
from services.automations.starting import ALWAYS, Person, Way
from store import conversations
from store.automations import waiting
from tests import drawing, threads
from tests.services.automations import acting, test_publishing
from tests.store import races
from tests.threads import Thread

Sessions = async_sessionmaker[AsyncSession]
Act = Callable[[AsyncSession], Awaitable[object]]


def document(minutes: int) -> dict[str, Any]:
    """Waits for a reply; a word begins anew."""
    drawn = drawing.waiting("manual", entry={"rule": "always"})
    drawn["settings"] = {"restart_words": ["menu"]}
    drawn["nodes"][1]["data"]["wait"] = {"amount": minutes, "unit": "minutes"}
    return drawn


async def inside(sessions: Sessions, count: int) -> tuple[UUID, list[Thread]]:
    """A live automation whose draft differs, and the conversations of so many people who wait in it."""
    async with sessions.begin() as session:
        made = await drafts.create(session, SYSTEM, "Welcome", document=document(60))
        automation = made.item.id
        await publishing.publish(session, SYSTEM, automation, 1, Inside.FINISH)
        await drafts.save(session, SYSTEM, automation, 1, document(30))
    people = await test_publishing.people(sessions, count)
    trigger = await test_publishing.by(sessions, automation)
    assert set(await test_publishing.enter(sessions, trigger, people)) == {None}
    async with sessions.begin() as session:
        await session.execute(text("UPDATE automation_runs SET node = 'ask', waits = 'reply'"))
        return automation, [await _thread(session, one) for one in people]


async def _thread(session: AsyncSession, contact_id: UUID) -> Thread:
    channel_id = await session.scalar(text("SELECT id FROM channels"))
    assert channel_id is not None
    await conversations.ensure(session, channel_id, contact_id, None)
    found = await conversations.id_of(session, channel_id, contact_id)
    assert found is not None
    return Thread(found, channel_id, contact_id)


def published(automation: UUID, how: Inside) -> Act:
    return lambda session: publishing.publish(session, SYSTEM, automation, 2, how)


def stopped(automation: UUID) -> Act:
    return lambda session: control.stop_runs(session, SYSTEM, automation)


async def restart(session: AsyncSession, automation: UUID, on: Thread) -> None:
    """What follows from a restart word, once routing has locked the run."""
    [run] = await waiting.active(session, on.contact_id, on.channel_id)
    [by] = await candidates.of_automation(session, automation)
    await stopping.restart(session, run.id)
    person = Person(contact_id=on.contact_id, cause="entry:1", channel_id=on.channel_id)
    [entered] = await starting.enter(session, SYSTEM, by, [person], Way(entry=ALWAYS))
    assert entered.run_id is not None


async def halt(session: AsyncSession, automation: UUID, on: Thread) -> None:
    """What follows from a guard that trips, once the run is locked."""
    await guards.halt(session, automation, Guard.BOTS, [on.contact_id])


@pytest.mark.parametrize("follows", [restart, halt])
@pytest.mark.parametrize("how", [Inside.STOP, Inside.MOVE, None])
async def test_a_run_that_wants_its_automation_is_not_waited_for_crosswise(
    sessions: Sessions,
    follows: Callable[[AsyncSession, UUID, Thread], Awaitable[None]],
    how: Inside | None,
) -> None:
    automation, [on, _other] = await inside(sessions, 2)
    act = stopped(automation) if how is None else published(automation, how)
    async with sessions.begin() as session:
        await waiting.active(session, on.contact_id, on.channel_id)
        other = races.begun(sessions, act)
        await races.someone_waits(sessions)
        await follows(session, automation, on)
    done = await other
    active = [run for run in await test_publishing.runs(sessions) if run.ended_at is None]
    if how is Inside.MOVE:
        assert {run.version for run in active} == {2}
        assert isinstance(done, Published)
        assert done.moved == len(active) == 2
    else:
        assert active == []  # also who began anew meanwhile


async def written(sessions: Sessions, on: Thread) -> None:
    """The person writes the restart word, and it is routed."""
    async with sessions.begin() as session:
        last = await session.scalar(text("SELECT max(id) FROM journal"))
        message_id = await threads.message(session, on, body="menu")
        fact = MessageReceived(
            conversation_id=on.id, contact_id=on.contact_id, message_id=message_id
        )
        await journal.note(session, SYSTEM, fact)
        entries = await acting.unrouted(session, last or 0)
    [entry] = [one for one in entries if one.ids.get("message_id") == message_id]
    async with sessions.begin() as session:
        await routing.route(session, entry)


async def test_restarts_beside_publishing_and_stopping_all_end_well(sessions: Sessions) -> None:
    automation, people = await inside(sessions, 30)
    restarts = [written(sessions, one) for one in people]
    await asyncio.gather(
        *restarts[:15],
        races.begun(sessions, published(automation, Inside.STOP)),
        *restarts[15:],
        races.begun(sessions, stopped(automation)),
    )
    found = await test_publishing.runs(sessions)
    assert {run.version for run in found if run.ended_at is None} <= {2}
    assert {run.contact_id for run in found} == {one.contact_id for one in people}
