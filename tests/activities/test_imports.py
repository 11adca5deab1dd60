"""Import activities: they heartbeat while they work, and report what a retry cannot fix."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import imports
from activities.dependencies import Dependencies
from activities.imports import CheckImport, Imports, RunImport
from domain.contacts import ContactFilter, ImportStatus, Selection
from domain.imports import Import
from services.contacts import search
from services.imports import execute, preview, upload
from tests.eventually import eventually

Sessions = async_sessionmaker[AsyncSession]
FILE = b"Name,Phone\n" + b"".join(b"P%d,+5511987%06d\n" % (n, n) for n in range(300))


async def _handed_in(needs: Dependencies) -> Import:
    async with needs.sessions.begin() as session:
        record = await upload.upload(
            session, user_id=None, file_name="a.csv", source=io.BytesIO(FILE),
            data_dir=needs.data_dir, max_bytes=1024 * 1024,
        )  # fmt: skip
        options = replace(record.options, default_region="BR")
        return await preview.set_mapping(session, record, options, record.mapping)


async def test_a_file_is_counted_and_then_written(needs: Dependencies, sessions: Sessions) -> None:
    record, acting = await _handed_in(needs), Imports(needs)
    await ActivityEnvironment().run(acting.check, CheckImport(record.id))
    async with sessions() as session:
        counted = await preview.get(session, record.id)
        assert await search.count(session, Selection(filter=ContactFilter())) == 0
    assert (counted.status, counted.counts.new) == (ImportStatus.PREVIEWED, 300)
    await ActivityEnvironment().run(acting.run, RunImport(record.id))
    async with sessions() as session:
        assert await search.count(session, Selection(filter=ContactFilter())) == 300


async def test_a_slow_file_keeps_telling_that_it_is_read(
    needs: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a heartbeat a worker counts as dead, and a second one would start the file over."""
    go_on, told = asyncio.Event(), list[tuple[int, int]]()

    async def slow(*_: Any, beat: Any, **_more: Any) -> None:
        beat(120, 300)
        await go_on.wait()

    monkeypatch.setattr(imports, "BEAT_S", 0.01)
    monkeypatch.setattr(execute, "execute", slow)
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *seen: told.append((seen[0], seen[1]))
    record = await _handed_in(needs)
    running = asyncio.ensure_future(environment.run(Imports(needs).run, RunImport(record.id)))
    await eventually(lambda: told.count((120, 300)) >= 3, "the sign of life is repeated")
    go_on.set()
    await asyncio.wait_for(running, 20)
    signs = len(told)
    await asyncio.sleep(0)
    assert len(told) == signs


async def test_a_file_that_is_gone_is_not_tried_again(needs: Dependencies) -> None:
    record = await _handed_in(needs)
    (needs.data_dir / record.file_path).unlink()
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(Imports(needs).run, RunImport(record.id))
    assert refused.value.non_retryable
    assert refused.value.message == refused.value.type  # a code, without any of the file's contents
