"""Ended campaigns can be put away, and a draft is listed once somebody typed something."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("campaigns", sa.Column("archived_at", sa.DateTime(timezone=True)))
    op.add_column(
        "campaigns",
        sa.Column("blank", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "campaigns",
        sa.Column("schedule_seen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("campaigns", "schedule_seen")
    op.drop_column("campaigns", "blank")
    op.drop_column("campaigns", "archived_at")
