"""Who gets the conversations of people who reply to a campaign."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = "fk_campaigns_replies_to_id_users"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("campaigns", sa.Column("replies_to_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(KEY, "campaigns", "users", ["replies_to_id"], ["id"], ondelete="SET NULL")


def downgrade() -> None:
    op.drop_constraint(KEY, "campaigns", type_="foreignkey")
    op.drop_column("campaigns", "replies_to_id")
