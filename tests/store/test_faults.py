"""Outage or own fault, by SQLSTATE, on errors from a real server and driver."""

import errno

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from store import faults
from store.engine import create_engine, create_sessions, driver_url

OWN = (
    "SELECT 1 / 0", "SELECT '{'::jsonb", "SELECT 'x'::int", "SELECT no_such_function()",
    "SELECT repeat('x', 2000000000)::text || 'y'", "INSERT INTO groups (id) VALUES (NULL)",
    "SELECT '2026-02-30'::date", "SELECT 99999999999::int", "SELECT * FROM no_such_table",
)  # fmt: skip
AWAY = (
    "SELECT pg_terminate_backend(pg_backend_pid())",
    "SET LOCAL statement_timeout = 20; SELECT pg_sleep(1)",
    "SET TRANSACTION READ ONLY; CREATE TABLE x (i int)",
    "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$",
    "DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", "DO $$ BEGIN RAISE SQLSTATE '53300'; END $$",
    "DO $$ BEGIN RAISE SQLSTATE '57P01'; END $$", "DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$",
    "DO $$ BEGIN RAISE SQLSTATE '08006'; END $$", "DO $$ BEGIN RAISE SQLSTATE '58030'; END $$",
)  # fmt: skip


async def _run(sessions: async_sessionmaker[AsyncSession], statement: str) -> None:
    async with sessions.begin() as session:
        for part in [statement] if "$$" in statement else statement.split("; "):
            await session.execute(text(part))


@pytest.mark.fault("C1")
async def test_the_server_says_whose_fault_it_is(database_url: str) -> None:
    engine = create_engine(database_url)
    sessions = create_sessions(engine)
    for statements, away in ((OWN, False), (AWAY, True)):
        for statement in statements:
            with pytest.raises(DBAPIError) as raised:
                await _run(sessions, statement)
            assert faults.is_away(raised.value) is away, statement
            assert faults.is_away(raised.value.orig or raised.value) is away, statement
    await engine.dispose()


@pytest.mark.fault("C1")
async def test_a_value_the_driver_refuses_is_its_own_fault(database_url: str) -> None:
    engine = create_engine(database_url)
    for value in ("a\x00b", "\ud83d"):
        with pytest.raises((DBAPIError, UnicodeEncodeError)) as raised:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT CAST(:value AS text)"), {"value": value})
        assert not faults.is_away(raised.value)
    await engine.dispose()


async def test_nobody_answering_is_away(database_url: str) -> None:
    engine = create_async_engine(driver_url("postgresql://nobody@127.0.0.1:1/nothing"))
    with pytest.raises(DBAPIError) as refused:
        async with engine.connect():
            pass
    assert faults.is_away(refused.value)
    with pytest.raises(psycopg.OperationalError) as plain:
        await psycopg.AsyncConnection.connect("postgresql://nobody@127.0.0.1:1/nothing")
    assert faults.is_away(plain.value)
    one = create_async_engine(
        driver_url(database_url), pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    async with one.connect():
        with pytest.raises(PoolTimeout) as full:
            async with one.connect():
                pass
    assert faults.is_away(full.value)
    await one.dispose()


def test_errors_of_our_own_code_are_never_the_database() -> None:
    own: tuple[Exception, ...] = (
        ValueError(), KeyError(), OverflowError(), RecursionError(), TypeError(), AttributeError(),
        OSError(errno.EOVERFLOW, "a year that is none"), UnicodeEncodeError("utf-8", "x", 0, 1, ""),
    )  # fmt: skip
    assert not any(faults.is_away(error) for error in own)
    assert all(map(faults.is_away, (ConnectionResetError(), TimeoutError(), TimeoutError())))
