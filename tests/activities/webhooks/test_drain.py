"""The drain does not depend on what it starts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace

import pytest
from sqlalchemy import text

import worker
from activities.dependencies import Dependencies
from activities.webhooks import Drain
from services.receiving.intake import Intake
from services.receiving.process import LARGEST_BATCH
from settings import Settings
from tests import factories
from tests.deliveries import as_bytes, envelope, message, value
from tests.eventually import eventually
from workflows.client import Workflows


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


@pytest.mark.fault("A5")
async def test_a_worker_reads_what_waits_before_it_sends(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed worker's drain comes back seconds later; an opt-out may be waiting."""
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
        """Stands in for the workers that take work from Temporal."""

        async def __aenter__(self) -> None:
            waiting.append(await count())
            stop.set()

        async def __aexit__(self, *_: object) -> None:
            pass

    temporal = SimpleNamespace(reachable=reachable)
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
    intake, drain = Intake(needs.sessions), Drain(needs)
    standing_in = asyncio.create_task(drain.stand_in())
    await intake.keep(_writes(1), None)
    await _read(needs, 1)
    assert not standing_in.done()
    standing_in.cancel()
    with suppress(asyncio.CancelledError):
        await standing_in
