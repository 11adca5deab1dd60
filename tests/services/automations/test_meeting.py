"""Two contacts who turn out to be one person are in each automation as one person is."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.graphs import PLAIN, Graph, Settings
from domain.automations.states import Ending
from domain.automations.triggers import Entry, ManualTrigger, ReEntry
from domain.ids import new_id
from services.automations import starting
from services.automations.starting import Start
from services.receiving import people
from services.vault import Vault, new_key
from tests import graphs, threads
from tests.services.automations import acting
from tests.threads import Thread

NOT_READ = """SELECT message_id, run_id FROM automation_inbox WHERE taken_at IS NULL"""


def drawn(rule: Entry = Entry.ONE_AT_A_TIME, settings: Settings = PLAIN) -> Graph:
    """Asks, whoever is put into it by hand."""
    by_hand = ManualTrigger(entry=ReEntry(rule=rule))
    return graphs.graph({"ask": graphs.ask()}, triggers={"start": by_hand}, settings=settings)


@dataclass(frozen=True, slots=True)
class Two:
    """Two contacts of one person, each with a conversation on one number."""

    older: Thread
    newer: Thread

    async def enter(
        self, session: AsyncSession, automation: UUID, cause: str = ""
    ) -> tuple[UUID, UUID]:
        """Both enter, and wait for a reply; the newer one last."""
        made = []
        for one in (self.older, self.newer):
            wanted = Start(
                automation_id=automation, contact_id=one.contact_id, channel_id=one.channel_id,
                cause=cause or f"hand:{new_id()}",
            )  # fmt: skip
            run_id = await starting.start(session, SYSTEM, wanted)
            assert run_id is not None
            await acting.wait(session, run_id, "reply")
            made.append(run_id)
        return made[0], made[1]

    async def meet(self, session: AsyncSession) -> UUID:
        """The number of one turns out to be the other's too; returns the contact that is left."""
        further = text("""
INSERT INTO contact_identities (kind, value, contact_id, since)
SELECT 'phone', phone_key, :other, now() FROM contacts WHERE id = :one""")
        ids = {"one": self.newer.contact_id, "other": self.older.contact_id}
        await session.execute(further, ids)
        await people.meet(session)
        [left] = await acting.column(session, "id FROM contacts")
        assert isinstance(left, UUID)
        return left


@pytest.fixture
async def two(session: AsyncSession) -> Two:
    """A person as two contacts of the only number."""
    older = await threads.only_thread(session, Vault([new_key()]))
    return Two(older, await threads.thread(session, older.channel_id, "Ana"))


async def ran(session: AsyncSession) -> dict[UUID, Any]:
    """Every run by its id."""
    return {run.id: run for run in await acting.runs(session)}


async def left_behind(session: AsyncSession, run_id: UUID, on: Thread) -> UUID:
    """A message that came for a run, which has not taken it."""
    message_id = await threads.message(session, on)
    put = "INSERT INTO automation_inbox (run_id, message_id) VALUES (:run, :message)"
    await session.execute(text(put), {"run": run_id, "message": message_id})
    return message_id


@pytest.mark.parametrize("rule", [Entry.ONE_AT_A_TIME, Entry.ONCE, Entry.ONCE_A_PERIOD])
async def test_one_of_two_runs_ends_and_says_why(
    session: AsyncSession, two: Two, rule: Entry
) -> None:
    automation = await acting.live(session, drawn(rule))
    ended, goes_on = await two.enter(session, automation)
    message_id = await left_behind(session, ended, two.older)
    step = "INSERT INTO automation_steps (run_id, step, automation_id, node, type) VALUES (:r, 1, :a, 'ask', 'user_reply')"
    await session.execute(text(step), {"r": ended, "a": automation})

    person = await two.meet(session)
    found = await ran(session)
    assert {run.contact_id for run in found.values()} == {person}
    assert (found[ended].ending, found[ended].reason, found[ended].waits) == ("merged", "merged", None)  # fmt: skip
    assert (found[goes_on].ending, found[goes_on].waits) == (None, "reply")
    assert [tuple(row) for row in await session.execute(text(NOT_READ))] == [(message_id, goes_on)]
    assert set(await acting.woken(session)) == {str(ended), str(goes_on)}
    told = "data ->> 'ending' FROM journal WHERE kind = 'run.ended'"
    assert await acting.column(session, told) == [Ending.MERGED]
    assert await acting.column(session, "branch FROM automation_steps") == [""]


