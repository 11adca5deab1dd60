"""Runs of an import: one that dies, two at once, and the progress they show."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.contacts import ImportStatus
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.imports import Import, ImportCounts
from domain.sentences import Sentence, unpacked
from services.contacts import search
from services.imports import execute, preview, run
from store.engine import create_engine, create_sessions
from tests.eventually import eventually
from tests.services.imports.uploads import EVERYONE, csv_of, ready
from tests.words import words_of


@pytest.fixture
def sessions(database_url: str) -> async_sessionmaker[AsyncSession]:
    return create_sessions(create_engine(database_url))


async def _committed(
    sessions: async_sessionmaker[AsyncSession], content: str, folder: Path
) -> Import:
    async with sessions.begin() as session:
        record = await ready(session, content, folder)
        return await run.start(session, record.id)


async def _dispose(sessions: async_sessionmaker[AsyncSession]) -> None:
    await sessions.kw["bind"].dispose()


async def test_a_run_that_dies_leaves_nothing_and_can_be_repeated(
    sessions: async_sessionmaker[AsyncSession], tmp_path: Path
) -> None:
    content = "Name,Phone,City\n" + "".join(f"P{i},+55119876{i:05},X\n" for i in range(5000))
    record = await _committed(sessions, content, tmp_path)

    def die(done: int, total: int) -> None:
        if done > total // 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        async with sessions.begin() as session:
            await run.run(session, record.id, data_dir=tmp_path, progress=die)
    async with sessions() as session:
        assert await search.count(session, EVERYONE) == 0
        assert (await preview.get(session, record.id)).status is ImportStatus.RUNNING

    for _ in range(2):
        async with sessions.begin() as session:
            counts = await run.run(session, record.id, data_dir=tmp_path)
        assert counts.new == 5000
    async with sessions() as session:
        assert await search.count(session, EVERYONE) == 5000
    assert not (tmp_path / record.file_path).exists()
    await _dispose(sessions)


async def test_a_worker_shows_progress_and_says_why_it_cannot(
    sessions: async_sessionmaker[AsyncSession], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "SHOWN_EVERY_S", 0.01)
    content = "Name,Phone\n" + "".join(f"P{i},+55119876{i:05}\n" for i in range(9000))
    record = await _committed(sessions, content, tmp_path)
    beats: list[int] = []

    async def look() -> list[int]:
        seen: list[int] = []

        async def ended() -> bool:
            async with sessions() as session:
                now = await preview.get(session, record.id)
            if now.status is ImportStatus.RUNNING:
                seen.append(now.counts.done)
            return now.status is not ImportStatus.RUNNING

        await eventually(ended, "the import ends")
        return seen

    looking = asyncio.create_task(look())
    await execute.execute(
        sessions, record.id, data_dir=tmp_path, beat=lambda done, _: beats.append(done)
    )
    seen = await looking
    assert beats == sorted(beats)
    assert any(done > 0 for done in seen)

    lost = await _committed(sessions, content, tmp_path)
    (tmp_path / lost.file_path).unlink()
    with pytest.raises(Invalid):
        await execute.execute(sessions, lost.id, data_dir=tmp_path, beat=lambda *_: None)
    async with sessions() as session:
        failed = await preview.get(session, lost.id)
    assert failed.status is ImportStatus.FAILED
    assert failed.error is not None
    assert "Upload it again" in words_of(unpacked(failed.error))
    await _dispose(sessions)


async def test_two_workers_never_run_one_import_together(
    sessions: async_sessionmaker[AsyncSession], tmp_path: Path
) -> None:
    record = await _committed(sessions, "Phone\n+5511987654321\n", tmp_path)
    async with sessions() as one, sessions() as other:
        await run.run(one, record.id, data_dir=tmp_path)
        with pytest.raises(Conflict):
            await run.run(other, record.id, data_dir=tmp_path)
        with pytest.raises(TimeoutError):
            await execute.execute(sessions, record.id, data_dir=tmp_path, beat=lambda *_: None)
        await one.commit()
    await _dispose(sessions)


async def test_overlapping_imports_at_once_make_each_contact_once(
    sessions: async_sessionmaker[AsyncSession], tmp_path: Path
) -> None:
    numbers = [f"+55119876{i:05}" for i in range(3000)]
    one = await _committed(sessions, csv_of([["Phone"], *([n] for n in numbers)]), tmp_path)
    other = await _committed(sessions, csv_of([["Phone"], *([n] for n in numbers[::-1])]), tmp_path)

    async def work(record: Import) -> ImportCounts:
        async with sessions.begin() as session:
            return await run.run(session, record.id, data_dir=tmp_path)

    first, second = await asyncio.gather(work(one), work(other))
    assert first.new + second.new == 3000
    assert first.rows == first.importable
    assert second.rows == second.importable
    async with sessions() as session:
        assert await search.count(session, EVERYONE) == 3000
    await _dispose(sessions)


# Files of every kind.


async def test_an_import_that_is_gone_is_not_found_and_its_failure_nobody_s(
    session: AsyncSession, tmp_path: Path
) -> None:
    gone = new_id()
    for asked in (
        run.check(session, gone, data_dir=tmp_path),
        run.run(session, gone, data_dir=tmp_path),
        run.request_check(session, gone),
        run.start(session, gone),
    ):
        with pytest.raises(NotFound):
            await asked
    await run.fail(session, gone, Sentence("import_slow"))


async def test_a_check_that_comes_late_and_a_failure_after_the_end_change_nothing(
    session: AsyncSession, tmp_path: Path
) -> None:
    record = await ready(session, "Phone\n+34611000101\n", tmp_path)
    started = await run.start(session, record.id)
    assert await run.check(session, record.id, data_dir=tmp_path) == started.counts
    done = await run.run(session, record.id, data_dir=tmp_path)
    await run.fail(session, record.id, Sentence("import_slow"))
    kept = await preview.get(session, record.id)
    assert (kept.status, kept.counts, kept.error) == (ImportStatus.COMPLETED, done, None)
