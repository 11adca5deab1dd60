"""Databases for tests: copies of a migrated template, emptied and reused."""

from itertools import count
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from store.engine import libpq_url
from store.migrate import upgrade

# Most tests write few rows into few tables, and this runs after each: deleting those rows costs a
# tenth of truncating, which makes new files for a table, its indexes and all that refer to it. A table
# that has grown is truncated, so that a test never reads what hundreds before it left behind.
EMPTY = """
DO $$
DECLARE
    name text;
    size bigint;
    grown text[] := '{}';
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);  -- no triggers: all rows go
    FOR name, size IN
        SELECT format('%I', relname), pg_relation_size(oid) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
          AND relname NOT IN ('alembic_version', 'journal_readers')
    LOOP
        IF size > 65536 THEN
            grown := grown || name;
        ELSIF size > 0 THEN
            EXECUTE 'DELETE FROM ' || name;
        END IF;
    END LOOP;
    IF cardinality(grown) > 0 THEN
        EXECUTE 'TRUNCATE ' || array_to_string(grown, ', ') || ' CASCADE';
    END IF;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
    UPDATE journal_readers SET position = pg_current_snapshot()::text, floor = 0;
END
$$
"""
OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
LISTENERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'whatsway-listen' AND datname = current_database()
"""
SHAPE = """
SELECT (SELECT version_num FROM alembic_version),
       (SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_tables
        WHERE schemaname = 'public')
"""

Connection = psycopg.Connection[Any]


async def hang_up(sessions: async_sessionmaker[AsyncSession]) -> None:
    """End every connection on which somebody listens, as a server that restarts would."""
    async with sessions.begin() as session:
        await session.execute(text(LISTENERS))


def with_name(url: str, name: str) -> str:
    """The same server, another database."""
    head, question, query = libpq_url(url).partition("?")
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{name}{question}{query}"


class Databases:
    """Makes databases by copying a migrated template, and takes them back."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._prefix = f"whatsway_test_{uuid4().hex[:10]}"
        self._numbers = count()
        self._admin: Connection = psycopg.connect(libpq_url(server), autocommit=True)
        self._template = f"{self._prefix}_template"
        self._run("CREATE DATABASE {}", self._template)
        upgrade(with_name(server, self._template))
        with psycopg.connect(with_name(server, self._template)) as connection:
            self._shape = connection.execute(SHAPE).fetchone()
        self._connections: dict[str, Connection] = {}
        self._free: list[str] = []

    def _run(self, statement: str, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def create(self) -> str:
        """The address of a new database."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, self._template)
        return with_name(self._server, name)

    def acquire(self) -> str:
        """The address of an empty database nobody else uses."""
        return self._free.pop() if self._free else self.create()

    def release(self, url: str) -> None:
        """Take a database back: empty it for the next test, or drop it if its schema changed."""
        connection = self._connected(url)
        try:
            connection.execute(OTHERS)
        except psycopg.OperationalError:  # a test ended every connection to it, this one too
            del self._connections[url]
            connection = self._connected(url)
            connection.execute(OTHERS)
        try:
            unchanged = connection.execute(SHAPE).fetchone() == self._shape
        except psycopg.Error:
            unchanged = False
        if unchanged:
            connection.execute(EMPTY)
            self._free.append(url)
        else:
            self.drop(url)

    def _connected(self, url: str) -> Connection:
        if url not in self._connections:
            self._connections[url] = psycopg.connect(url, autocommit=True)
        return self._connections[url]

    def drop(self, url: str) -> None:
        """Remove a database even if somebody is still connected."""
        connection = self._connections.pop(url, None)
        if connection is not None:
            connection.close()
        self._run("DROP DATABASE {} WITH (FORCE)", url.partition("?")[0].rpartition("/")[2])

    def close(self, *, drop: bool = True) -> None:
        """Remove the databases in the pool and the template, unless the server goes with them."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        made = [*self._free, with_name(self._server, self._template)]
        for url in made if drop else ():
            self.drop(url)
        self._admin.close()
