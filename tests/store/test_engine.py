"""Every connection has a stated purpose, and limits for waiting, running and idling."""

import asyncio
from contextlib import nullcontext
from tempfile import TemporaryFile
from typing import Any

import psycopg
import pytest
from psycopg.pq import Trace
from psycopg.pq.abc import PGconn
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from domain.permissions import Role
from store import engine as engines
from store import faults
from store.engine import LIMITS, LOST_SERVER, Limits, Use, connection_options, driver_url, libpq_url
from store.listen import notifications
from store.migrate import pending
from tests import proxies
from tests.conftest import LoginAs

SETTINGS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
ASKED = text(
    "SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"
    " UNION ALL SELECT 'application_name', current_setting('application_name')"
)


async def told(engine: AsyncEngine) -> dict[str, str]:
    """The settings of a live connection."""
    async with engine.connect() as connection:
        rows = await connection.execute(ASKED, {"names": list(SETTINGS)})
        found = {str(name): str(setting) for name, setting in rows}
    await engine.dispose()
    return found


def expected(use: Use) -> dict[str, str]:
    return {**LIMITS[use].settings(), "application_name": f"whatsway-{use}"}


@pytest.mark.fault("D3")
async def test_limits_hold_on_live_connections(database_url: str) -> None:
    for use in (Use.WEB, Use.SEND, Use.JOBS, Use.COMMAND):
        assert await told(engines.create_engine(database_url, 1, use)) == expected(use)
    assert await told(engines.create_autocommit_engine(database_url, 1)) == expected(Use.SEND)
    assert await told(engines.create_probe_engine(database_url)) == expected(Use.PROBE)
    migrating = engines.create_migration_engine(database_url)
    with migrating.connect() as connection:
        assert dict(connection.execute(ASKED, {"names": list(SETTINGS)}).all()) == expected(
            Use.MIGRATE
        )
    migrating.dispose()
    stream = notifications(database_url)
    assert await anext(stream) is None
    with psycopg.connect(libpq_url(database_url)) as other:
        listening = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'whatsway-listen' AND datname = current_database()"
        assert other.execute(listening).fetchone() == (1,)
    await stream.aclose()


@pytest.mark.fault("D3")
async def test_a_lost_server_is_noticed_within_half_a_minute(database_url: str) -> None:
    waits = LOST_SERVER["keepalives_interval"] * LOST_SERVER["keepalives_count"]
    assert LOST_SERVER["keepalives_idle"] + waits <= 30
    assert LOST_SERVER["tcp_user_timeout"] <= 30_000
    options = connection_options(database_url, Use.WEB)
    with psycopg.connect(libpq_url(database_url), **options) as connection:
        parameters = connection.info.get_parameters()
    assert {name: str(value) for name, value in LOST_SERVER.items()}.items() <= parameters.items()


