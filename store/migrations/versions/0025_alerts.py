"""Alerts, and what each person did with them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE alerts (
        id UUID NOT NULL,
        kind VARCHAR NOT NULL,
        subject VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        why VARCHAR NOT NULL,
        count BIGINT NOT NULL,
        raised_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        seen_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        cleared_at timestamptz,
        mailed_at timestamptz,
        CONSTRAINT pk_alerts PRIMARY KEY (id)
    )
    """,
    "CREATE UNIQUE INDEX uq_alerts_open ON alerts (kind, subject) WHERE cleared_at IS NULL",
    "CREATE INDEX ix_alerts_cleared_at_id ON alerts (cleared_at, id) WHERE cleared_at IS NOT NULL",
    "CREATE INDEX ix_alerts_mailed_at ON alerts (mailed_at) WHERE mailed_at IS NOT NULL",
    """
    CREATE TABLE alert_marks (
        alert_id UUID NOT NULL,
        user_id UUID NOT NULL,
        seen_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        dismissed_at timestamptz,
        CONSTRAINT pk_alert_marks PRIMARY KEY (alert_id, user_id),
        CONSTRAINT fk_alert_marks_alert_id_alerts FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE,
        CONSTRAINT fk_alert_marks_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    """Add them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Remove them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("alert_marks")
    op.drop_table("alerts")
