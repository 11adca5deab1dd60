"""What the caller learns when a connection fails: certainly not sent, or maybe sent."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from cli.chaos import certificates
from domain.error_codes import ErrorKind, classify
from whatsapp import client as module
from whatsapp.client import Account, CallNotMade, CallUnanswered, CloudApi, CloudApiError
from whatsapp.shapes import TEXT_LIMIT

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[Account]:
    """Answers every connection with `handler`; on leaving, every connection of it has ended."""
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(connected(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield Account(f"http://127.0.0.1:{port}", "v23.0", "token", "1", "2")
    async with asyncio.timeout(5):
        await asyncio.gather(*connections)


def answering(status: str, body: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    return handle


async def hang_up_after_reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    writer.transport.abort()


async def hang_up_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.05)
    writer.transport.abort()


async def half_an_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()


async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize(
    "handler",
    [
        hang_up_after_reading,
        hang_up_at_once,
        half_an_answer,
        say_nothing,
        answering("500 Oops", b"<html>"),
        answering("502 Bad Gateway", b"{}"),
        answering("200 OK", b"{}"),
        answering("200 OK", b""),
        answering("200 OK", b"[]"),
        answering("200 OK", b"null"),
        answering("200 OK", b"<html>"),
        answering("200 OK", b'{"messages":[]}'),
        answering("200 OK", b'{"messages":{"0":1}}'),
        answering("200 OK", b'{"messages":[{"id":null}]}'),
        answering("200 OK", b'{"messages":[{"id":7}]}'),
        answering("200 OK", b'{"messages":[{"id":"a\\u0000b"}]}'),
        answering("200 OK", b'{"messages":[{"id":"' + b"w" * 10_000 + b'"}]}'),
        answering("408 Request Timeout", b""),
        answering("500 Oops", b""),
        answering("400 Bad Request", b'{"error":"no"}'),
        answering("400 Bad Request", b'{"error":{"code":true}}'),
        answering("503 Busy", b'{"error":"maintenance"}'),
        answering("500 Oops", b'{"error":{"code":"broken"}}'),
    ],
)
async def test_without_a_usable_answer_the_message_may_have_gone(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CALL_TIMEOUT", module.CALL_TIMEOUT / 40)
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", module.CONNECT_TIMEOUT / 40)
    async with served(handler) as account, CloudApi() as api:
        with pytest.raises(CallUnanswered):
            await api.send(account, {"to": "+34600000000"})


@pytest.mark.fault("D5")
@pytest.mark.parametrize("handler", [half_an_answer, hang_up_after_reading])
async def test_an_answer_that_breaks_off_is_told_as_such_by_every_call(handler: Handler) -> None:
    async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handler(reader, writer)
        writer.transport.close()

    async with served(breaks_off) as account, CloudApi() as api:
        calls = (
            api.get(account, "1"), api.post(account, "1", {}), api.delete(account, "1"),
            api.send(account, {}),
        )  # fmt: skip
        for call in calls:
            with pytest.raises(CallUnanswered):
                await call


def huge(size: int, packed: bytes = b"") -> Handler:
    """An answer that is larger than one may be, as it is or once unpacked."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        with suppress(ConnectionError):
            if packed:
                head = f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
                writer.write(head.encode() + packed)
            else:
                writer.write(f"Content-Length: {size}\r\n\r\n".encode() + b'{"a":"' + b"x" * size)
            await writer.drain()

    return handle


@pytest.mark.fault("C8")
@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_has_an_end(packed: bool) -> None:
    size = module.LARGEST_ANSWER + 1000
    body = b'{"a":"' + b"x" * size + b'"}'
    handler = huge(len(body), gzip.compress(body, 1) if packed else b"")
    async with served(handler) as account, CloudApi() as api:
        calls = (
            api.get(account, "1"), api.post(account, "1", {}), api.delete(account, "1"),
            api.send(account, {}),
        )  # fmt: skip
        for call in calls:
            with pytest.raises(CallUnanswered, match="too large"):
                await call


