"""The journal's commands are run at least once, in order per subject, by one worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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
    task = asyncio.create_task(Readers(needs.sessions, needs.database_url, act).keep())
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
    reader = StreamReader(needs.sessions, Stream.MESSAGES, engine)
    assert await reader.step()
    assert sorted(message for _, message in engine.done) == sorted(messages)
    assert await reader.step()
    assert len(engine.done) == 8


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
    reader = StreamReader(needs.sessions, Stream.MESSAGES, act)
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
        async with needs.sessions.begin() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'whatsway-listen' AND datname = current_database()"
                )
            )
        later = new_id()
        await note(needs, queued(later))
        await eventually(lambda: ("message.queued", later) in engine.done, "it reads no more")


async def test_a_restored_copy_carries_out_nothing_of_before(needs: Dependencies) -> None:
    engine, new = Engine(), new_id()
    await note(needs, queued(new_id()))
    async with needs.sessions.begin() as session:
        await journal.discard(session)
        # The other server counted on: what it noted seems to come from transactions yet to come.
        await session.execute(text("UPDATE journal SET xact = '9000000000'"))
    await note(needs, queued(new))
    reader = StreamReader(needs.sessions, Stream.MESSAGES, engine)
    assert await reader.step()
    assert [message for _, message in engine.done] == [new]
