"""Over a real socket: cut connections, the phone page and its live ticks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
import uvicorn

from simulator.app import create_app
from simulator.config import SimulatorConfig
from simulator.wire import Wire
from tests.eventually import eventually
from tests.serving import serving, url_of
from tests.simulator.harness import QUICK, Receiver, template


@pytest.fixture
async def server() -> AsyncIterator[uvicorn.Server]:
    config = SimulatorConfig(latency_ms=0, knobs=QUICK)
    app = create_app(config, Receiver(config.app_secret, config.verify_token))
    async with serving(app, http=Wire, timeout_graceful_shutdown=1) as server:
        yield server


@pytest.fixture
def url(server: uvicorn.Server) -> str:
    return url_of(server)


async def test_accepts_then_cuts_the_connection(url: str) -> None:
    config = SimulatorConfig()
    path = f"/v23.0/{config.numbers[0].id}/messages"
    headers = {"authorization": f"Bearer {config.access_tokens[0]}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        await client.patch("/_sim/knobs", json={"drop_response_share": 1.0})
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(path, json=template())
        assert (await client.get("/_sim/stats")).json()["accepted"] == 1
        await client.patch("/_sim/knobs", json={"drop_response_share": 0, "latency_ms": 30})
        response = await client.post(path, json=template())
        assert response.status_code == 200
        assert response.headers["facebook-api-version"] == "v23.0"
        assert response.headers["content-type"] == "application/json; charset=UTF-8"


async def test_phone_page_loads_with_all_its_files(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        home = await client.get("/", follow_redirects=True)
        assert home.url.path == "/phone"
        assert "Lumen Market" in home.text
        assert "style=" not in home.text
        policy = home.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert 'data-initial="34600000100"' in (await client.get("/phone/34600000100")).text
        for name in ("phone.css", "chat.css", "phone.js", "chat.js", "dom.js", "panel.js"):
            assert (await client.get(f"/_sim/static/{name}")).status_code == 200
        picture = await client.get("/_sim/sample/spring.png")
        assert picture.content.startswith(b"\x89PNG")


async def test_live_ticks(url: str) -> None:
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
        client.stream("GET", "/_sim/events") as stream,
    ):
        lines = stream.aiter_lines()
        assert await anext(lines) == 'data: {"version":0}'
        body = {"type": "text", "text": {"body": "Hi"}}
        await client.post("/_sim/customers/34600000100/messages", json=body)
        async for line in lines:
            if line.startswith("data:"):
                assert line != 'data: {"version":0}'
                break


def call(body: bytes, *extra: bytes, token: str = "") -> bytes:
    """The bytes of a send."""
    config = SimulatorConfig()
    head = [
        f"POST /v23.0/{config.numbers[0].id}/messages HTTP/1.1".encode(),
        b"Host: simulator",
        f"Authorization: Bearer {token or config.access_tokens[0]}".encode(),
        b"Content-Length: %d" % len(body),
        *extra,
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(length)


async def test_sends_are_answered_however_their_bytes_arrive(url: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    body = orjson.dumps(template())
    whole = call(body)
    writer.write(whole)
    assert (await answer(reader))[0] == 200
    for cut in (1, 40, len(whole) - len(body), len(whole) - 5):
        writer.write(whole[:cut])
        await writer.drain()
        await asyncio.sleep(0.02)  # so that the two pieces are read apart
        writer.write(whole[cut:])
        assert (await answer(reader))[0] == 200
    writer.write(whole)
    assert (await answer(reader))[0] == 200
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        assert (await client.get("/_sim/stats")).json()["accepted"] == 6
        await client.patch("/_sim/knobs", json={"latency_ms": 30})
    # Pipelined, and in another form each: answered in order.
    other = call(orjson.dumps(template("nobody_knows")))
    writer.write(whole)
    await writer.drain()
    await asyncio.sleep(0.01)  # so that the rest comes while the first is answered
    writer.write(other + call(body, token="wrong") + call(body, b"Connection: close"))
    assert [(await answer(reader))[0] for _ in range(4)] == [200, 404, 401, 200]
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_a_stop_lets_the_last_answer_out(server: uvicorn.Server, url: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        await client.patch("/_sim/knobs", json={"latency_ms": 200})
    writer.write(call(orjson.dumps(template())))

    def answering() -> list[Any]:
        open_ones: set[Any] = set(server.server_state.connections)
        return [wire for wire in open_ones if wire._answering]

    [wire] = await eventually(answering, "a connection is being answered")
    wire.shutdown()
    assert (await answer(reader))[0] == 200
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
