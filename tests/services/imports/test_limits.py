"""What a file may cost, and who waits for it (issue 7, B5, C2, C3)."""

import asyncio
import io
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.wording import say
from domain.actors import SYSTEM
from domain.campaigns import CampaignType
from domain.contacts import ContactFilter, FieldType, ImportStatus
from domain.entries import PendingFile
from domain.errors import Invalid
from domain.imports import KEPT_ERRORS, Import
from domain.sentences import unpacked
from services.campaigns import report as campaigns
from services.campaigns.drafts import write
from services.campaigns.files import intake, loading
from services.campaigns.files.intake import Reading, Upload
from services.contacts import fields, search
from services.imports import execute, preview, report, run, stage, upkeep, upload
from services.imports.reading import CELL_LIMIT, parse_lines
from store.engine import create_engine, create_sessions
from store.imports import records
from tests.words import words_of


def silent(_done: int, _total: int) -> None:
    """Reports no progress."""


async def sent(session: AsyncSession, data: bytes | str, folder: Path) -> Import:
    raw = data.encode() if isinstance(data, str) else data
    return await upload.upload(
        session,
        user_id=None,
        file_name="people.csv",
        source=io.BytesIO(raw),
        data_dir=folder,
        max_bytes=20_000_000,
    )


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    engine = create_engine(database_url)
    yield create_sessions(engine)
    await engine.dispose()


@pytest.mark.fault("B5")
async def test_values_stay_what_the_file_says(session: AsyncSession, tmp_path: Path) -> None:
    await fields.create(session, SYSTEM, label="Seen", kind=FieldType.DATETIME)
    await fields.create(session, SYSTEM, label="Born", kind=FieldType.DATE)
    await fields.create(session, SYSTEM, label="Total", kind=FieldType.NUMBER)
    content = (
        "Phone,Order,Total,Seen,Born,Id\n"
        '+34611000101,00042,"1.234,50",2026-05-01 14:30,1990-05-01,900719925474099312\n'
        "+34611000102,7,12.50,2026-05-01T14:30:00+02:00,1990-05-01 00:00,12\n"
    )
    record = await sent(session, content, tmp_path)
    mapping = ["phone", "new:text", "field:total", "field:seen", "field:born", "new:number"]
    record = await preview.set_mapping(session, record, record.options, mapping)
    await run.run(session, record.id, data_dir=tmp_path)
    found = {c.phone: c.fields for c in (await search.page(session, ContactFilter())).items}
    assert found["+34611000101"] == {
        "order": "00042", "total": "1234.50", "seen": "2026-05-01T14:30", "born": "1990-05-01",
        "id_field": "900719925474099312",
    }  # fmt: skip
    assert found["+34611000102"]["total"] == "12.50"
    assert found["+34611000102"]["seen"] == "2026-05-01T14:30+02:00"
    assert found["+34611000102"]["born"] == "1990-05-01"


@pytest.mark.fault("B5")
async def test_one_bad_cell_costs_the_value_and_not_the_person(
    session: AsyncSession, tmp_path: Path
) -> None:
    await fields.create(session, SYSTEM, label="Born", kind=FieldType.DATE)
    content = (
        "Phone,Born,Language\n+34611000101,2026-05-01 14:30,es\n+34611000102,31/31/2020,español\n"
        "+34611000103,1990-05-01,de\n12,soon,de\n"
    )
    record = await sent(session, content, tmp_path)
    assert record.mapping == ["phone", "field:born", "language"]
    counts = await run.check(session, record.id, data_dir=tmp_path)
    assert (counts.rows, counts.new, counts.invalid, counts.partial) == (4, 3, 1, 2)
    done = await run.run(session, record.id, data_dir=tmp_path)
    assert (done.new, done.partial) == (3, 2)
    found = {c.phone: c.fields for c in (await search.page(session, ContactFilter())).items}
    assert found == {"+34611000101": {}, "+34611000102": {}, "+34611000103": {"born": "1990-05-01"}}
    assert sum(r[2] for r in done.reasons if (r[0], r[3]) == ("field_date", True)) == 2
    lines = "".join([line async for line in report.errors_csv(session, record, say)])
    assert "Imported without this value: Born: write a date" in lines


