"""A campaign's file that waits for a worker: one that is gone, is being read, or is replaced meanwhile."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.campaigns import Audience, CampaignStatus, CampaignType, Variable
from domain.entries import PendingFile
from domain.ids import new_id
from domain.live import Event
from services.campaigns import report
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.files import intake, loading
from services.campaigns.files.intake import Reading, Upload
from services.campaigns.launching import launch
from services.campaigns.views import CampaignView
from services.vault import Vault, new_key
from store import live
from tests import factories
from tests.store.races import Sessions


def silent(_done: int, _total: int) -> None:
    """Reports no progress."""


async def submitted(session: AsyncSession, campaign: UUID, text: str, folder: Path) -> PendingFile:
    given = Upload("people.csv", io.BytesIO(text.encode()), folder, 1_000_000)
    return await intake.submit(session, campaign, SYSTEM, given, Reading())


async def drafted(sessions: Sessions, folder: Path) -> tuple[UUID, PendingFile]:
    async with sessions.begin() as session:
        made = await write.create(session, SYSTEM, "File", CampaignType.CSV)
        return made.id, await submitted(session, made.id, "Phone\n+34611000101\n", folder)


async def looked_at(sessions: Sessions, campaign: UUID) -> CampaignView:
    async with sessions() as session:
        return await report.one(session, campaign)


async def test_a_file_that_is_gone_says_so_on_its_draft(sessions: Sessions, tmp_path: Path) -> None:
    campaign, waiting = await drafted(sessions, tmp_path)
    (tmp_path / waiting.path).unlink()
    await loading.read_pending(sessions, campaign, data_dir=tmp_path, beat=silent)
    view = await looked_at(sessions, campaign)
    assert (view.pending, view.file) == (None, None)
    async with sessions.begin() as session:
        await submitted(session, campaign, "Phone\n+34611000102\n", tmp_path)
    await loading.read_pending(sessions, campaign, data_dir=tmp_path, beat=silent)
    view = await looked_at(sessions, campaign)
    assert view.file is not None
    assert view.file.usable == 1


async def test_a_file_that_another_worker_reads_is_left_to_it(
    sessions: Sessions, tmp_path: Path
) -> None:
    campaign, waiting = await drafted(sessions, tmp_path)
    async with sessions.begin() as other:
        await loading.hold(other, campaign)
        with pytest.raises(TimeoutError, match="busy"):
            await loading.read_pending(sessions, campaign, data_dir=tmp_path, beat=silent)
    assert (tmp_path / waiting.path).is_file()
    assert (await looked_at(sessions, campaign)).pending == waiting


@pytest.mark.parametrize("readable", [True, False])
async def test_of_two_files_the_later_counts_whatever_the_first_was(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readable: bool
) -> None:
    campaign, first = await drafted(sessions, tmp_path)
    if not readable:
        (tmp_path / first.path).unlink()
    reading = loading._read

    async def replaced(*given: Any) -> None:
        monkeypatch.setattr(loading, "_read", reading)
        async with sessions.begin() as session:
            later = "Phone\n+34611000103\n+34611000104\n"
            await submitted(session, campaign, later, tmp_path)
        await reading(*given)

    monkeypatch.setattr(loading, "_read", replaced)
    await loading.read_pending(sessions, campaign, data_dir=tmp_path, beat=silent)
    view = await looked_at(sessions, campaign)
    assert view.file is not None
    assert (view.pending, view.file.usable) == (None, 2)


async def test_nothing_waits_for_a_campaign_that_is_gone(
    sessions: Sessions, tmp_path: Path
) -> None:
    await loading.read_pending(sessions, new_id(), data_dir=tmp_path, beat=silent)


async def test_a_long_file_is_read_anew_by_a_worker_when_another_column_is_chosen(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "Home,Mobile\n+34911000101,+34611000101\n12,+34611000102\n"
    async with sessions.begin() as session:
        made = await write.create(session, SYSTEM, "File", CampaignType.CSV)
        await submitted(session, made.id, content, tmp_path)
    await loading.read_pending(sessions, made.id, data_dir=tmp_path, beat=silent)
    monkeypatch.setattr(intake, "AT_ONCE", 1)
    for column, usable in (("Home", 1), ("Mobile", 2)):
        async with sessions.begin() as session:
            waiting = await intake.choose(session, made.id, SYSTEM, column, "")
        assert isinstance(waiting, PendingFile)
        assert (await looked_at(sessions, made.id)).pending == waiting
        await loading.read_pending(sessions, made.id, data_dir=tmp_path, beat=silent)
        view = await looked_at(sessions, made.id)
        assert view.pending is None
        assert view.file is not None
        assert (view.file.phone_column, view.file.usable) == (column, usable)


async def test_how_far_it_is_read_is_told_and_kept_while_it_is_read(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CHUNK", 1000)
    monkeypatch.setattr(loading, "TELL_EVERY_S", -1.0)
    content = "Phone\n" + "".join(f"+34611{number}\n" for number in range(100_000, 102_500))
    async with sessions.begin() as session:
        made = await write.create(session, SYSTEM, "File", CampaignType.CSV)
        waiting = await submitted(session, made.id, content, tmp_path)
    told: list[tuple[int, int]] = []
    tick = live.tick

    async def look(session: AsyncSession, room: str, event: Event, **ids: int) -> None:
        await tick(session, room, event, **ids)
        async with sessions() as looking:  # the tick before this one is committed
            stored = await looking.scalar(text("SELECT source -> 'pending' FROM campaigns"))
            assert [stored.get("done", 0), ids["total"]] == [
                told[-2][0] if told[1:] else 0,
                told[-1][1],
            ]

    monkeypatch.setattr(live, "tick", look)

    def beat(done: int, total: int) -> None:
        told.append((done, total))

    await loading.read_pending(sessions, made.id, data_dir=tmp_path, beat=beat)
    done = [at for at, _ in told]
    assert done == sorted(set(done)), "it only moves on"
    assert len(done) == 3
    assert {total for _, total in told} == {done[-1]} == {waiting.size} == {len(content)}


async def test_a_file_that_is_still_read_when_its_campaign_is_launched_for_others_changes_nothing(
    sessions: Sessions, tmp_path: Path
) -> None:
    """Its person chose groups instead and launched: what the file holds is nobody's audience."""
    campaign, waiting = await drafted(sessions, tmp_path)
    async with sessions.begin() as session:
        change = DraftChange(
            type=CampaignType.CONTACTS,
            channel_id=await factories.channel(session, Vault([new_key()])),
            template_id=await factories.template(session),
            audience=Audience(group_ids=[await factories.people(session, 2)]),
            variables={"body.1": Variable("name", "friend")},
        )
        await write.change(session, campaign, SYSTEM, change, None)
        await launch.launch(session, campaign, SYSTEM, datetime.now(UTC))
    before = await looked_at(sessions, campaign)
    await loading.read_pending(sessions, campaign, data_dir=tmp_path, beat=silent)
    after = await looked_at(sessions, campaign)
    assert (after.type, after.status) == (CampaignType.CONTACTS, CampaignStatus.SCHEDULED)
    assert (after.revision, after.audience, after.pending) == (
        before.revision,
        before.audience,
        None,
    )
    assert not (tmp_path / waiting.path).exists()
    async with sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM campaign_entries")) == 0
