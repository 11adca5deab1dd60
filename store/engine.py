"""The database engine, sessions, and the database address in the form the driver needs."""

import select
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url
from sqlalchemy import create_engine as create_blocking_engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from typing_extensions import override


def driver_url(database_url: str) -> str:
    """``postgres://`` or ``postgresql://`` in, SQLAlchemy's psycopg address out.

    Several hosts separated by commas, of which libpq uses the first that answers, become parameters there.
    """
    _, _, rest = database_url.partition("://")
    authority, slash, path = rest.partition("/")
    credentials, at, hosts = authority.rpartition("@")
    if "," not in hosts:
        return f"postgresql+psycopg://{rest}"
    each = "&".join(f"host={host}" for host in hosts.split(","))
    return f"postgresql+psycopg://{credentials}{at}{slash or '/'}{path}{'&' if '?' in path else '?'}{each}"


def libpq_url(database_url: str) -> str:
    """The plain address for psycopg itself."""
    _, _, rest = database_url.partition("://")
    return f"postgresql://{rest}"


class Use(StrEnum):
    """What a connection is for; PostgreSQL shows it as ``whatsway-<use>`` in pg_stat_activity."""

    WEB = "web"
    PROBE = "probe"
    SEND = "send"
    JOBS = "jobs"
    LISTEN = "listen"
    COMMAND = "command"
    MIGRATE = "migrate"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds a statement may wait for a lock and run, and a transaction may idle; 0 for no limit."""

    lock_s: float
    statement_s: float
    idle_s: float

    def settings(self) -> dict[str, str]:
        """PostgreSQL's settings for them."""
        return {
            "lock_timeout": _milliseconds(self.lock_s),
            "statement_timeout": _milliseconds(self.statement_s),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle_s),
        }


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


LIMITS = {
    # A person is waiting: better "try again in a moment" than a page that never loads.
    Use.WEB: Limits(5, 30, 30),
    Use.PROBE: Limits(2, 3, 5),
    # Callers retry these until they succeed; a foreign lock must not tie up connections.
    Use.SEND: Limits(10, 60, 60),
    # Freezing a million recipients, imports, clean-up: long, never endless.
    Use.JOBS: Limits(30, 30 * 60, 5 * 60),
    Use.LISTEN: Limits(5, 30, 30),
    Use.COMMAND: Limits(10, 10 * 60, 5 * 60),
    # A migration waits 5 s for a table, then gives way; its own work may take hours.
    Use.MIGRATE: Limits(5, 0, 10 * 60),
}

PATIENCE_S = {Use.WEB: 40.0, Use.PROBE: 5.0}
"""Seconds before we give up on a server that accepts data but stays silent: stopped or waiting for its disk, it ends no
statement by itself. Longer than a statement may run. Workers wait indefinitely: their work is retried until it
succeeds, and their heartbeats show the problem.
"""

