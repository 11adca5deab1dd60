"""Working hours of numbers and people, and how soon customers are to be answered."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE calendars (
        id UUID NOT NULL,
        name VARCHAR NOT NULL,
        zone VARCHAR DEFAULT '' NOT NULL,
        week JSONB DEFAULT '{}'::jsonb NOT NULL,
        special JSONB DEFAULT '[]'::jsonb NOT NULL,
        is_default BOOLEAN DEFAULT false NOT NULL,
        created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_calendars PRIMARY KEY (id),
        CONSTRAINT uq_calendars_name UNIQUE (name)
    )
    """,
    "CREATE UNIQUE INDEX uq_calendars_is_default ON calendars (is_default) WHERE is_default",
    """
    CREATE TABLE calendar_spans (
        calendar_id UUID NOT NULL,
        opens_at timestamptz NOT NULL,
        closes_at timestamptz NOT NULL,
        worked BIGINT NOT NULL,
        CONSTRAINT pk_calendar_spans PRIMARY KEY (calendar_id, opens_at),
        CONSTRAINT fk_calendar_spans_calendar_id_calendars FOREIGN KEY(calendar_id) REFERENCES calendars (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_calendar_spans_calendar_id_worked ON calendar_spans (calendar_id, worked)",
    """
    CREATE TABLE targets (
        id UUID NOT NULL,
        label_id UUID,
        channel_id UUID,
        first_reply INTEGER,
        next_reply INTEGER,
        resolution INTEGER,
        CONSTRAINT pk_targets PRIMARY KEY (id),
        CONSTRAINT ck_targets_one_scope CHECK (label_id IS NULL OR channel_id IS NULL),
        CONSTRAINT fk_targets_label_id_labels FOREIGN KEY(label_id) REFERENCES labels (id) ON DELETE CASCADE,
        CONSTRAINT fk_targets_channel_id_channels FOREIGN KEY(channel_id) REFERENCES channels (id) ON DELETE CASCADE
    )
    """,
    "CREATE UNIQUE INDEX uq_targets_label_id_channel_id ON targets (label_id, channel_id) NULLS NOT DISTINCT",
    """
    ALTER TABLE conversations
        ADD COLUMN opened_at timestamptz,
        ADD COLUMN replied_at timestamptz,
        ADD COLUMN waiting_since timestamptz,
        ADD COLUMN reply_due_at timestamptz,
        ADD COLUMN resolve_due_at timestamptz
    """,
)

HOLDERS = ("channels", "users")
"""Whoever has working hours."""

MOMENTS = ("opened_at", "replied_at", "waiting_since", "reply_due_at", "resolve_due_at")


def upgrade() -> None:
    """Add them; conversations begin to count with their next message."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(sa.text(statement))
    for table in HOLDERS:
        op.add_column(table, sa.Column("calendar_id", sa.Uuid()))
        # Validated at once: nobody has the new column filled.
        op.create_foreign_key(
            op.f(f"fk_{table}_calendar_id_calendars"),
            table,
            "calendars",
            ["calendar_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    """Remove them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in HOLDERS:
        op.drop_column(table, "calendar_id")
    for column in MOMENTS:
        op.drop_column("conversations", column)
    for table in ("targets", "calendar_spans", "calendars"):
        op.drop_table(table)
