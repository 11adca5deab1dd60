"""A database role that owns its tables and nothing else is enough for everything."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from services import clock, restores, waterlines
from store.engine import create_engine, create_sessions, libpq_url
from store.migrate import pending, upgrade
from tests.databases import Databases, with_name

pytestmark = pytest.mark.fault("D7")


@pytest.fixture
def plain_url(databases: Databases, shared_database_url: str) -> Iterator[str]:
    """An empty database of a role that may do nothing special."""
    role, name = f"plain_{uuid4().hex[:8]}", f"plain_{uuid4().hex[:8]}"
    with psycopg.connect(libpq_url(shared_database_url), autocommit=True) as admin:
        admin.execute(
            sql.SQL(
                "CREATE ROLE {} LOGIN PASSWORD 'plain' NOSUPERUSER NOCREATEDB NOCREATEROLE"
            ).format(sql.Identifier(role))
        )
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(role)
            )
        )
        scheme, _, rest = with_name(shared_database_url, name).partition("://")
        yield f"{scheme}://{role}:plain@{rest.rpartition('@')[2]}"
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


async def test_it_migrates_and_works(plain_url: str) -> None:
    upgrade(plain_url)
    assert not pending(plain_url)
    engine = create_engine(plain_url, 1)
    async with create_sessions(engine).begin() as session:
        await clock.measure(session)
        assert await restores.disarm(session) is None
        assert await restores.disarm(session, await waterlines.measure(session)) is None
    await engine.dispose()
