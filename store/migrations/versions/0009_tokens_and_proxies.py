"""Tokens know the token that made them; sessions know whether a proxy hid where they came from."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = "fk_api_tokens_parent_id_api_tokens"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("api_tokens", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        KEY, "api_tokens", "api_tokens", ["parent_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index("ix_api_tokens_parent_id", "api_tokens", ["parent_id"])
    op.add_column(
        "sessions",
        sa.Column("proxied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("sessions", "proxied")
    op.drop_index("ix_api_tokens_parent_id", "api_tokens")
    op.drop_constraint(KEY, "api_tokens", type_="foreignkey")
    op.drop_column("api_tokens", "parent_id")
