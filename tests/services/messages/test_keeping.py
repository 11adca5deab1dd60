"""Files are fetched when they arrive, stored in the data folder, and shown after WhatsApp has deleted them."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api.state import AppState
from domain.media import FETCH_LEASE, MediaState, next_try
from domain.permissions import Role
from services import maintenance
from services.messages import media as media_files
from services.messages.keeping import Keeper
from services.messages.shelf import Shelf, Unfinished
from services.receiving.intake import Intake
from services.receiving.process import process
from store import media
from tests import factories
from tests.conftest import LoginAs
from tests.services.test_receiving import body, message
from tests.simulated import NOWHERE, served, upload
from whatsapp.client import Account, CloudApi

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 2000


@asynccontextmanager
async def sent(state: AppState, *kinds: str) -> AsyncIterator[tuple[Keeper, CloudApi, list[str]]]:
    """Customers sent files of these kinds; the drain has taken them, nobody has fetched them yet."""
    async with served() as (_, url), CloudApi() as api:
        async with state.sessions.begin() as session:
            channel_id = await factories.channel(session, state.vault, api_url=url)
        account = Account(url, "v23.0", "EAA-simulator-token", factories.PHONE_NUMBER_ID, "1")
        ids = [await upload(api, account, "a.png", "image/png", PNG) for _ in kinds]
        items: list[dict[str, Any]] = [
            message(number) | {"type": kind, kind: {"id": media_id, "mime_type": "image/png"}}
            for number, (kind, media_id) in enumerate(zip(kinds, ids, strict=True))
        ]
        await Intake(state.sessions).keep(body(*items), [channel_id])
        async with state.sessions.begin() as session:
            await process(session)
        yield Keeper(state.sessions, state.vault, api, Shelf(state.data_dir)), api, ids


async def files(state: AppState) -> list[tuple[UUID, str, int]]:
    async with state.sessions() as session:
        rows = await session.execute(
            text("SELECT message_id, state, tries FROM media_files ORDER BY message_id")
        )
        return [(row.message_id, row.state, row.tries) for row in rows]


@pytest.mark.fault("A9")
async def test_a_picture_is_there_when_whatsapp_has_it_no_more(
    state: AppState, login_as: LoginAs
) -> None:
    async with sent(state, "image", "sticker") as (keeper, _, _):
        assert [found[1] for found in await files(state)] == [MediaState.WAITING] * 2
        assert await keeper.keep_due() == 2
        assert await keeper.keep_due() == 0
    kept = await files(state)
    assert [found[1] for found in kept] == [MediaState.KEPT] * 2
    # The simulator is gone: nobody can be asked any more.
    response = await (await login_as(Role.AGENT)).get(f"/api/media/{kept[0][0]}")
    assert response.content == PNG
    assert response.headers["content-type"] == "image/png"
    assert "sandbox" in response.headers["content-security-policy"]
    part = await (await login_as(Role.AGENT)).get(
        f"/api/media/{kept[0][0]}", headers={"Range": "bytes=0-7"}
    )
    assert (part.status_code, part.content) == (206, PNG[:8])


@pytest.mark.fault("A9")
async def test_the_same_file_lies_once_and_nobody_else_can_read_it(state: AppState) -> None:
    async with sent(state, "image", "image") as (keeper, _, _):
        await keeper.keep_due()
    lying = [path for path in (state.data_dir / "media").rglob("*") if path.is_file()]
    assert len(lying) == 1
    assert lying[0].stat().st_mode & 0o077 == 0
    assert lying[0].parent.stat().st_mode & 0o077 == 0


@pytest.mark.fault("A9")
async def test_a_file_that_cannot_be_had_now_is_tried_again_for_a_week(state: AppState) -> None:
    async with sent(state, "image") as (_, _, _), CloudApi(NOWHERE) as away:
        keeper = Keeper(state.sessions, state.vault, away, Shelf(state.data_dir))
        assert await keeper.keep_due() == 1
        assert await keeper.keep_due() == 0
        ((message_id, found, tries),) = await files(state)
        assert (found, tries) == (MediaState.WAITING, 1)
        async with state.sessions.begin() as session:
            await session.execute(
                text(
                    "UPDATE media_files SET next_try_at = now(), created_at = now() - interval '8 days'"
                )
            )
        assert await keeper.keep_due() == 1
        assert await files(state) == [(message_id, MediaState.GONE, 2)]


@pytest.mark.fault("A9")
async def test_a_file_that_is_too_large_is_asked_for_once(
    state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_files, "fetch", partial(media_files.fetch, max_bytes=100))
    async with sent(state, "image") as (keeper, _, _):
        assert await keeper.keep_due() == 1
        ((_, found, tries),) = await files(state)
    assert (found, tries) == (MediaState.GONE, 1)
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT error FROM media_files")) == "media_too_large"


@pytest.mark.fault("A9")
async def test_a_fetch_that_a_crash_interrupts_is_somebody_elses_after_a_while(
    state: AppState,
) -> None:
    async with sent(state, "image") as (keeper, _, _):
        async with state.sessions.begin() as session:
            assert len(await media.claim(session, 4, FETCH_LEASE)) == 1
        assert await keeper.keep_due() == 0
        async with state.sessions.begin() as session:
            await session.execute(text("UPDATE media_files SET next_try_at = now()"))
        assert await keeper.keep_due() == 1
    assert [found[1] for found in await files(state)] == [MediaState.KEPT]


@pytest.mark.fault("A9")
async def test_two_keepers_fetch_a_file_once(state: AppState) -> None:
    async with sent(state, *["image"] * 4) as (keeper, _, _):
        assert sum(await asyncio.gather(*(keeper.keep_due() for _ in range(4)))) == 4


@pytest.mark.fault("A9")
async def test_a_full_disk_loses_no_file(state: AppState, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    async with sent(state, "image") as (keeper, _, _):
        with monkeypatch.context() as patched:
            patched.setattr(Unfinished, "write", full)
            await keeper.keep_due()
        assert [found[1] for found in await files(state)] == [MediaState.WAITING]
        async with state.sessions.begin() as session:
            await session.execute(text("UPDATE media_files SET next_try_at = now()"))
        await keeper.keep_due()
    assert [found[1] for found in await files(state)] == [MediaState.KEPT]


async def test_files_end_with_their_time_and_orphans_are_swept(state: AppState) -> None:
    async with sent(state, "image") as (keeper, _, _):
        await keeper.keep_due()
    shelf, now = Shelf(state.data_dir), datetime.now(UTC)
    (kept,) = (path for path in (state.data_dir / "media").rglob("*") if path.is_file())
    orphan = shelf.path(shelf.put(b"nobody has this"))
    young = shelf.path(shelf.put(b"somebody will have this"))
    long_ago = (now - timedelta(days=2)).timestamp()
    for path in (kept, orphan):
        os.utime(path, (long_ago, long_ago))
    await swept(state, shelf, now)
    assert (kept.exists(), orphan.exists(), young.exists()) == (True, False, True)
    async with state.sessions.begin() as session:
        assert not await maintenance.purge_media(session, now + timedelta(days=731), 730)
    assert await files(state) == []
    await swept(state, shelf, now)
    assert not kept.exists()


async def swept(state: AppState, shelf: Shelf, now: datetime) -> None:
    parts = [part for hour in range(24) for part in maintenance.parts_of_hour(hour)]
    assert sorted(parts) == list(range(256))
    async with state.sessions() as session:
        for part in parts:
            await maintenance.sweep_shelf(session, shelf, part, now)


def test_tries_get_rarer() -> None:
    waits = [next_try(tries) for tries in range(1, 60)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)


def test_an_unfinished_file_is_never_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="No space"):
        Shelf(tmp_path).put(b"half")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
