"""Migrations create exactly the tables the code maps, and the newest can be reverted."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

import store.tables.metadata  # noqa: F401 - maps every table
from store.engine import driver_url
from store.migrate import configuration
from store.tables.base import Base
from store.tables.journal import OF_KEPT


def _differences(database_url: str) -> list[object]:
    engine = create_engine(driver_url(database_url))
    with engine.connect() as connection:
        query = text("SELECT relname FROM pg_class WHERE relispartition")
        parts = set(connection.scalars(query))
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name not in parts,
            },
        )
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    return list(found)


def test_migrated_tables_are_the_mapped_ones(database_url: str) -> None:
    assert _differences(database_url) == []


def test_the_newest_migration_can_be_taken_back_and_applied_again(database_url: str) -> None:
    command.downgrade(configuration(database_url), "-1")
    assert _differences(database_url) != []
    command.upgrade(configuration(database_url), "head")
    assert _differences(database_url) == []


def test_the_indexes_of_one_part_of_the_journal_exist(database_url: str) -> None:
    engine = create_engine(driver_url(database_url))
    with engine.connect() as connection:
        query = text("SELECT indexname FROM pg_indexes WHERE tablename = 'journal_kept'")
        assert set(OF_KEPT) <= set(connection.scalars(query))
    engine.dispose()