@pytest.mark.fault("C8")
async def test_an_answer_of_any_usual_size_is_read_whole() -> None:
    body = b'{"a":"' + b"x" * (module.LARGEST_ANSWER // 2) + b'"}'
    async with served(answering("200 OK", body)) as account, CloudApi() as api:
        assert len((await api.get(account, "1"))["a"]) == module.LARGEST_ANSWER // 2


@pytest.mark.fault("C8")
async def test_an_answer_in_pieces_is_read_whole_and_its_connection_used_again() -> None:
    opened = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        for _ in range(5):
            await reader.readuntil(b"\r\n\r\n{}")
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in (b'{"messages":', b'[{"id":', b'"wamid.1"}]}'):
                writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                await writer.drain()
                await asyncio.sleep(0)
            writer.write(b"0\r\n\r\n")

    async with served(handle) as account, CloudApi() as api:
        assert [await api.send(account, {}) for _ in range(5)] == ["wamid.1"] * 5
    assert opened == 1


async def test_a_refused_connection_is_certainly_not_sent() -> None:
    async with CloudApi() as api:
        with pytest.raises(CallNotMade):
            await api.send(Account("http://127.0.0.1:9", "v23.0", "token", "1", "2"), {})


async def test_an_error_object_is_certainly_not_sent_and_keeps_its_code() -> None:
    body = b'{"error":{"message":"x","code":130429,"error_data":{"details":"too fast"}}}'
    async with served(answering("400 Bad Request", body)) as account, CloudApi() as api:
        with pytest.raises(CloudApiError, match="too fast") as caught:
            await api.send(account, {})
    assert caught.value.code == 130429


@pytest.mark.fault("D5")
@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("429 Too Many Requests", b""),
        ("429 Too Many Requests", b"<html>slow down</html>"),
        ("429 Too Many Requests", b"[]"),
    ],
)
async def test_too_many_requests_without_a_word_is_a_throttle(status: str, body: bytes) -> None:
    async with served(answering(status, body)) as account, CloudApi() as api:
        with pytest.raises(CloudApiError) as caught:
            await api.send(account, {})
    assert classify(caught.value.code) is ErrorKind.THROTTLED


@pytest.mark.fault("D5")
@pytest.mark.parametrize(
    "handler",
    [
        answering("403 Forbidden", b"<html>blocked</html>"),
        answering("404 Not Found", b""),
        answering("407 Proxy Authentication Required", b""),
        answering("302 Found", b""),
    ],
)
async def test_what_turned_a_request_away_below_500_took_nothing_on(handler: Handler) -> None:
    async with served(handler) as account, CloudApi() as api:
        with pytest.raises(CallNotMade):
            await api.send(account, {})


@pytest.mark.fault("D5")
@pytest.mark.parametrize("address", ["http://graph.whatsway.invalid", "https://127.0.0.1:9"])
async def test_a_name_that_nobody_knows_is_certainly_not_sent(address: str) -> None:
    async with CloudApi() as api:
        with pytest.raises(CallNotMade):
            await api.send(Account(address, "v23.0", "token", "1", "2"), {})


@pytest.mark.fault("D5")
async def test_a_certificate_that_nobody_vouches_for_is_certainly_not_sent(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.make(str(tmp_path)))

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    async with server, CloudApi() as api:
        address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(CallNotMade):
            await api.send(Account(address, "v23.0", "token", "1", "2"), {})


@pytest.mark.fault("D5")
async def test_words_of_an_error_are_cut_and_fit_into_postgresql() -> None:
    body = b'{"error":{"code":131026,"message":"a\\u0000b","error_data":{"details":"' + b"x" * 9_000
    async with served(answering("400 Bad Request", body + b'"}}}')) as account, CloudApi() as api:
        with pytest.raises(CloudApiError) as caught:
            await api.send(account, {})
    assert len(caught.value.detail) == TEXT_LIMIT
    assert "\0" not in caught.value.message


async def test_an_accepted_message_has_an_id() -> None:
    body = b'{"messages":[{"id":"wamid.A"}]}'
    async with served(answering("200 OK", body)) as account, CloudApi() as api:
        assert await api.send(account, {}) == "wamid.A"


def test_an_account_never_shows_its_token() -> None:
    assert "secret" not in repr(Account("http://x", "v23.0", "secret", "1", "2"))
