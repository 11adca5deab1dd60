"""What the application's own role may do in the database: work with rows, nothing about the server."""

from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from store.engine import Limits, Use, connection_options, libpq_url

LOCK_KEY = 7_730_002
"""Advisory lock: two processes granting at once would conflict on catalogue rows."""

ROLE = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

# docs/operations.md has the same statements for servers whose roles are managed elsewhere.
GRANTS = (
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)
SINCE_17 = (
    # Statistics are refreshed after an import; before 17 only an owner may, and autovacuum does it.
    "GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT MAINTAIN ON TABLES TO {role}",
)
FROM_SUPERUSERS = (
    # Needed to recognise a restored backup (store.installation).
    "GRANT EXECUTE ON FUNCTION pg_control_system(), pg_control_checkpoint() TO {role}",
)

Connection = psycopg.Connection[Any]


class RoleMissing(Exception):
    """The application's role does not exist, and this owner may not create it."""


def give(owner_url: str, application_url: str) -> None:
    """Create the role of ``application_url`` if missing and grant it what it needs.

    Does nothing when both addresses name the same role.
    """
    role, password = _credentials(application_url)
    if not role or role == _credentials(owner_url)[0]:
        return
    options = connection_options(owner_url, Use.MIGRATE, Limits(30, 0, 0))
    with psycopg.connect(libpq_url(owner_url), autocommit=True, **options) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        makes_roles, is_superuser, version = _powers(connection)
        if makes_roles:
            _make(connection, role, password)
        elif not _exists(connection, role):
            raise RoleMissing(role)
        newer = SINCE_17 if version >= 170_000 else ()
        server = FROM_SUPERUSERS if is_superuser else ()
        with connection.transaction():
            for statement in (*GRANTS, *newer, *server):
                _run(connection, statement, role)
            if _value(connection, "SELECT to_regclass('public.alembic_version') IS NOT NULL"):
                statement = "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}"
                _run(connection, statement, role)


def _credentials(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


def _powers(connection: Connection) -> tuple[bool, bool, int]:
    row = connection.execute(
        "SELECT rolcreaterole OR rolsuper, rolsuper, current_setting('server_version_num')::int"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row is not None
    may_make_roles, is_superuser, version = row
    return bool(may_make_roles), bool(is_superuser), int(version)


def _exists(connection: Connection, role: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    return found is not None


def _make(connection: Connection, role: str, password: str) -> None:
    if not _exists(connection, role):
        _run(connection, "CREATE ROLE {role} " + ROLE, role)
    if password:
        # Hashed here, so that no statement log contains it.
        hashed = connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        )
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        connection.execute(statement.format(sql.Identifier(role), sql.Literal(hashed.decode())))


def _run(connection: Connection, statement: str, role: str) -> None:
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL(statement).format(role=sql.Identifier(role), database=database))


def _value(connection: Connection, query: str) -> bool:
    (value,) = connection.execute(query).fetchone() or (False,)
    return bool(value)
