"""The application works with a role that owns nothing, and can do nothing beyond its work."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from api.state import AppState
from cli import database
from cli.addresses import Parts
from cli.problems import Problem
from cli.stack import Stack
from domain.permissions import Role
from services.imports import run, upload
from services.receiving.process import process
from store import users
from store.engine import create_engine, create_sessions, libpq_url
from store.grants import give
from store.health import revision
from tests.conftest import make_settings, running
from tests.databases import Databases
from web.app import create_app

FORBIDDEN = (
    "CREATE TABLE mine (n int)",
    "DROP TABLE contacts",
    "ALTER TABLE contacts ADD COLUMN mine int",
    "TRUNCATE contacts",
    "UPDATE alembic_version SET version_num = 'old'",
    "CREATE ROLE other",
    "CREATE DATABASE other",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY contacts TO PROGRAM 'true'",
    "SELECT passwd FROM pg_shadow",
)


def as_role(url: str, role: str) -> str:
    parts = urlsplit(libpq_url(url))
    return f"postgresql://{role}:secret@{parts.hostname}:{parts.port}{parts.path}"


class Roles:
    """An owner and an application of one database, neither a superuser."""

    def __init__(self, url: str) -> None:
        mark = uuid4().hex[:8]
        self.url = url
        self.owner, self.application = f"owner_{mark}", f"app_{mark}"
        self.owner_url, self.application_url = (
            as_role(url, self.owner),
            as_role(url, self.application),
        )

    def run(self, *statements: str) -> None:
        """Run statements as the server's superuser; ``{}`` is one of the two roles."""
        with psycopg.connect(libpq_url(self.url), autocommit=True) as connection:
            for statement in statements:
                connection.execute(
                    sql.SQL(statement).format(
                        owner=sql.Identifier(self.owner),
                        application=sql.Identifier(self.application),
                        database=sql.Identifier(connection.info.dbname),
                    )
                )


@pytest.fixture
def roles(databases: Databases) -> Iterator[Roles]:
    """A new database, created as docs/operations.md says for your own server."""
    url = databases.create()
    found = Roles(url)
    found.run(
        "CREATE ROLE {owner} LOGIN PASSWORD 'secret'",
        "CREATE ROLE {application} LOGIN PASSWORD 'secret'",
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public AUTHORIZATION {owner}",
        "ALTER DATABASE {database} OWNER TO {owner}",
    )
    yield found
    found.run(
        "DROP OWNED BY {application}",
        "DROP OWNED BY {owner} CASCADE",
        "ALTER DATABASE {database} OWNER TO CURRENT_USER",
        "DROP ROLE {application}",
        "DROP ROLE {owner}",
    )
    databases.drop(url)


@pytest.mark.fault("C9")
@pytest.mark.fault("D7")
async def test_the_product_works_with_least_privilege(roles: Roles, tmp_path: Path) -> None:
    database.upgrade(roles.application_url, roles.owner_url)
    database.upgrade(roles.application_url, roles.owner_url)  # as at every deploy
    app = create_app(make_settings(roles.application_url, tmp_path))
    async with running(app, app.state.whatsway.settings):
        await work(app.state.whatsway)
    months_are_made_and_dropped(roles)
    for statement in FORBIDDEN:
        with (
            psycopg.connect(roles.application_url, autocommit=True) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement.encode())


def months_are_made_and_dropped(roles: Roles) -> None:
    """Through the owner's functions: missing partitions are created, expired ones dropped, nothing else."""
    table = "campaign_recipients"
    with psycopg.connect(roles.owner_url, autocommit=True) as owner:
        owner.execute(f"DROP TABLE {table}_before")
        bound = owner.execute("SELECT month_bound(now() - interval '2 years')").fetchone()
        assert bound is not None
        owner.execute(
            f"CREATE TABLE {table}_old PARTITION OF {table} FOR VALUES FROM (MINVALUE) TO ('{bound[0]}')"
        )
    with psycopg.connect(roles.application_url, autocommit=True) as application:
        made = application.execute("SELECT prepare_months()").fetchone()
        assert made is not None
        assert 1 <= made[0] <= 4
        assert application.execute("SELECT drop_months()").fetchone() == (1,)
        assert application.execute("SELECT prepare_months(), drop_months()").fetchone() == (0, 0)


async def work(state: AppState) -> None:
    """A little of everything that uses the database differently."""
    await state.hub.listening.wait()
    async with state.sessions.begin() as session:
        person = await users.add(
            session, email="a@example.com", name="A", role=Role.ADMIN, password_hash="x"
        )
        with (state.data_dir / "people.csv").open("w+b") as table:
            table.write(b"Name,Mobile\r\nOdd,+491713920001\r\n")
            table.seek(0)
            record = await upload.upload(
                session,
                user_id=person,
                file_name="people.csv",
                source=table,
                data_dir=state.data_dir,
                max_bytes=1_000_000,
            )
        await run.check(session, record.id, data_dir=state.data_dir)  # temporary tables, ANALYZE
    async with state.sessions.begin() as session:
        await process(session)
    async with state.probe() as session:
        assert await revision(session)


@pytest.mark.fault("C9")
def test_a_role_that_nobody_may_make_is_said(roles: Roles) -> None:
    missing = as_role(roles.url, f"app_{uuid4().hex[:8]}")
    with pytest.raises(Problem, match=r"no role app_\w+, and the one in DATABASE_OWNER_URL"):
        database.allow(roles.owner_url, missing)
    give(roles.owner_url, roles.owner_url)  # one role for everything: nothing to do


@pytest.mark.fault("C9")
async def test_the_built_in_stack_of_an_earlier_release_gets_its_role(tmp_path: Path) -> None:
    parts = Parts(api=False, worker=False, temporal=False)
    folder = tmp_path / "data"
    async with Stack(folder, parts=parts, ports="random") as stack:
        assert stack.owner_url is not None
        # What an earlier release left: everything the superuser's, and no other role.
        with psycopg.connect(stack.owner_url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY whatsway_app")
            connection.execute("DROP ROLE whatsway_app")
        secrets = stack.data.read("secrets.json")
        stack.data.write(
            "secrets.json", {k: v for k, v in secrets.items() if "application" not in k}
        )
        assert "DATABASE_OWNER_URL" not in stack.environment
    async with Stack(folder, parts=parts, ports="random") as stack:
        url = str(stack.settings.database_url)
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert row == ("whatsway_app", False)
            assert connection.execute("SELECT count(*) FROM contacts").fetchone() == (0,)
        engine = create_engine(url)
        async with create_sessions(engine).begin() as session:
            await process(session)
        await engine.dispose()
        for statement in FORBIDDEN:
            with (
                psycopg.connect(url, autocommit=True) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(statement.encode())
