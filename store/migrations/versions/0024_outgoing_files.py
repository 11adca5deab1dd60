"""Files that somebody chose to send, and their ids at WhatsApp."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE outgoing_files (
        sha256 VARCHAR NOT NULL,
        mime_type VARCHAR NOT NULL,
        size BIGINT NOT NULL,
        created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        named_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_outgoing_files PRIMARY KEY (sha256)
    )
    """,
    "CREATE INDEX ix_outgoing_files_named_at ON outgoing_files (named_at)",
    """
    CREATE TABLE outgoing_file_ids (
        sha256 VARCHAR NOT NULL,
        channel_id UUID NOT NULL,
        phone_number_id VARCHAR NOT NULL,
        media_id VARCHAR NOT NULL,
        uploaded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_outgoing_file_ids PRIMARY KEY (sha256, channel_id),
        CONSTRAINT fk_outgoing_file_ids_sha256_outgoing_files FOREIGN KEY(sha256)
            REFERENCES outgoing_files (sha256) ON DELETE CASCADE,
        CONSTRAINT fk_outgoing_file_ids_channel_id_channels FOREIGN KEY(channel_id)
            REFERENCES channels (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_outgoing_file_ids_uploaded_at ON outgoing_file_ids (uploaded_at)",
    "CREATE INDEX ix_outgoing_file_ids_channel_id ON outgoing_file_ids (channel_id)",
)


def upgrade() -> None:
    """Add them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Remove them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("outgoing_file_ids")
    op.drop_table("outgoing_files")
