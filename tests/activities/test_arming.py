"""Whether this is the database we knew: checked until it answers, and acted on immediately."""

import asyncio
import socket
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from activities import arming
from activities.dependencies import Dependencies
from domain.campaigns import CampaignStatus
from services import restores, waterlines
from services.campaigns import report
from store.engine import create_engine, create_sessions
from tests import factories
from tests.eventually import never

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
def nobody(needs: Dependencies) -> Dependencies:
    """Dependencies on a database that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    engine = create_engine(f"postgresql://nobody@127.0.0.1:{port}/none")
    return replace(needs, sessions=create_sessions(engine))


async def test_nothing_is_sent_before_the_database_has_answered(
    nobody: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arming, "RETRY_S", 0.02)
    stop = asyncio.Event()
    asking = asyncio.create_task(arming.disarm_if_restored(nobody, stop))
    await never(asking.done, "sending is let go without an answer", during=0.2)
    stop.set()
    assert await asyncio.wait_for(asking, 20) is False


async def test_a_database_that_is_away_is_no_older_one(nobody: Dependencies) -> None:
    line = waterlines.Waterline("known", 5)
    waterlines.keep(nobody.data_dir, line)
    await arming.note_waterline(nobody)
    assert waterlines.read(nobody.data_dir) == line


async def test_an_older_database_under_a_running_worker_is_held_at_once(
    needs: Dependencies, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        launched = await factories.campaign(session, needs.vault, 3)
        await restores.disarm(session)  # a worker has seen this database
    await arming.note_waterline(needs)
    known = waterlines.read(needs.data_dir)
    assert known is not None
    waterlines.keep(needs.data_dir, replace(known, position=known.position + 10**12))
    await arming.note_waterline(needs)
    async with sessions() as session:
        assert (await report.one(session, launched.id)).status is CampaignStatus.HELD
    back = waterlines.read(needs.data_dir)
    assert back is not None
    assert back.position < known.position + 10**12  # logged once, not every two seconds


async def test_a_copy_of_another_database_comes_up_with_everything_held(
    needs: Dependencies, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        launched = await factories.campaign(session, needs.vault, 3)
        await restores.disarm(session)
        await session.execute(text("UPDATE installation SET fingerprint = 'of another server'"))
    assert await arming.disarm_if_restored(needs, asyncio.Event())
    async with sessions() as session:
        assert (await report.one(session, launched.id)).status is CampaignStatus.HELD
    assert await arming.disarm_if_restored(needs, asyncio.Event())  # and is known from then on


async def test_a_worker_that_is_told_to_stop_asks_nothing(needs: Dependencies) -> None:
    stop = asyncio.Event()
    stop.set()
    assert not await arming.disarm_if_restored(needs, stop)


async def test_the_waterline_is_kept_at_once_and_moved_on(needs: Dependencies) -> None:
    await arming.note_waterline(needs)
    first = waterlines.read(needs.data_dir)
    assert first is not None
    waterlines.keep(needs.data_dir, waterlines.Waterline("another cluster", 10**18))
    await arming.note_waterline(needs)
    again = waterlines.read(needs.data_dir)
    assert again is not None
    assert again.cluster == first.cluster
