"""The database engine, sessions, and the address in the form the driver wants."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import event
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

LINE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "20000",
}
"""A host that is gone without a goodbye is noticed after twenty seconds, waiting or in the middle of a
statement; without this the kernel goes on believing in it for a quarter of an hour, or for ever."""


def driver_url(database_url: str) -> str:
    """``postgres://`` or ``postgresql://`` in, SQLAlchemy's psycopg address out."""
    return f"postgresql+psycopg://{_with_line(database_url)}"


def libpq_url(database_url: str) -> str:
    """The plain address that psycopg itself takes."""
    return f"postgresql://{_with_line(database_url)}"


def _with_line(database_url: str) -> str:
    """All behind the scheme; what the address says itself about the line counts more than ours."""
    _, _, rest = database_url.partition("://")
    place, _, query = rest.partition("?")
    given = parse_qsl(query, keep_blank_values=True)
    names = {name for name, _ in given}
    return f"{place}?{urlencode([*given, *((n, v) for n, v in LINE.items() if n not in names)])}"


def create_engine(database_url: str, pool_size: int = 10) -> AsyncEngine:
    """An engine that notices a restarted server and keeps statements prepared."""
    return create_async_engine(
        driver_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,  # values may be personal; they have no place in an error
        connect_args={"prepare_threshold": 3},
    )


LOOK_UPS_ONLY = (
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET plan_cache_mode = force_generic_plan"
)
"""Planner settings for statements that are all look-ups by an index they name.

A plan made while a table was still small would read all of it, and stays cached while it grows.
"""


def create_autocommit_engine(database_url: str, pool_size: int = 10) -> AsyncEngine:
    """An engine for the paths that run thousands of times a second: no ping, no BEGIN, no COMMIT.

    Its callers outlast a server that went away; measured, a statement costs a third of the CPU.
    """
    engine = create_async_engine(
        driver_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args={"prepare_threshold": 3},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def plan_look_ups(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for setting in LOOK_UPS_ONLY.split(";"):
            cursor.execute(setting)
        cursor.close()

    return engine


def create_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions that keep attributes readable after commit."""
    return async_sessionmaker(engine, expire_on_commit=False)
