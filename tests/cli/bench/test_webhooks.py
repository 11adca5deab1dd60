"""The benchmark of receiving, tiny, on one real stack: everything posted is found in the database, once."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text

from cli.bench.opening import open_scene
from cli.bench.scene import Scene
from cli.bench.webhooks import bodies, command, ledger, posting, pushes
from cli.bench.webhooks.pushes import Pace
from tests.cli.bench.scenes import on_one, share

PACE = Pace(connections=8, repeat_share=0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened() -> AsyncIterator[Scene]:
    """One installation for all measures, one after the other."""
    async with open_scene(pushes.WRITERS, latency_ms=0) as scene:
        yield scene


@pytest.fixture
def shared(opened: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    share(opened, monkeypatch, command)
    return opened


def test_repeats_come_later_and_are_what_was_posted() -> None:
    order = posting.with_repeats(200, 0.02)
    assert len(order) == 204
    assert set(order) == set(range(200))
    assert order.index(0) == 0
    assert order[50] == 0
    assert posting.with_repeats(3, 0) == [0, 1, 2]


@on_one
@pytest.mark.parametrize("statuses", [1, 30])
async def test_statuses_are_applied_once(shared: Scene, statuses: int) -> None:
    figures = await command.measure(90 // statuses, statuses, PACE, quiet=True)
    assert figures["posts"] == 90 // statuses + figures["repeated"]
    assert (figures["refused"], figures["lost"], figures["double"]) == (0, 0, 0)
    assert figures["statuses"] == 90
    assert figures["repeated"] == (9 if statuses == 1 else 0)
    assert 0 < figures["ack_p50_ms"] <= figures["ack_p99_ms"]
    assert set(figures["cpu_us_per_post"]) >= {"api", "worker", "postgres", "posting"}


@on_one
async def test_what_is_missing_or_counted_twice_is_reported(shared: Scene) -> None:
    """The figures come from the database: an update that was never applied, and a counter that is too high."""
    own = await ledger.fill(shared, 3)
    meta = await bodies.sender(shared)
    requests = [meta.statuses([one]) for one in own.news]
    posted = await posting.post_all(shared.stack.urls.app, requests, [0, 1, 2], 2)
    await ledger.applied(shared, 30)
    assert await command.outcome(own, 1, posted, 3) == {"lost": 0, "double": 0}
    async with shared.sessions.begin() as session:
        about = {"id": own.news[0].message_id}
        await session.execute(text("UPDATE messages SET state = 'accepted' WHERE id = :id"), about)
        await session.execute(text("UPDATE campaign_counters SET read = read + 1"))
    campaigns = len(own.campaigns)
    assert await command.outcome(own, 1, posted, 4) == {"lost": 1, "double": campaigns + 1 + 1}


@on_one
async def test_a_wrong_signature_is_refused_and_not_lost(shared: Scene) -> None:
    own = await ledger.fill(shared, 1)
    good = (await bodies.sender(shared)).statuses(own.news)
    posted = await posting.post_all(
        shared.stack.urls.app, [good.replace(b"wamid.", b"wamid-")], [0], 1
    )
    assert posted.statuses == [401]
    assert await command.outcome(own, 1, posted, 0) == {"lost": 0, "double": 0}


@on_one
async def test_an_agent_hears_of_every_message(shared: Scene) -> None:
    figures = await command.measure_inbound(40, 1, PACE)
    assert figures["posts"] == 44
    assert (figures["refused"], figures["lost"], figures["double"]) == (0, 0, 0)
    assert figures["push_lost"] == 0
    assert 0 < figures["push_p50_ms"] <= figures["push_p99_ms"]
