"""Locks held from outside, connections used up, slow queries and restarts of PostgreSQL."""

import asyncio
import contextlib
import signal
import time
from contextlib import AsyncExitStack

import psycopg
from psycopg import AsyncConnection

from cli.bench.scene import Scene
from cli.chaos.plan import Blow
from store.engine import libpq_url

RESTART_EVERY_S = 5.0
SLOW_QUERIES = 8
READY_S = 30.0
LOCKS = {
    "campaign": "SELECT FROM campaigns WHERE status = 'running' FOR UPDATE",
    "rate_slots": "SELECT FROM rate_slots FOR UPDATE",
    "counters": "SELECT FROM campaign_counters FOR UPDATE",
}


async def lock(scene: Scene, blow: Blow) -> None:
    """Somebody opens a transaction in a console, locks rows and goes for coffee."""
    async with await _connection(scene) as outside, outside.transaction():
        await outside.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        await outside.execute(LOCKS[blow.component])
        await asyncio.sleep(blow.seconds)


async def pool(scene: Scene, blow: Blow) -> None:
    """Take all of the server's connections or processors, or the server itself."""
    strikes = {
        "connections": _all_connections,
        "slow_queries": _slow_queries,
        "restarts": _restarts,
    }
    await strikes[blow.component](scene, blow.seconds)


async def _all_connections(scene: Scene, seconds: float) -> None:
    """Take every connection, including the product's."""
    until = time.monotonic() + seconds
    async with AsyncExitStack() as held:
        first = await held.enter_async_context(await _connection(scene))
        with contextlib.suppress(psycopg.Error):
            await first.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        while time.monotonic() < until:
            try:
                await held.enter_async_context(await _connection(scene))
            except psycopg.Error:
                await asyncio.sleep(0.05)


async def _slow_queries(scene: Scene, seconds: float) -> None:
    async def one() -> None:
        with contextlib.suppress(psycopg.Error):
            async with await _connection(scene) as connection:
                await connection.execute(f"SET statement_timeout = {int(seconds * 1000)}")
                await connection.execute("SELECT count(*) FROM generate_series(1, 4000000000)")

    await asyncio.gather(*(one() for _ in range(SLOW_QUERIES)))


async def _restarts(scene: Scene, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await scene.stack.wait_ready("postgres", READY_S)
        scene.stack.kill("postgres", signal.SIGINT)
        await asyncio.sleep(RESTART_EVERY_S)
    await scene.stack.wait_ready("postgres", READY_S)


async def _connection(scene: Scene) -> AsyncConnection[tuple[object, ...]]:
    assert scene.stack.postgres is not None
    url = libpq_url(scene.stack.postgres.url)
    return await AsyncConnection.connect(url, autocommit=True, connect_timeout=5)
