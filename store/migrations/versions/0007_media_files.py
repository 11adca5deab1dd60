"""Files of messages and pictures of pages are kept; changes of messages have a place."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "media_files",
        sa.Column("message_id", sa.Uuid(), primary_key=True),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_try_at", moment, server_default=NOW, nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("mime_type", sa.String(), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", moment, server_default=NOW, nullable=False),
        sa.Column("kept_at", moment, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'kept', 'gone')", name="state"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], ondelete="CASCADE"),
    )
    due, named = sa.text("state = 'waiting'"), sa.text("sha256 IS NOT NULL")
    op.create_index("ix_media_files_due", "media_files", ["next_try_at"], postgresql_where=due)
    op.create_index("ix_media_files_sha256", "media_files", ["sha256"], postgresql_where=named)
    op.create_index("ix_media_files_created_at", "media_files", ["created_at"])
    op.create_table(
        "pictures",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("mime_type", sa.String(), server_default="", nullable=False),
        sa.Column("fetched_at", moment, server_default=NOW, nullable=False),
    )
    op.create_index("ix_pictures_sha256", "pictures", ["sha256"], postgresql_where=named)
    op.create_index("ix_pictures_fetched_at", "pictures", ["fetched_at"])
    op.create_table(
        "message_changes",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("wamid", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.String(), server_default="", nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.CheckConstraint("kind IN ('edit', 'revoke')", name="kind"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_id", "wamid", "kind"),
    )
    op.create_index("ix_message_changes_contact_id", "message_changes", ["contact_id"])


def downgrade() -> None:
    op.drop_table("message_changes")
    op.drop_table("pictures")
    op.drop_table("media_files")