async def test_what_comes_next_goes_to_the_one_that_is_left(
    session: AsyncSession, two: Two
) -> None:
    """Whichever conversation it came in by: there is one."""
    _, goes_on = await two.enter(session, await acting.live(session, drawn()))
    person = await two.meet(session)
    [on] = await acting.column(session, "id FROM conversations")
    thread = Thread(on, two.older.channel_id, person)
    message_id = await acting.write(session, thread, "yes")
    assert [tuple(row) for row in await session.execute(text(NOT_READ))] == [(message_id, goes_on)]


async def test_both_go_on_where_people_may_be_several_times(
    session: AsyncSession, two: Two
) -> None:
    await two.enter(session, await acting.live(session, drawn(Entry.ALWAYS)))
    await two.meet(session)
    assert [run.ending for run in await acting.runs(session)] == [None, None]


async def test_runs_of_two_automations_both_go_on(session: AsyncSession, two: Two) -> None:
    first, _ = await two.enter(session, await acting.live(session, drawn()))
    await stop(session, first)
    _, second = await two.enter(session, await acting.live(session, drawn(), "Another"))
    await two.meet(session)
    active = [run for run in await acting.runs(session) if run.ended_at is None]
    assert len(active) == 2
    assert second in {run.id for run in active}


async def stop(session: AsyncSession, run_id: UUID) -> None:
    statement = "UPDATE automation_runs SET ended_at = now(), ending = 'stopped' WHERE id = :id"
    await session.execute(text(statement), {"id": run_id})


async def test_what_started_both_leaves_a_trace_of_both(session: AsyncSession, two: Two) -> None:
    """Even an automation that lets people in again and again does one thing once for one person."""
    automation = await acting.live(session, drawn(Entry.ALWAYS))
    ended, goes_on = await two.enter(session, automation, "time:start:2026-11-28T09:00")
    await two.meet(session)
    found = await ran(session)
    assert (found[ended].ending, found[goes_on].ending) == ("merged", None)
    assert len({run.cause for run in found.values()}) == 2
    assert {run.cause.partition(":")[0] for run in found.values()} == {"time"}


async def another_number(session: AsyncSession) -> UUID:
    made = text("""
INSERT INTO channels (id, portfolio_id, name, phone_number_id, waba_id, api_url, access_token, app_secret, verify_token)
SELECT :id, portfolio_id, 'Other line', '109000', waba_id, api_url, access_token, app_secret, verify_token
FROM channels RETURNING id""")
    found = await session.scalar(made, {"id": new_id()})
    assert isinstance(found, UUID)
    return found


async def test_on_another_number_what_was_kept_finds_its_way_anew(
    session: AsyncSession, two: Two
) -> None:
    """The run that goes on talks on its own number."""
    ended, goes_on = await two.enter(session, await acting.live(session, drawn()))
    other = await another_number(session)
    moved = text("UPDATE automation_runs SET channel_id = :channel WHERE id = :id")
    await session.execute(moved, {"channel": other, "id": goes_on})
    await left_behind(session, ended, two.older)
    await two.meet(session)
    found = await ran(session)
    assert (found[ended].ending, found[goes_on].ending) == ("merged", None)
    assert await acting.inbox(session) == []
    released = "kind FROM journal WHERE kind = 'message.released'"
    assert len(await acting.column(session, released)) == 1


@pytest.mark.parametrize("stopped", ["older", "newer"])
async def test_marketing_that_either_stopped_ends(
    session: AsyncSession, two: Two, stopped: str
) -> None:
    automation = await acting.live(session, drawn(Entry.ALWAYS, Settings(marketing=True)))
    await two.enter(session, automation)
    await threads.block(session, getattr(two, stopped).contact_id, "marketing_opt_out_at")
    await two.meet(session)
    assert [run.ending for run in await acting.runs(session)] == ["opted_out", "opted_out"]
