"""What tests of the pages in a browser start from."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from cli.serving import PunctualProtocol
from tests import factories, threads
from tests.threads import Thread


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """The application behind a real server."""
    config = uvicorn.Config(
        app, port=0, http=PunctualProtocol, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = server.force_exit = True
    await task


@pytest.fixture
async def two(session: AsyncSession, state: AppState) -> list[Thread]:
    """Two conversations; a message of the first was written before midnight in Los Angeles, not in UTC."""
    channel = await factories.channel(session, state.vault)
    made = [await threads.thread(session, channel, name) for name in ("Ana Ruiz", "Bia Lima")]
    evening = datetime.now(UTC).replace(hour=1, minute=0) - timedelta(days=2)
    for hours in (0, 2, 10):
        at = evening + timedelta(hours=hours)
        await threads.message(session, made[0], body=f"after {hours}", created_at=at)
    await session.commit()
    return made
