"""Dumps and restores a database with PostgreSQL's own programs."""

import importlib.util
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cli.database import unreachable
from cli.embedded.postgres import installation, plain_environment
from cli.problems import Problem
from store.engine import libpq_url

RESTORED = "UPDATE installation SET fingerprint = 'restored'"
"""After a restore to any server, the next worker holds everything that could send."""


def revision(url: str) -> str:
    """The migration a database is at; raises Problem if it has nothing of ours."""
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=5) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.OperationalError as error:
        raise Problem(unreachable(error)) from error
    except psycopg.errors.UndefinedTable:
        row = None
    if row is None:
        raise Problem("The database has no tables yet, so there is nothing to back up.")
    return str(row[0])


def require_empty(url: str) -> None:
    """Raise Problem if the database already has tables."""
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=5) as connection:
            found = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise Problem(unreachable(error)) from error
    if found is not None and found[0]:
        raise Problem(
            "The database is not empty, and a restore overwrites nothing: stop API and worker, "
            "drop the database and create it again (docs/setup.md, Backups)."
        )


def dump(url: str, target: Path) -> None:
    """Dump all tables and rows at one moment, without rights and owners, which belong to each installation."""
    options = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments"]
    _run("pg_dump", url, *options, f"--file={target}")


def load(url: str, source: Path) -> None:
    """Restore into an empty database, all or nothing."""
    with psycopg.connect(libpq_url(url), connect_timeout=5) as connection:
        old = connection.info.server_version < 170000
    # Before 17 a server does not know transaction_timeout, which our pg_restore sets.
    strict = ["--no-owner", "--no-privileges"] + ([] if old else ["--single-transaction"])
    _run("pg_restore", url, *strict, str(source), forgiven="transaction_timeout" if old else "")
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute(RESTORED)


def _run(program: str, url: str, *arguments: str, forgiven: str = "") -> None:
    """Run one program to its end; the first line of its error becomes the Problem.

    The password is passed in the environment, as everybody can read arguments.
    """
    parts = {name: str(value) for name, value in conninfo_to_dict(libpq_url(url)).items()}
    secret = {"PGPASSWORD": parts.pop("password", "")}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        [str(installation() / "bin" / program), f"--dbname={make_conninfo(**parts)}", *arguments],
        env=plain_environment() | secret | _knowing_tls(url), capture_output=True, text=True, check=False,
        errors="replace",
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "error:" in line]
    wrong = [line for line in said if not forgiven or forgiven not in line]
    if done.returncode and (wrong or not said):
        reason = (wrong or done.stderr.strip().splitlines() or ["no answer"])[0]
        raise Problem(f"{program} did not succeed ({reason}).")


def _knowing_tls(url: str) -> dict[str, str]:
    """Use the driver's libpq instead of the one shipped with these programs, which lacks TLS.

    Only if the server and ``sslmode`` agreed on TLS, so that everybody else runs what was shipped.
    """
    with psycopg.connect(libpq_url(url), connect_timeout=5) as connection:
        if not connection.pgconn.ssl_in_use:
            return {}
    spec = importlib.util.find_spec("psycopg_binary")
    for location in (spec.submodule_search_locations or []) if spec else []:
        for library in Path(location).with_name("psycopg_binary.libs").glob("libpq-*.so*"):
            return {"LD_PRELOAD": str(library)}
    return {}
