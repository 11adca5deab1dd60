"""Applications behind a real server on a free port of loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from tests.eventually import eventually


@asynccontextmanager
async def serving(
    app: Any, listener: socket.socket | None = None, *, at_once: bool = False, **options: Any
) -> AsyncIterator[uvicorn.Server]:
    """The server, once it answers; at the end it waits for open requests unless ``at_once``."""
    with listener or socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(app, **{"log_config": None, "access_log": False, **options})
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[door]))
        await eventually(lambda: server.started or running.done(), "the server has started")
        try:
            yield server
        finally:
            server.should_exit, server.force_exit = True, at_once
            await running


def port_of(server: uvicorn.Server) -> int:
    """The port it listens on."""
    return int(server.servers[0].sockets[0].getsockname()[1])


def url_of(server: uvicorn.Server) -> str:
    """Its address."""
    return f"http://127.0.0.1:{port_of(server)}"
