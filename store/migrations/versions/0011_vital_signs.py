"""Every worker and API process says every few seconds that it is alive, and what it can reach."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    now = sa.text("clock_timestamp()")
    op.create_table(
        "processes",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("ahead_ms", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "looks", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        postgresql_with={"fillfactor": "50"},
    )


def downgrade() -> None:
    op.drop_table("processes")
