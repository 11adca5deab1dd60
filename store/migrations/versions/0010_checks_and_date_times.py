"""Workers check imports and read files, rows are imported in part, fields hold dates with a time."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATUSES = "'uploaded', 'previewed', 'running', 'completed', 'failed'"
TYPES = "'text', 'number', 'date', 'bool', 'enum'"
PENDING = sa.text("(source -> 'pending') IS NOT NULL")
WORKING = sa.text("status IN ('running', 'checking')")


def _allow(table: str, column: str, values: str) -> None:
    # Validated in the same transaction, so every row is read under the lock: both tables are small.
    name = f"ck_{table}_{column}"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({values})) NOT VALID"
    )
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow("imports", "status", f"{STATUSES}, 'checking'")
    _allow("custom_fields", "type", f"{TYPES}, 'datetime'")
    op.add_column(
        "import_errors",
        sa.Column("imported", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index("ix_imports_working", "imports", ["id"], postgresql_where=WORKING)
    op.create_index("ix_campaigns_pending_file", "campaigns", ["id"], postgresql_where=PENDING)


def downgrade() -> None:
    op.drop_index("ix_campaigns_pending_file", "campaigns")
    op.drop_index("ix_imports_working", "imports")
    op.drop_column("import_errors", "imported")
    op.execute("UPDATE custom_fields SET type = 'text' WHERE type = 'datetime'")
    op.execute("UPDATE imports SET status = 'uploaded' WHERE status = 'checking'")
    _allow("custom_fields", "type", TYPES)
    _allow("imports", "status", STATUSES)