async def test_the_address_may_say_otherwise(database_url: str) -> None:
    address = f"{database_url}?options=-c%20statement_timeout%3D7000"
    found = await told(engines.create_engine(address, 1))
    assert (found["statement_timeout"], found["lock_timeout"]) == ("7000", "5000")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of web requests for locks that a test can wait for; what runs on a busy machine may take longer."""
    monkeypatch.setitem(LIMITS, Use.WEB, Limits(0.3, 30, 30))


@pytest.mark.fault("D3")
async def test_a_row_locked_from_outside_is_a_clear_answer(
    impatient: None, login_as: LoginAs, database_url: str
) -> None:
    person = await login_as(Role.MANAGER)
    change = {"name": "New", "timezone": "UTC", "locale": "en"}
    with psycopg.connect(libpq_url(database_url)) as outside:
        outside.execute("SELECT 1 FROM users FOR UPDATE")
        refused = await person.put("/api/auth/me", json=change)
        assert (refused.status_code, refused.json()["code"]) == (503, "in_use")
        assert refused.headers["retry-after"] == "2"
    assert (await person.put("/api/auth/me", json=change)).status_code == 200


@pytest.mark.fault("D3")
async def test_a_forgotten_transaction_is_ended(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, Use.JOBS, Limits(1, 1, 0.3))
    engine = engines.create_engine(database_url, 1, Use.JOBS)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await asyncio.sleep(0.6)
        with pytest.raises(Exception, match="idle-in-transaction"):
            await connection.execute(text("SELECT 1"))
        await connection.invalidate()
    await engine.dispose()


@pytest.mark.fault("D1")
@pytest.mark.fault("D3")
async def test_a_server_that_says_nothing_keeps_no_connection(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines.PATIENCE_S, Use.WEB, 0.5)
    parts = make_url(driver_url(database_url))
    assert parts.port is not None
    async with proxies.silenced(parts.port) as server:
        through = parts.set(port=server.port).render_as_string(hide_password=False)
        engine = engines.create_engine(through, 2)
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        async with engine.connect() as connection:
            server.speaks.clear()
            with pytest.raises(OperationalError) as silent:
                await asyncio.wait_for(connection.execute(text("SELECT 1")), 5)
            assert faults.is_away(silent.value)
        server.speaks.set()
        async with engine.connect() as connection:  # another one in its place
            assert await connection.scalar(text("SELECT 2")) == 2
        await engine.dispose()


async def test_a_longer_limit_in_the_address_is_waited_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines.PATIENCE_S, Use.WEB, 1.0)  # time enough to connect
    for options, gives_up in (("", True), ("?options=-c%20statement_timeout%3D9000", False)):
        engine = engines.create_engine(database_url + options, 1)
        async with engine.connect() as connection:
            slow = connection.execute(text("SELECT pg_sleep(1.5)"))
            with pytest.raises(OperationalError) if gives_up else nullcontext():
                await slow
        await engine.dispose()


@pytest.mark.fault("D3")
@pytest.mark.parametrize("query", ["", "?target_session_attrs=read-write"])
async def test_of_several_hosts_the_one_that_answers_is_taken(
    database_url: str, query: str
) -> None:
    parts = make_url(driver_url(database_url))
    who = f"{parts.username}:{parts.password}" if parts.password else parts.username
    url = f"postgresql://{who}@127.0.0.1:1,127.0.0.1:{parts.port}/{parts.database}{query}"
    for engine in (engines.create_engine(url, 1), engines.create_probe_engine(url)):
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
        await engine.dispose()
    assert not pending(url)
    stream = notifications(url)
    assert await anext(stream) is None
    await stream.aclose()


async def said(engine: AsyncEngine, sessions: async_sessionmaker[AsyncSession]) -> list[str]:
    """The statements that reach PostgreSQL when a session looks at something and ends."""
    with TemporaryFile("w+") as heard:
        traced: list[PGconn] = []

        def listen(connection: Any, *_: object) -> None:
            traced.append(connection.driver_connection.pgconn)
            traced[-1].trace(heard.fileno())
            traced[-1].set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)

        event.listen(engine.sync_engine, "checkout", listen)
        async with sessions.begin() as session:
            await session.execute(text("SELECT 1"))
        event.remove(engine.sync_engine, "checkout", listen)
        for connection in traced:
            connection.untrace()
        heard.seek(0)
        lines = [line.split("\t") for line in heard.read().splitlines()]
    return [line[-1].strip(' "') for line in lines if line[0] == "F"]


async def test_a_session_that_cannot_write_says_no_word_more(database_url: str) -> None:
    engine = engines.create_engine(database_url, 1)
    writing = await said(engine, engines.create_sessions(engine))
    reading = await said(engine, engines.create_read_sessions(engine))
    assert writing == ["BEGIN", "SELECT 1", "COMMIT"]
    assert reading == ["BEGIN READ ONLY", "SELECT 1", "COMMIT"]
    await engine.dispose()
