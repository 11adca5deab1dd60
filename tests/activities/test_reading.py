"""The journal's commands are run at least once, in order per subject, by one worker."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from activities import reading
from activities.dependencies import Dependencies
from activities.reading import Readers, StreamReader
from domain.actors import SYSTEM
from domain.ids import new_id
from domain.journal.campaigns import CampaignPaused, CampaignResumed, CampaignStopped
from domain.journal.conversations import MessageQueued
from domain.journal.facts import Entry, Fact
from domain.journal.rules import Stream
from services import journal
from store import journal_readers as readers
from tests.databases import hang_up
from tests.eventually import eventually, never


class Engine:
    """Does what it is asked, unless unavailable; records what it did, in order."""

    def __init__(self) -> None:
        self.done: list[tuple[str, UUID]] = []
        self.away = False

    async def __call__(self, entry: Entry) -> bool:
        if self.away:
            return False
        self.done.append((entry.kind, UUID(entry.entity_id)))
        return True


async def note(needs: Dependencies, *facts: Fact) -> None:
    async with needs.sessions.begin() as session:
        await journal.note(session, SYSTEM, *facts)


def queued(message_id: UUID) -> MessageQueued:
    return MessageQueued(conversation_id=new_id(), message_id=message_id)


@asynccontextmanager
async def running(
    needs: Dependencies, act: Callable[[Entry], Awaitable[bool]]
) -> AsyncIterator[None]:
    task = asyncio.create_task(Readers(needs.statements, needs.database_url, act).keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_was_noted_is_carried_out_in_order_and_once(needs: Dependencies) -> None:
    engine, one, other = Engine(), new_id(), new_id()
    async with running(needs, engine):
        await note(needs, CampaignPaused(campaign_id=one), CampaignPaused(campaign_id=other))
        await note(needs, CampaignResumed(campaign_id=one))
        await note(needs, CampaignStopped(campaign_id=one))
        await eventually(lambda: len(engine.done) == 4, "all of it is carried out")
    told = [kind for kind, campaign in engine.done if campaign == one]
    assert told == ["campaign.paused", "campaign.resumed", "campaign.stopped"]
    async with running(needs, engine):  # another worker takes over
        await note(needs, CampaignResumed(campaign_id=other))
        resumed = ("campaign.resumed", other)
        await eventually(lambda: resumed in engine.done, "the next worker reads on")


async def test_what_is_taken_back_is_never_carried_out(needs: Dependencies) -> None:
    engine, sent = Engine(), new_id()
    async with running(needs, engine):
        async with needs.sessions.begin() as session:
            await journal.note(session, SYSTEM, queued(new_id()))
            await session.rollback()
        await note(needs, queued(sent))
        await eventually(lambda: bool(engine.done), "what was not rolled back is run")
    assert engine.done == [("message.queued", sent)]


async def test_a_transaction_that_commits_late_is_not_passed_by(needs: Dependencies) -> None:
    """Its entry has a lower number than commands that ran before it."""
    engine, early, late = Engine(), new_id(), new_id()
    async with running(needs, engine):
        async with needs.sessions.begin() as session:
            await journal.note(session, SYSTEM, queued(late))
            await note(needs, queued(early))
            await eventually(
                lambda: len(engine.done) == 1, "nobody waits for a writer that takes its time"
            )
        await eventually(
            lambda: len(engine.done) == 2, "what was committed late is carried out too"
        )
    assert [message for _, message in engine.done] == [early, late]


async def test_an_engine_that_is_away_is_waited_for(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AWAY_S", 0.02)
    engine, messages = Engine(), [new_id() for _ in range(5)]
    engine.away = True
    async with running(needs, engine):
        await note(needs, *map(queued, messages))
        await never(lambda: engine.done, "something is done by an engine that is away", during=0.1)
        engine.away = False
        await eventually(lambda: len(engine.done) >= 5, "everything is caught up")
    assert {message for _, message in engine.done} == set(messages)


async def test_portions_are_read_one_after_the_other(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PORTION", 3)
    engine, messages = Engine(), [new_id() for _ in range(8)]
    await note(needs, *map(queued, messages))
    reader = StreamReader(needs.statements, Stream.MESSAGES, engine)
    assert await reader.step()
    assert sorted(message for _, message in engine.done) == sorted(messages)
    assert await reader.step()
    assert len(engine.done) == 8


async def test_what_comes_while_portions_are_carried_out_is_not_carried_out_twice(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever falls behind would otherwise do all of it twice, and fall behind for good."""
    monkeypatch.setattr(reading, "PORTION", 3)
    engine, late = Engine(), [new_id() for _ in range(4)]
    coming = iter(late)

    async def act(entry: Entry) -> bool:
        if (one := next(coming, None)) is not None:
            await note(needs, queued(one))
        return await engine(entry)

    messages = [new_id() for _ in range(8)]
    await note(needs, *map(queued, messages))
    reader = StreamReader(needs.statements, Stream.MESSAGES, act)
    for _ in range(3):
        assert await reader.step()
    assert sorted(message for _, message in engine.done) == sorted(messages + late)


async def test_whoever_only_looks_writes_nothing(needs: Dependencies) -> None:
    reader = StreamReader(needs.statements, Stream.MESSAGES, Engine())

    async def position() -> str:
        async with needs.sessions() as session:
            return (await readers.reader(session, Stream.MESSAGES)).position

    before = await position()
    await note(needs, CampaignPaused(campaign_id=new_id()))  # for another stream
    assert await reader.step()
    assert await position() == before
    await note(needs, queued(new_id()))
    assert await reader.step()
    assert await position() != before


