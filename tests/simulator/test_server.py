"""Over a real socket: cut connections, the phone page and its live ticks."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn

from simulator.app import create_app
from simulator.config import SimulatorConfig
from tests.simulator.harness import QUICK, Receiver, template


@pytest.fixture
async def url() -> AsyncIterator[str]:
    config = SimulatorConfig(latency_ms=0, knobs=QUICK)
    app = create_app(config, Receiver(config.app_secret, config.verify_token))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, http="httptools", log_level="error", timeout_graceful_shutdown=1)
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await running
    listener.close()


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
