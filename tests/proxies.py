"""Stand-ins in front of external servers: TLS termination, and round-robin proxies."""

import asyncio
import contextlib
import itertools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

BYTES = 64 * 1024
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""With it a client of PostgreSQL asks for TLS; the answer is one letter."""


def server_context(certificate: Path, *, client: Path | None = None) -> ssl.SSLContext:
    """TLS as a server; with ``client``, only for clients with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2"])
    if client is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client)
    return context


@asynccontextmanager
async def turns(ports: Sequence[int], context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port that forwards connections to these in turn, terminating TLS if given."""
    order = itertools.cycle(ports)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _pass_on(reader, writer, next(order))

    async with _listening(serve, context) as port:
        yield port


@asynccontextmanager
async def postgres_with_tls(port: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """A PostgreSQL that requires TLS, in front of one without it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if await reader.readexactly(len(SSL_REQUEST)) == SSL_REQUEST:
                writer.write(b"S")
                await writer.start_tls(context)
                await _pass_on(reader, writer, port)
        writer.close()

    async with _listening(serve, None) as listening:
        yield listening


@dataclass(slots=True)
class Silence:
    """A server that can be made to accept data silently, like a stopped one."""

    port: int
    speaks: asyncio.Event


@asynccontextmanager
async def silenced(port: int) -> AsyncIterator[Silence]:
    """It answers until ``speaks`` is cleared."""
    speaks = asyncio.Event()
    speaks.set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _pass_on(reader, writer, port, speaks)

    async with _listening(serve, None) as listening:
        yield Silence(listening, speaks)


@asynccontextmanager
async def _listening(serve: Serve, context: ssl.SSLContext | None) -> AsyncIterator[int]:
    open_ones: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        try:
            await serve(reader, writer)
        except asyncio.CancelledError:
            writer.close()
        finally:
            open_ones.discard(task)

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(open_ones):
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    port: int,
    speaks: asyncio.Event | None = None,
) -> None:
    try:
        there, to_there = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    pumps = [
        asyncio.create_task(_pump(reader, to_there)),
        asyncio.create_task(_pump(there, writer, speaks)),
    ]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        to_there.close()
        writer.close()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, speaks: asyncio.Event | None = None
) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(BYTES):
            if speaks is not None:
                await speaks.wait()
            writer.write(data)
            await writer.drain()