@pytest.mark.fault("B5")
async def test_a_row_that_is_left_out_is_not_called_imported_without_a_value(
    session: AsyncSession, tmp_path: Path
) -> None:
    await fields.create(session, SYSTEM, label="Born", kind=FieldType.DATE)
    content = (
        "Phone,Born\n0532 100 0300,1990-05-01\n0532 100 0301,31/31/2020\n"
        "5321000311,31/31/2020\n"  # unclear: a number of Türkiye or of Cuba
        "0532 100 0300,soon\n0532 100 0301,31/31/2020\n"  # double
    )
    record = await sent(session, content, tmp_path)
    options = replace(record.options, default_region="TR")
    record = await preview.set_mapping(session, record, options, ["phone", "field:born"])
    for work in (run.check, run.run):
        done = await work(session, record.id, data_dir=tmp_path)
        assert (done.new, done.unclear, done.duplicate, done.partial) == (2, 1, 2, 1)
        assert [r[2] for r in done.reasons if r[3]] == [1]
        text = "".join([line async for line in report.errors_csv(session, record, say)])
        told = [line for line in text.splitlines() if "Imported without this value" in line]
        assert [line.split(",")[0] for line in told] == ["0532 100 0301"]
        assert len(text.splitlines()) == 1 + 4


@pytest.mark.fault("B4")
async def test_letters_without_a_meaning_are_the_row_s_own(
    session: AsyncSession, tmp_path: Path
) -> None:
    rows = "".join(f"Şükrü,+3461100{i:04},x\n" for i in range(30)).encode()
    data = b"Name,Phone,City\n" + rows + b"Jos\xe9,+34611009998,x\nAna,+34611009999,M\xe1laga\n"
    record = await sent(session, data, tmp_path)
    record = await preview.set_mapping(
        session, record, record.options, ["name", "phone", "new:text"]
    )
    done = await run.run(session, record.id, data_dir=tmp_path)
    assert (done.new, done.invalid, done.partial) == (31, 1, 1)
    assert [(r[0], r[3]) for r in done.reasons] == [("undecodable", False), ("undecodable", True)]


