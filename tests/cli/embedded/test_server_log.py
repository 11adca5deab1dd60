"""The built-in database's log contains nothing customers wrote, whatever fails."""

import contextlib
from pathlib import Path

import psycopg
import pytest

from cli.addresses import Parts
from cli.stack import Stack
from cli.system_checks import on_database
from settings import Settings
from store.server import QUIET

WORDS = "Jacinta-Example-34611999888"

PROVOKED = (
    f'SELECT \'{{"name": "{WORDS}\'::jsonb',
    f"SELECT '{WORDS}'::integer",
    f"SELECT '{WORDS}'::timestamptz",
    f"INSERT INTO people VALUES ('{WORDS}'), ('{WORDS}')",
    f"INSERT INTO people VALUES ('{WORDS}-checked')",
    f"INSERT INTO notes VALUES ('{WORDS}')",
    f"SELECT pg_sleep(1), '{WORDS}'",
    f"DO $$ BEGIN RAISE EXCEPTION '{WORDS}'; END $$",
    f"DO $$ BEGIN RAISE WARNING '{WORDS}'; END $$",
    f"SELECT {WORDS.replace('-', '_')}",
)


@pytest.mark.fault("A2")
async def test_errors_leave_no_word_in_the_log(tmp_path: Path) -> None:
    parts = Parts(api=False, worker=False, migrate=False, temporal=False)
    async with Stack(tmp_path / "data", parts=parts, ports="random") as stack:
        assert stack.postgres is not None
        url = stack.postgres.owner_url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE people (name text UNIQUE CHECK (name !~ 'checked'))")
            connection.execute("CREATE TABLE notes (name text REFERENCES people (name))")
            connection.execute("SET statement_timeout = 200")
            for statement in PROVOKED:
                with contextlib.suppress(psycopg.Error):
                    connection.execute(statement.encode())
            with contextlib.suppress(psycopg.Error):
                connection.execute("INSERT INTO notes VALUES (%s)", [WORDS])
        seen = await on_database("server_log", url, Settings())
        assert seen.detail == "holds no customers' words"
        log = (tmp_path / "data" / "logs" / "postgres.log").read_text()
    assert "Jacinta" not in log
    assert "34611999888" not in log


async def test_a_server_with_other_settings_is_told_what_to_set(database_url: str) -> None:
    finding = await on_database("server_log", database_url, Settings())
    assert finding.detail == "may hold customers' words"
    assert "log_min_messages" in finding.next_step
    documented = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    assert all(name in documented for name in QUIET)
