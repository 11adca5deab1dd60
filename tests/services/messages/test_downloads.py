"""Files are stored in chunks: slow ones finish; silent, endless and broken ones leave nothing."""

import asyncio
import hashlib
import json
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from api.state import AppState
from domain.errors import Conflict, Invalid, NotFound
from services.messages import media
from services.messages.keeping import Keeper, expect
from services.messages.media import Fetched, MediaPlace
from services.messages.shelf import Shelf
from tests import factories, threads
from tests.eventually import eventually
from tests.threads import Thread
from whatsapp import client, downloads
from whatsapp.client import Account, CloudApi

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

MEGABYTE = b"x" * 1024 * 1024


@asynccontextmanager
async def offering(answer: Answer, size: object = 0) -> AsyncIterator[str]:
    """A server that describes every media id and answers each file request as instructed."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = (await reader.readuntil(b"\r\n\r\n")).split()[1]
            if asked.startswith(b"/file"):
                await answer(reader, writer)
            else:
                url = f"{address}/file{asked.decode().rpartition('/')[2]}"
                told = {"url": url, "mime_type": "video/mp4", "file_size": size}
                body = json.dumps(told).encode()
                writer.write(head(len(body)) + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield address
    finally:
        server.close()
        await server.wait_closed()


def head(length: int | None) -> bytes:
    """The head of an answer; None for one that ends with its connection."""
    said = "" if length is None else f"Content-Length: {length}\r\n"
    return f"HTTP/1.1 200 OK\r\nConnection: close\r\n{said}\r\n".encode()


async def fetched(url: str, shelf: Shelf, most: int = media.MAX_BYTES) -> Fetched:
    async with CloudApi() as api:
        place = MediaPlace(Account(url, "v23.0", "token", "1", "2"), "77", "film")
        return await media.fetch(api, place, shelf, max_bytes=most)


def lying(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.fault("A9")
async def test_a_slow_file_comes_to_its_end_whatever_a_call_may_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "CALL_TIMEOUT", timedelta(seconds=0.4))

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head(20 * 1000))
        for _number in range(20):
            writer.write(b"y" * 1000)
            await writer.drain()
            await asyncio.sleep(0.05)

    async with offering(trickle, 20_000) as url:
        got = await fetched(url, Shelf(tmp_path))
    assert got.name == hashlib.sha256(b"y" * 20_000).hexdigest()
    assert [path.stat().st_size for path in lying(tmp_path)] == [20_000]


@pytest.mark.fault("A9")
async def test_a_large_file_is_never_in_memory(tmp_path: Path) -> None:
    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head(100 * len(MEGABYTE)))
        for _number in range(100):
            writer.write(MEGABYTE)
            await writer.drain()

    tracemalloc.start()
    try:
        async with offering(pour) as url:
            got = await fetched(url, Shelf(tmp_path))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert got.size == 100 * len(MEGABYTE)
    assert most < 20 * len(MEGABYTE)


async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(1000) + b"half")
    await writer.drain()
    await reader.read()


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def broken(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(1000) + b"half")


async def short(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(None) + b"half")


async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(None))
    while True:
        writer.write(MEGABYTE)
        await writer.drain()


async def announced(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(10**12) + MEGABYTE)
    await reader.read()  # until the other side leaves


async def elsewhere(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    )


@pytest.mark.fault("A9")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (stall, Conflict), (silent, Conflict), (broken, Conflict), (short, Conflict),
        (endless, Invalid), (announced, Invalid), (elsewhere, NotFound),
    ],
)  # fmt: skip
async def test_what_does_not_come_to_its_end_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, error: type[Exception]
) -> None:
    monkeypatch.setattr(downloads, "IDLE_S", 0.3)
    async with offering(answer, 1000) as url, asyncio.timeout(4):
        with pytest.raises(error):
            await fetched(url, Shelf(tmp_path), most=3 * len(MEGABYTE))
    assert lying(tmp_path) == []


async def arrives(state: AppState, thread: Thread) -> None:
    payload = {"type": "video", "video": {"id": "77", "mime_type": "video/mp4"}}
    async with state.sessions.begin() as session:
        found = await threads.message(session, thread, kind="video", payload=payload)
        await expect(session, [(found, "video", payload)])


async def kept(state: AppState) -> int:
    async with state.sessions() as session:
        query = text("SELECT count(*) FROM media_files WHERE state = 'kept'")
        return await session.scalar(query) or 0


@pytest.mark.fault("A9")
async def test_a_slow_file_holds_up_nobody(state: AppState) -> None:
    """One file waits for as long as the others, which came later, are not all kept."""
    go_on, first = asyncio.Event(), True

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal first
        slow, first = first, False
        if slow:
            writer.write(head(4) + b"ha")
            await writer.drain()
            await go_on.wait()
            writer.write(b"lf")
        else:
            writer.write(head(4) + b"fast")

    async with offering(serve, 4) as url, CloudApi() as api:
        async with state.sessions.begin() as session:
            channel = await factories.channel(session, state.vault, api_url=url)
            thread = await threads.thread(session, channel)
        keeper = Keeper(state.sessions, state.vault, api, Shelf(state.data_dir))
        await arrives(state, thread)
        keeping = asyncio.create_task(keeper.keep_due())
        await eventually(lambda: not first, "the slow download has begun")
        for _ in range(12):
            await arrives(state, thread)

        async def twelve() -> bool:
            return await kept(state) == 12

        await eventually(twelve, "the other downloads are kept")
        assert not keeping.done()
        go_on.set()
        assert await asyncio.wait_for(keeping, 20) == 13
    assert await kept(state) == 13