LOST_SERVER = {
    # Silence is noticed after 10 + 3 x 5 s, unanswered data after 20 s.
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def connection_options(database_url: str, use: Use, limits: Limits | None = None) -> dict[str, Any]:
    """What libpq is told besides the address; ``options`` in the address come last and win."""
    settings = (limits or LIMITS[use]).settings()
    ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
    theirs = make_url(driver_url(database_url)).query.get("options", "")
    return {
        "connect_timeout": 5,
        "application_name": f"whatsway-{use}",
        "options": f"{ours} {theirs}".strip(),
        **LOST_SERVER,
    }


class Impatient(psycopg.AsyncConnection[Any]):
    """A connection that closes when its server is silent for too long, which frees its slot in the pool."""

    patience_s = 0.0

    @override
    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """What a statement waits for."""
        try:
            return await super().wait(gen, interval, timeout or self.patience_s)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()  # no answer: the outcome is unknown
            raise


MOST_PREPARED = 400
"""Statements a connection keeps prepared: more than a worker has. The driver's 100 are fewer, so that it would prepare
and plan the same ones again and again.
"""


def _patience(database_url: str, use: Use) -> dict[str, Any]:
    """How connections are made; an address that lets statements run longer also extends the wait."""
    theirs = make_url(driver_url(database_url)).query.get("options", "")
    if use not in PATIENCE_S or "statement_timeout" in theirs:
        return {}
    kind: type[Impatient] = type("Impatient", (Impatient,), {"patience_s": PATIENCE_S[use]})
    return {"async_creator_fn": kind.connect}


def create_engine(
    database_url: str, pool_size: int = 10, use: Use = Use.WEB, *, look_ups: bool = False
) -> AsyncEngine:
    """An engine that notices a restarted server and keeps statements prepared.

    ``look_ups``: every statement is one (``LOOK_UPS_ONLY``), and is planned once for each connection.
    """
    engine = create_async_engine(
        driver_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,  # the connection used last has most statements planned
        pool_timeout=10,
        hide_parameters=True,  # values may be personal and must not appear in errors
        connect_args={
            "prepare_threshold": 0 if look_ups else 3,
            **connection_options(database_url, use),
            **_patience(database_url, use),
        },
    )
    _notice_hang_ups(engine)
    _keep_prepared(engine)
    if look_ups:
        _plan_look_ups(engine)
    return engine


def _notice_hang_ups(engine: AsyncEngine) -> None:
    """Replace a pooled connection that its server closed, before it is used.

    A server that closes a connection makes its socket readable, which the kernel says without asking the server:
    SQLAlchemy's own ping was a sixth of all round trips. Only a connection on which something came is pinged.
    """

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: Any, record: Any, _proxy: object) -> None:
        if not _has_news(record):
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise DisconnectionError from error


def _has_news(record: Any) -> bool:
    """Whether the server said something while nobody asked: mostly that it hung up."""
    connection: psycopg.AsyncConnection[Any] = record.driver_connection
    if connection.closed:
        return True
    poll: select.poll | None = record.info.get(
        "poll"
    )  # SQLAlchemy empties it with each new connection
    if poll is None:
        poll = record.info["poll"] = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _keep_prepared(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def keep(_connection: Any, record: Any) -> None:
        record.driver_connection.prepared_max = MOST_PREPARED


def _plan_look_ups(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def plan(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for setting in LOOK_UPS_ONLY.split(";"):
            cursor.execute(setting)
        cursor.close()


def create_probe_engine(database_url: str) -> AsyncEngine:
    """One connection outside the pool, for checking the database when the pool is exhausted."""
    return create_async_engine(
        driver_url(database_url),
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=3,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args={
            **connection_options(database_url, Use.PROBE),
            **_patience(database_url, Use.PROBE),
            "connect_timeout": 3,
        },
    )


def create_migration_engine(database_url: str, limits: Limits | None = None) -> Engine:
    """A blocking engine for migrations."""
    options = connection_options(database_url, Use.MIGRATE, limits)
    return create_blocking_engine(driver_url(database_url), connect_args=options)


LOOK_UPS_ONLY = (
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET plan_cache_mode = force_generic_plan"
)
"""Planner settings for statements that are all look-ups by a named index.

A plan made while a table is small reads all of it, and stays cached while the table grows.
"""


def create_autocommit_engine(database_url: str, pool_size: int = 10) -> AsyncEngine:
    """An engine for the paths that run thousands of times a second: no ping, no BEGIN, no COMMIT.

    Its callers survive a lost server; a statement was measured at a third of the CPU.
    """
    engine = create_async_engine(
        driver_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,
        pool_timeout=10,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args={"prepare_threshold": 3, **connection_options(database_url, Use.SEND)},
    )
    _plan_look_ups(engine)
    return engine


def create_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """A session factory that keeps attributes readable after commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


def create_read_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions that cannot write, on the same pool.

    The driver begins their transactions with ``BEGIN READ ONLY``: no extra statement.
    """
    return create_sessions(engine.execution_options(postgresql_readonly=True))


def create_statement_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions in which every statement is its own transaction, without BEGIN and COMMIT, on the same pool."""
    return create_sessions(engine.execution_options(isolation_level="AUTOCOMMIT"))
