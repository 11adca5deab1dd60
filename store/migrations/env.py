"""Alembic's environment: online only, one transaction per migration, short lock waits."""

from alembic import context
from sqlalchemy import text

from store.engine import create_migration_engine
from store.tables.metadata import metadata


def run() -> None:
    """Apply the migrations to the database named in the configuration."""
    engine = create_migration_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        parts = set(connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition")))
        connection.rollback()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transaction_per_migration=True,
            include_name=lambda name, kind, _: kind != "table" or name not in parts,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
