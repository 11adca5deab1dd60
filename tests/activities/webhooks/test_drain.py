"""The drain never waits for Temporal, and outlives what it starts."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

import worker
from activities import starting
from activities.dependencies import Dependencies
from activities.starting import Starter
from activities.webhooks import Drain
from services.receiving.following import Following
from services.receiving.intake import Intake
from services.receiving.process import LARGEST_BATCH
from settings import Settings
from tests import factories
from tests.deliveries import as_bytes, envelope, message, value
from tests.eventually import eventually
from workflows.client import Workflows


class Temporal:
    """Answers at once, refuses, or hangs; what it was asked for is kept."""

    def __init__(self, mood: str = "well") -> None:
        self.mood = mood
        self.asked: list[UUID] = []

    async def _start(self, id_: UUID) -> bool:
        self.asked.append(id_)
        if self.mood == "hangs":
            await asyncio.Event().wait()
        if self.mood == "raises":
            raise RuntimeError("away")
        return self.mood == "well"

    async def start_window(
        self, conversation_id: UUID, opened_at: datetime, expires_at: datetime
    ) -> bool:
        """One window."""
        assert opened_at < expires_at
        return await self._start(conversation_id)

    async def send_message(self, message_id: UUID) -> bool:
        """One message."""
        return await self._start(message_id)

    async def sync_templates(self, channel_id: UUID) -> bool:
        """One account."""
        return await self._start(channel_id)


async def _messages(needs: Dependencies) -> int:
    async with needs.sessions() as session:
        return int((await session.execute(text("SELECT count(*) FROM messages"))).scalar_one())


async def _read(needs: Dependencies, count: int) -> None:
    async def there() -> bool:
        return await _messages(needs) >= count

    await eventually(there, f"{count} messages are read")


def _writes(number: int) -> bytes:
    person = {"from": f"34622{number:06}", "from_user_id": f"ES.{number}"}
    return as_bytes(envelope(("messages", value(messages=[message("text", number) | person]))))


@pytest.mark.fault("A10")
@pytest.mark.parametrize("mood", ["hangs", "refuses"])
async def test_six_hundred_people_write_while_temporal_hangs(
    needs: Dependencies, mood: str
) -> None:
    async with needs.sessions.begin() as session:
        await factories.channel(session, needs.vault)
    temporal = Temporal(mood)
    intake = Intake(needs.sessions)
    async with Starter(temporal) as starter:
        drain = Drain(needs, starter.add)
        running = asyncio.create_task(ActivityEnvironment().run(drain.drain))
        await asyncio.gather(*[intake.keep(_writes(i), None) for i in range(600)])
        await _read(needs, 600)
        began = time.monotonic()
        await intake.keep(_writes(600), None)
        await _read(needs, 601)
        assert time.monotonic() - began < 1
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert mood == "hangs" or starter.take_missed()


@pytest.mark.fault("A10")
async def test_what_follows_is_started_and_what_is_missed_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(starting, "PATIENCE_S", 0.05)
    temporal = Temporal("hangs")
    channel, sent = uuid4(), uuid4()
    async with Starter(temporal) as starter:
        starter.add(Following(messages=[sent], syncs=[channel]))
        await eventually(
            lambda: starter.missed and set(temporal.asked) == {sent, channel},
            "both were asked for, in vain",
        )
        # A sync has no row to be found by: it is owed until one was started.
        temporal.mood, temporal.asked = "well", []
        assert starter.take_missed()
        await eventually(lambda: temporal.asked and not starter.syncs, "the sync is started")
        assert (temporal.asked, starter.take_missed()) == ([channel], False)


@pytest.mark.fault("A5")
async def test_a_worker_reads_what_waits_before_it_sends(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drain of a worker that was killed comes back seconds later; an opt-out may be waiting."""
    async with needs.sessions.begin() as session:
        await factories.channel(session, needs.vault)
    intake, stop, waiting = Intake(needs.sessions), asyncio.Event(), list[int]()
    for number in range(LARGEST_BATCH + 1):
        await intake.keep(_writes(number), None)

    @asynccontextmanager
    async def dependencies(_settings: object) -> AsyncIterator[Dependencies]:
        yield needs

    async def connected(_settings: object, _stop: object) -> object:
        return object()

    async def reachable() -> bool:
        return True

    async def count() -> int:
        async with needs.sessions() as session:
            found = "SELECT count(*) FROM webhook_events WHERE state = 'waiting'"
            return int((await session.execute(text(found))).scalar_one())

    class Polling:
        """In place of the workers that take work from Temporal."""

        async def __aenter__(self) -> None:
            waiting.append(await count())
            stop.set()

        async def __aexit__(self, *_: object) -> None:
            pass

    temporal = Temporal()
    temporal.reachable = reachable  # type: ignore[attr-defined]
    monkeypatch.setattr(worker, "dependencies", dependencies)
    monkeypatch.setattr(worker, "_connected", connected)
    monkeypatch.setattr(worker, "workers", lambda *_: [Polling()])
    monkeypatch.setattr(Workflows, "from_settings", lambda _settings: temporal)
    await worker.run(Settings(mode="demo", database_url=needs.database_url), stop)
    assert waiting == [0]


async def test_what_comes_before_the_drain_is_back_is_taken_meanwhile(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with needs.sessions.begin() as session:
        await factories.channel(session, needs.vault)
    intake, drain = Intake(needs.sessions), Drain(needs, lambda _: None)
    standing_in = asyncio.create_task(drain.stand_in())
    await intake.keep(_writes(1), None)
    await _read(needs, 1)
    assert not standing_in.done()
    standing_in.cancel()
    with suppress(asyncio.CancelledError):
        await standing_in
