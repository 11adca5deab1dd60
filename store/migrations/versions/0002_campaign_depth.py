"""Depth of campaigns: types, unknown outcomes, budgets, slowing down, brakes, restored backups."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
EMPTY = sa.text("'{}'::jsonb")
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in (
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("source", JSON, server_default=EMPTY, nullable=False),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("brake_percent", sa.Integer(), server_default="30", nullable=True),
        sa.Column("brake_mark", JSON, server_default=EMPTY, nullable=False),
    ):
        op.add_column("campaigns", column)
    op.create_foreign_key(
        op.f("fk_campaigns_parent_id_campaigns"),
        "campaigns",
        "campaigns",
        ["parent_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column("message_attempts", sa.Column("wamid", sa.String(), nullable=True))
    op.add_column("message_attempts", sa.Column("user_id", sa.Uuid(), nullable=True))
    for name in ("marketing_api", "coexistence"):
        op.add_column(
            "channels", sa.Column(name, sa.Boolean(), server_default="false", nullable=False)
        )
    op.add_column("rate_slots", sa.Column("slowed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rate_slots", sa.Column("slowed_to", sa.Float(), nullable=True))
    _messages()
    _tables()


def _messages() -> None:
    """No index on wamid: writing it must stay a heap-only update. Inbound ones move to client_id."""
    op.execute("UPDATE messages SET client_id = 'in:' || wamid WHERE direction = 'in'")
    for index in (
        "uq_messages_wamid", "uq_messages_campaign_id_contact_id", "ix_messages_campaign_id_seq",
    ):  # fmt: skip
        op.drop_index(index, table_name="messages")
    op.create_index(
        "uq_messages_campaign_id_seq",
        "messages",
        ["campaign_id", "seq"],
        unique=True,
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )
    op.create_index(
        "ix_messages_retries",
        "messages",
        ["campaign_id", "next_try_at"],
        postgresql_where=sa.text("campaign_id IS NOT NULL AND next_try_at IS NOT NULL"),
    )


def _tables() -> None:
    op.create_table(
        "campaign_entries",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_key", sa.String(), nullable=True),
        sa.Column("values", JSON, server_default=EMPTY, nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_campaign_entries_campaign_id_campaigns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "row", name=op.f("pk_campaign_entries")),
    )
    op.create_index(
        "uq_campaign_entries_campaign_id_phone_key",
        "campaign_entries",
        ["campaign_id", "phone_key"],
        unique=True,
        postgresql_where=sa.text("problem IS NULL"),
    )
    op.create_index(
        "ix_campaign_entries_campaign_id_problem",
        "campaign_entries",
        ["campaign_id", "problem", "row"],
        postgresql_where=sa.text("problem IS NOT NULL"),
    )
    for table, key, value in (
        ("portfolio_recipients", sa.Column("contact_id", sa.Uuid()), sa.Column("at", _time())),
        ("portfolio_usage", sa.Column("minute", _time()), sa.Column("people", sa.Integer())),
    ):
        value.nullable = False
        op.create_table(
            table,
            sa.Column("portfolio_id", sa.Uuid(), nullable=False),
            key,
            value,
            sa.ForeignKeyConstraint(
                ["portfolio_id"],
                ["portfolios.id"],
                name=op.f(f"fk_{table}_portfolio_id_portfolios"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("portfolio_id", key.name, name=op.f(f"pk_{table}")),
        )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("seen_at", _time(), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def downgrade() -> None:
    for table in ("installation", "portfolio_usage", "portfolio_recipients", "campaign_entries"):
        op.drop_table(table)
    added = {
        "rate_slots": ("slowed_to", "slowed_at"),
        "channels": ("coexistence", "marketing_api"),
        "message_attempts": ("user_id", "wamid"),
        "campaigns": (
            "brake_mark", "brake_percent", "closed_at", "undo_until", "source", "parent_id",
        ),
    }  # fmt: skip
    for table, gone in added.items():
        for column in gone:
            op.drop_column(table, column)
    op.execute("UPDATE messages SET client_id = NULL WHERE direction = 'in'")
    op.drop_index("ix_messages_retries", table_name="messages")
    op.drop_index("uq_messages_campaign_id_seq", table_name="messages")
    for name, columns, unique, where in (
        ("uq_messages_wamid", ["wamid"], True, "wamid IS NOT NULL"),
        (
            "uq_messages_campaign_id_contact_id",
            ["campaign_id", "contact_id"],
            True,
            "campaign_id IS NOT NULL",
        ),
        ("ix_messages_campaign_id_seq", ["campaign_id", "seq"], False, "campaign_id IS NOT NULL"),
    ):
        op.create_index(name, "messages", columns, unique=unique, postgresql_where=sa.text(where))