@pytest.mark.fault("C3")
async def test_the_first_thousand_errors_are_kept_and_all_are_counted(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = "Name,Phone\n" + '"open,1\n' * 1500 + "A,12\n" * 700 + "B,+34611000101\n" * 300
    record = await sent(session, content, tmp_path)
    await preview.set_mapping(session, record, record.options, ["name", "phone"])
    counts = await run.check(session, record.id, data_dir=tmp_path)
    assert (counts.rows, counts.invalid, counts.duplicate, counts.new) == (2500, 2200, 299, 1)
    kept = await session.scalar(text("SELECT count(DISTINCT line) FROM import_errors"))
    assert kept == KEPT_ERRORS
    reasons = {code: number for code, _, number in await report.reasons(session, record.id)}
    assert (reasons["unclosed_quote"], reasons["duplicate"]) == (1500, 299)
    assert sum(reasons.values()) == 2499


@pytest.mark.fault("C3")
def test_a_file_of_open_quotes_is_read_line_by_line_and_soon() -> None:
    began = time.monotonic()
    lines = ['a,"b\n', *(f'c{i},"d\n' for i in range(30_000))]
    found = list(parse_lines(lines, ",", 2))
    assert len(found) == 30_001
    assert {record.problem for record in found} == {"unclosed_quote"}
    assert time.monotonic() - began < 5


@pytest.mark.fault("C3")
async def test_cells_rows_and_lines_have_limits(
    session: AsyncSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long, endless = "x" * (CELL_LIMIT + 1), "y" * 3_000_000
    content = f"Name,Phone\n{long},+34611000101\n{endless},+34611000102\nAna,+34611000103\n"
    record = await sent(session, content, tmp_path)
    counts = await run.check(session, record.id, data_dir=tmp_path)
    assert (counts.new, counts.invalid) == (1, 2)
    assert {r[0] for r in counts.reasons} == {"cell_too_long", "row_too_long"}
    monkeypatch.setattr(stage, "FILE_ROW_LIMIT", 2)
    with pytest.raises(Invalid) as refused:
        await run.check(session, record.id, data_dir=tmp_path)
    assert refused.value.code == "import_rows"


@pytest.mark.fault("C2")
async def test_a_second_start_of_a_running_import_answers_at_once(
    sessions: async_sessionmaker[AsyncSession], tmp_path: Path
) -> None:
    async with sessions.begin() as session:
        content = "Phone\n+34611000101\n12\n"
        record = await sent(session, content, tmp_path)
        await run.start(session, record.id)
    async with sessions() as working:
        # The worker's transaction: its row errors hold the import's key.
        await run.run(working, record.id, data_dir=tmp_path)
        async with sessions.begin() as session:
            await session.execute(text("SET LOCAL lock_timeout = '2s'"))
            async with asyncio.timeout(2):
                again = await run.start(session, record.id)
        await working.rollback()
    assert again.status is ImportStatus.RUNNING


@pytest.mark.fault("C2")
async def test_columns_may_change_while_a_worker_checks(
    sessions: async_sessionmaker[AsyncSession], tmp_path: Path
) -> None:
    async with sessions.begin() as session:
        record = await sent(session, "Name,Phone,Mobile\nA,+34611000101,+34611000102\n", tmp_path)
        await run.request_check(session, record.id)
    changed = ["name", "", "phone"]
    async with sessions() as working:
        await run.check(working, record.id, data_dir=tmp_path)
        await working.rollback()  # so far the worker of before, whose outcome comes too late
    async with sessions() as late:
        seen = await preview.get(late, record.id)
        async with sessions.begin() as session:
            await preview.set_mapping(session, record, record.options, changed)
            assert (await run.request_check(session, record.id)).status is ImportStatus.CHECKING
        await records.set_checked(late, seen, replace(seen.counts, rows=99))
        await late.commit()
    await execute.check(sessions, record.id, data_dir=tmp_path, beat=silent)
    async with sessions() as session:
        found = await preview.get(session, record.id)
    assert (found.status, found.mapping, found.counts.rows) == (ImportStatus.PREVIEWED, changed, 1)


@pytest.mark.fault("C2")
async def test_a_draft_can_be_saved_while_its_file_is_read(
    sessions: async_sessionmaker[AsyncSession], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sessions.begin() as session:
        made = await write.create(session, SYSTEM, "File", CampaignType.CSV)
        waiting = await _submit(session, made.id, "Phone\n+34611000101\n12\n", tmp_path)
    assert waiting.source.phone_column == "Phone"
    finish = loading.finish

    async def slow(working: AsyncSession, *given: object) -> object:
        counted = await finish(working, *given)  # type: ignore[arg-type]
        await working.rollback()  # a worker that dies here leaves nothing
        raise TimeoutError(counted.rows)

    monkeypatch.setattr(loading, "finish", slow)
    with pytest.raises(TimeoutError):
        await loading.read_pending(sessions, made.id, data_dir=tmp_path, beat=silent)
    monkeypatch.setattr(loading, "finish", finish)
    async with sessions.begin() as session:
        other = await _submit(session, made.id, "Phone\n+34611000103\n+34611000104\n", tmp_path)
    assert other.id != waiting.id
    await loading.read_pending(sessions, made.id, data_dir=tmp_path, beat=silent)
    async with sessions() as session:
        view = await campaigns.one(session, made.id)
    assert view.pending is None
    assert view.file is not None
    assert (view.file.rows, view.file.usable) == (2, 2)


async def _submit(
    session: AsyncSession, campaign_id: UUID, content: str, folder: Path
) -> PendingFile:
    given = Upload("people.csv", io.BytesIO(content.encode()), folder, 1_000_000)
    return await intake.submit(session, campaign_id, SYSTEM, given, Reading())


@pytest.mark.fault("C3")
async def test_abandoned_files_and_old_rows_go(session: AsyncSession, tmp_path: Path) -> None:
    old = await sent(session, "Phone\n12\n", tmp_path)
    await preview.set_mapping(session, old, old.options, ["phone"])
    await run.check(session, old.id, data_dir=tmp_path)
    fresh = await sent(session, "Phone\n+34611000101\n", tmp_path)
    await session.execute(
        text("UPDATE imports SET created_at = now() - interval '15 days' WHERE id = :id"),
        {"id": old.id},
    )
    stray, young = tmp_path / "campaigns" / "left.csv", tmp_path / "imports" / "busy.part"
    for path in (stray, young):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    long_ago = time.time() - 90_000
    for path in (stray, tmp_path / fresh.file_path):
        os.utime(path, (long_ago, long_ago))
    now = datetime.now(UTC)
    assert not await upkeep.remove_abandoned(session, now, tmp_path)
    assert not await upkeep.purge_rows(session, now)
    assert await upkeep.remove_strays(session, now, tmp_path) == 1
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == sorted(
        [Path(fresh.file_path).name, "busy.part"]
    )
    gone = await preview.get(session, old.id)
    assert (gone.status, "Upload it again" in words_of(unpacked(gone.error or ""))) == (
        ImportStatus.FAILED,
        True,
    )
    assert await session.scalar(text("SELECT count(*) FROM import_errors")) == 0
    assert now - timedelta(days=1) < datetime.now(UTC)
