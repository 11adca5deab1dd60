"""Everything that names one person; threads of groups; reactions; when a conversation was resolved."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ORIGINS = ("customer", "campaign", "inbox", "automation", "api")
ONE_SIDE = "(contact_id IS NULL) <> (group_id IS NULL)"
CHANNEL_KEY = "fk_message_reactions_channel_id_channels"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _identities()
    _moved()
    _groups()
    _reactions()
    op.add_column("contacts", _time("phone_at"))
    op.add_column("conversations", _time("resolved_at"))
    op.add_column("conversations", sa.Column("last_message_id", sa.Uuid(), nullable=True))
    _origins((*ORIGINS, "business_app"))


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _identities() -> None:
    op.create_table(
        "contact_identities",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        _time("since"),
        _time("until"),
        sa.CheckConstraint("kind IN ('phone', 'user')", name=op.f("ck_contact_identities_kind")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"],
            name=op.f("fk_contact_identities_contact_id_contacts"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_contact_identities")),
    )  # fmt: skip
    op.create_index("ix_contact_identities_contact_id", "contact_identities", ["contact_id"])


def _moved() -> None:
    op.create_table(
        "moved_ids",
        sa.Column("old_id", sa.Uuid(), nullable=False),
        sa.Column("new_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("old_id", name=op.f("pk_moved_ids")),
    )  # fmt: skip
    op.create_index("ix_moved_ids_at", "moved_ids", ["at"])
    op.create_index("ix_moved_ids_new_id", "moved_ids", ["new_id"])


def _groups() -> None:
    op.alter_column("conversations", "contact_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column("conversations", sa.Column("group_id", sa.String(), nullable=True))
    op.add_column(
        "conversations", sa.Column("group_name", sa.String(), server_default="", nullable=False)
    )
    op.create_check_constraint(op.f("ck_conversations_one_side"), "conversations", ONE_SIDE)
    op.create_index(
        "uq_conversations_channel_id_group_id", "conversations", ["channel_id", "group_id"],
        unique=True, postgresql_where=sa.text("group_id IS NOT NULL"),
    )  # fmt: skip
    op.add_column("messages", sa.Column("author_id", sa.Uuid(), nullable=True))
    op.add_column("messages", sa.Column("author_name", sa.String(), nullable=True))


def _reactions() -> None:
    op.create_table(
        "message_reactions",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("wamid", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("emoji", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f(CHANNEL_KEY)),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"],
            name=op.f("fk_message_reactions_contact_id_contacts"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "channel_id", "wamid", "author_id", name=op.f("pk_message_reactions")
        ),
    )  # fmt: skip
    op.create_index("ix_message_reactions_contact_id", "message_reactions", ["contact_id"])


def _origins(allowed: tuple[str, ...]) -> None:
    """Checked for new rows at once; for the old ones in 0006, beside the traffic."""
    listed = ", ".join(f"'{origin}'" for origin in allowed)
    op.execute("ALTER TABLE messages DROP CONSTRAINT ck_messages_origin")
    op.execute(
        f"ALTER TABLE messages ADD CONSTRAINT ck_messages_origin CHECK (origin IN ({listed})) NOT VALID"
    )


def downgrade() -> None:
    op.execute("DELETE FROM messages WHERE origin = 'business_app'")
    op.execute(
        "DELETE FROM messages WHERE contact_id IN (SELECT id FROM conversations WHERE contact_id IS NULL)"
    )
    op.execute("DELETE FROM conversations WHERE contact_id IS NULL")
    op.drop_column("messages", "author_name")
    op.drop_column("messages", "author_id")
    op.drop_table("message_reactions")
    op.drop_index("uq_conversations_channel_id_group_id", "conversations")
    op.drop_constraint("ck_conversations_one_side", "conversations")
    for column in ("group_name", "group_id", "last_message_id", "resolved_at"):
        op.drop_column("conversations", column)
    op.alter_column("conversations", "contact_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_column("contacts", "phone_at")
    op.drop_table("moved_ids")
    op.drop_table("contact_identities")
    _origins(ORIGINS)
