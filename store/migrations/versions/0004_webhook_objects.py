"""Webhook objects that had no effect have a log, templates set aside a list, deliveries their signers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("webhook_events", sa.Column("signed_for", sa.ARRAY(sa.Uuid()), nullable=True))
    op.create_table(
        "webhook_objects",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_for", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("phone_number_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("error", sa.String(), server_default="", nullable=False),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("state IN ('aside', 'kept', 'replayed')", name="state"),
    )
    index = "ix_webhook_objects_state_received_at_id"
    op.create_index(index, "webhook_objects", ["state", "received_at", "id"])
    op.create_index("ix_webhook_objects_received_at", "webhook_objects", ["received_at"])
    op.create_table(
        "template_asides",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("waba_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("error", sa.String(), server_default="", nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
    )
    op.create_index("ix_template_asides_waba_id", "template_asides", ["waba_id"])


def downgrade() -> None:
    op.drop_table("template_asides")
    op.drop_table("webhook_objects")
    op.drop_column("webhook_events", "signed_for")
