"""The database engine, sessions, and the address in the form the driver wants."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url
from sqlalchemy import create_engine as create_blocking_engine
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from typing_extensions import override


def driver_url(database_url: str) -> str:
    """``postgres://`` or ``postgresql://`` in, SQLAlchemy's psycopg address out.

    Several hosts with commas, of which libpq takes the first that answers, are parameters there.
    """
    _, _, rest = database_url.partition("://")
    authority, slash, path = rest.partition("/")
    credentials, at, hosts = authority.rpartition("@")
    if "," not in hosts:
        return f"postgresql+psycopg://{rest}"
    each = "&".join(f"host={host}" for host in hosts.split(","))
    return f"postgresql+psycopg://{credentials}{at}{slash or '/'}{path}{'&' if '?' in path else '?'}{each}"


def libpq_url(database_url: str) -> str:
    """The plain address that psycopg itself takes."""
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
    """Seconds a statement may wait for a lock, run, and a transaction may do nothing; 0 for ever."""

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
    # A person waits: rather "try again in a moment" than a page that never comes.
    Use.WEB: Limits(5, 30, 30),
    Use.PROBE: Limits(2, 3, 5),
    # Repeated by their callers until they succeed; a lock from outside must not hold connections.
    Use.SEND: Limits(10, 60, 60),
    # Freezing a million recipients, imports, clean-up: long, never endless.
    Use.JOBS: Limits(30, 30 * 60, 5 * 60),
    Use.LISTEN: Limits(5, 30, 30),
    Use.COMMAND: Limits(10, 10 * 60, 5 * 60),
    # A migration waits 5 s for a table, then lets others pass; its own work may take hours.
    Use.MIGRATE: Limits(5, 0, 10 * 60),
}

PATIENCE_S = {Use.WEB: 40.0, Use.PROBE: 5.0}
"""Seconds after which we give up on a server that takes what we send and says nothing: stopped, or waiting
for its disk, it ends no statement by itself. Longer than a statement may run. Workers wait for ever: theirs
is repeated until it succeeds, and their signs of life tell."""

LOST_SERVER = {
    # Silence is noticed after 10 + 3 x 5 s, unanswered data after 20 s.
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def connection_options(database_url: str, use: Use, limits: Limits | None = None) -> dict[str, Any]:
    """What libpq is told beside the address; ``options`` in the address come last and win."""
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
    """A connection that is closed when its server is silent for too long, so that it frees its place."""

    patience_s = 0.0

    @override
    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """What a statement waits for."""
        try:
            return await super().wait(gen, interval, timeout or self.patience_s)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()  # no answer: what it would be to is unknown
            raise


def _patience(database_url: str, use: Use) -> dict[str, Any]:
    """How connections are made; whoever lets statements run longer by the address waits for them too."""
    theirs = make_url(driver_url(database_url)).query.get("options", "")
    if use not in PATIENCE_S or "statement_timeout" in theirs:
        return {}
    kind: type[Impatient] = type("Impatient", (Impatient,), {"patience_s": PATIENCE_S[use]})
    return {"async_creator_fn": kind.connect}


def create_engine(database_url: str, pool_size: int = 10, use: Use = Use.WEB) -> AsyncEngine:
    """An engine that notices a restarted server and keeps statements prepared."""
    return create_async_engine(
        driver_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,  # values may be personal; they have no place in an error
        connect_args={
            "prepare_threshold": 3,
            **connection_options(database_url, use),
            **_patience(database_url, use),
        },
    )


def create_probe_engine(database_url: str) -> AsyncEngine:
    """One connection beside the pool, for asking how the database is when the pool is empty."""
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
        connect_args={"prepare_threshold": 3, **connection_options(database_url, Use.SEND)},
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


def create_read_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions that cannot write, on the same pool.

    The driver begins their transactions with ``BEGIN READ ONLY``: not a statement more than with the others.
    """
    return create_sessions(engine.execution_options(postgresql_readonly=True))
