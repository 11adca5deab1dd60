"""Bring a database to the newest schema; safe to repeat, even by two processes at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from store import health, months, moving
from store.engine import Limits, create_migration_engine

LOCK_KEY = 7_730_001
"""Advisory lock that makes a second migrating process wait."""


def configuration(database_url: str) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config


def upgrade(database_url: str) -> None:
    """Apply every migration that is missing."""
    # The second process waits for the first, however long it takes.
    engine = create_migration_engine(database_url, Limits(0, 0, 0))
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.commit()
        command.upgrade(configuration(database_url), "head")
        connection.execute(months.PREPARE)
        connection.commit()
        while moving.old_logs(connection):
            connection.commit()
    engine.dispose()


def is_newer(database_url: str) -> bool:
    """Whether the database is at a migration this code does not have."""
    engine = create_migration_engine(database_url)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return current is not None and not knows(current)


def knows(revision: str) -> bool:
    """Whether this code has that migration."""
    return health.fits(revision) != "newer"


def pending(database_url: str) -> bool:
    """Whether migrations are missing."""
    engine = create_migration_engine(database_url)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return current != ScriptDirectory.from_config(configuration(database_url)).get_current_head()
