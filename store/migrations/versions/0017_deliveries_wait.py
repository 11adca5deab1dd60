"""A delivery with news of somebody who may still be kept waits until that is decided, known to every worker."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("webhook_events", sa.Column("wait_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("webhook_events", "wait_until")
