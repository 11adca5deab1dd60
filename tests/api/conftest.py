"""A real server around the application, for what must be seen on the wire."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI

from cli.serving import PunctualProtocol
from tests.wires import Wire


@pytest.fixture
async def wire(app: FastAPI) -> AsyncIterator[Wire]:
    config = uvicorn.Config(
        app, port=0, http=PunctualProtocol, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    wire = Wire(server.servers[0].sockets[0].getsockname()[1])
    yield wire
    wire.close()
    server.should_exit = True
    server.force_exit = True
    await task
