"""Signs of life of a worker: what it can reach, number by number, and nothing of numbers that are gone."""

import socket
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from activities.dependencies import Dependencies
from activities.vitals import Vitals
from domain.system import DATABASE, TEMPORAL, WHATSAPP, Process
from services import vitals
from store.engine import create_engine, create_sessions
from tests import factories
from tests.activities.conftest import Phone


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def _told(needs: Dependencies) -> Process:
    async with needs.sessions() as session:
        [process] = await vitals.every(session)
    return process


async def _run(needs: Dependencies, statement: str) -> None:
    async with needs.sessions.begin() as session:
        await session.execute(text(statement))


async def _channel(needs: Dependencies, url: str) -> str:
    async with needs.sessions.begin() as session:
        return f"{WHATSAPP}:{await factories.channel(session, needs.vault, api_url=url)}"


async def test_each_part_is_told_as_it_is_found(needs: Dependencies, phone: Phone) -> None:
    name = await _channel(needs, phone.url)
    worker = Vitals(needs, yes)
    await worker.beat()
    told = await _told(needs)
    assert {told.looks[part].ok for part in (DATABASE, TEMPORAL, name, "disk")} == {True}
    assert told.looks[name].ms is not None
    since = told.looks[TEMPORAL].since
    await worker.beat()
    assert (await _told(needs)).looks[TEMPORAL].since == since  # it goes on looking the same
    await worker.end()
    async with needs.sessions() as session:
        assert await vitals.every(session) == []


async def test_what_does_not_answer_is_told_and_a_number_that_is_gone_is_not(
    needs: Dependencies,
) -> None:
    name = await _channel(needs, "http://127.0.0.1:1")
    worker = Vitals(needs, no)
    await worker.beat()
    told = await _told(needs)
    assert (told.looks[TEMPORAL].ok, told.looks[TEMPORAL].ms) == (False, None)
    assert not told.looks[name].ok
    await _run(needs, "UPDATE channels SET deleted_at = now()")
    await worker.beat()
    assert name not in (await _told(needs)).looks


async def test_an_address_that_answers_is_no_way_out_while_messages_get_none(
    needs: Dependencies, phone: Phone
) -> None:
    name = await _channel(needs, phone.url)
    async with needs.sessions() as session:
        channel_id = (await session.execute(text("SELECT id FROM channels"))).scalar_one()
    breaker = needs.breakers.of(channel_id)
    breaker.took_s = 1.25
    worker = Vitals(needs, yes)
    await worker.beat()
    assert (await _told(needs)).looks[name].ms == 1250  # of a message, where one was sent
    while not breaker.failed(doubtful=True):
        pass
    await worker.beat()
    assert not (await _told(needs)).looks[name].ok


async def test_a_database_that_is_away_is_noted_and_outlasted(
    needs: Dependencies, session: AsyncSession
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    engine = create_engine(f"postgresql://nobody@127.0.0.1:{port}/none")
    away = replace(needs, sessions=create_sessions(engine))
    worker = Vitals(away, yes)
    await worker.beat()
    await worker.end()
    assert not worker.life.is_written
    await engine.dispose()


@pytest.mark.parametrize("times", [1, 3])
async def test_one_process_is_one_line_however_often_it_beats(
    needs: Dependencies, times: int
) -> None:
    worker = Vitals(needs, yes)
    for _ in range(times):
        await worker.beat()
    assert (await _told(needs)).kind == "worker"