async def test_one_thing_that_takes_long_holds_up_no_other_stream(needs: Dependencies) -> None:
    engine, stuck = Engine(), asyncio.Event()

    async def act(entry: Entry) -> bool:
        if entry.kind == "campaign.paused":
            await stuck.wait()
        return await engine(entry)

    async with running(needs, act):
        await note(needs, CampaignPaused(campaign_id=new_id()))
        await note(needs, queued(new_id()))
        await eventually(lambda: len(engine.done) == 1, "a message waits for a campaign")
        stuck.set()


async def test_an_entry_that_cannot_be_carried_out_holds_up_nothing(needs: Dependencies) -> None:
    engine, broken, sent = Engine(), new_id(), new_id()

    async def act(entry: Entry) -> bool:
        if entry.entity_id == str(broken):
            raise KeyError("a defect")
        return await engine(entry)

    await note(needs, queued(broken), queued(sent))
    reader = StreamReader(needs.statements, Stream.MESSAGES, act)
    assert await reader.step()
    assert await reader.step()
    assert [message for _, message in engine.done] == [sent]


async def test_only_one_worker_reads_and_the_next_takes_over(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "TURN_S", 0.02)
    first, second, sent = Engine(), Engine(), new_id()
    async with running(needs, second):
        async with running(needs, first):
            await note(needs, queued(new_id()))
            await eventually(lambda: bool(first.done or second.done), "nobody reads")
            assert not (first.done and second.done)
        await note(needs, queued(sent))
        await eventually(lambda: ("message.queued", sent) in second.done, "nobody took over")


async def test_a_reader_whose_connection_ends_goes_on(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AWAY_S", 0.02)
    engine = Engine()
    async with running(needs, engine):
        await note(needs, queued(new_id()))
        await eventually(lambda: len(engine.done) == 1, "what was not rolled back is run")
        await hang_up(needs.sessions)
        later = new_id()
        await note(needs, queued(later))
        await eventually(lambda: ("message.queued", later) in engine.done, "it reads no more")


FROZEN = """
import asyncio, sys
from activities import reading
from store.engine import create_autocommit_engine, create_sessions

reading.SILENCE_S, reading.POLL_S, reading.TURN_S = 1.0, 0.2, 0.05

async def act(entry):
    print(entry.id, flush=True)
    return True

async def main(url):
    await reading.Readers(create_sessions(create_autocommit_engine(url)), url, act).keep()

asyncio.run(main(sys.argv[1]))
"""


async def test_a_worker_that_is_stopped_without_ending_is_taken_over_from(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen by SIGSTOP or a sleeping machine, it keeps its connection and the lock until the server closes it."""
    monkeypatch.setattr(reading, "TURN_S", 0.05)
    program = (sys.executable, "-c", FROZEN, needs.database_url)
    worker = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
    assert worker.stdout is not None
    try:
        await note(needs, queued(new_id()))
        assert await asyncio.wait_for(worker.stdout.readline(), 20)
        engine, sent = Engine(), new_id()
        async with running(needs, engine):
            await note(needs, queued(new_id()))
            assert await asyncio.wait_for(worker.stdout.readline(), 20)
            worker.send_signal(signal.SIGSTOP)
            await note(needs, queued(sent))
            await eventually(lambda: ("message.queued", sent) in engine.done, "nobody took over")
            worker.send_signal(signal.SIGCONT)
            later = new_id()
            await note(needs, queued(later))
            await eventually(lambda: ("message.queued", later) in engine.done, "nobody reads")
    finally:
        worker.kill()
        await worker.wait()


async def test_a_long_transaction_makes_nobody_read_again(needs: Dependencies) -> None:
    """An import of an hour holds the oldest snapshot back; what was read in that hour is not looked at again."""
    facts = [queued(new_id()) for _ in range(2_000)]
    async with needs.sessions.begin() as importing:
        await importing.execute(text("SELECT pg_current_xact_id()"))
        await note(needs, *facts)
        engine, reader = Engine(), StreamReader(needs.statements, Stream.MESSAGES, Engine())
        assert await reader.step()
        async with needs.sessions() as session:
            at = await readers.reader(session, Stream.MESSAGES)
            plan = await session.execute(
                text(f"EXPLAIN (ANALYZE, FORMAT JSON) {readers._UNREAD.text}"),
                {
                    "stream": "messages",
                    "position": at.position,
                    "after": 0,
                    "limit": 500,
                    "upto": None,
                },
            )
            assert seen(plan.scalar_one()[0]["Plan"]) == 0
        await journal.note(importing, SYSTEM, late := queued(new_id()))
    assert await StreamReader(needs.statements, Stream.MESSAGES, engine).step()
    assert [message for _, message in engine.done] == [late.message_id]


POSITIONS = "journal_readers"


def seen(plan: dict[str, Any]) -> int:
    """Rows of the journal that a plan looked at, whether it kept them or not."""
    own = plan.get("Actual Rows", 0) + plan.get("Rows Removed by Filter", 0)
    mine = own * plan["Actual Loops"] if plan.get("Relation Name", POSITIONS) != POSITIONS else 0
    return int(mine + sum(map(seen, plan.get("Plans", ()))))


async def test_a_restored_copy_carries_out_nothing_of_before(needs: Dependencies) -> None:
    engine, new = Engine(), new_id()
    await note(needs, queued(new_id()))
    async with needs.sessions.begin() as session:
        await journal.discard(session)
        # The other server counted on: what it noted seems to come from transactions yet to come.
        await session.execute(text("UPDATE journal SET xact = '9000000000'"))
    await note(needs, queued(new))
    reader = StreamReader(needs.statements, Stream.MESSAGES, engine)
    assert await reader.step()
    assert [message for _, message in engine.done] == [new]
