"""Automations: drafts, versions, triggers, runs and their steps; labels and notes of conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = (
    "automations",
    "automation_versions",
    "automation_triggers",
    "automation_hooks",
    "automation_runs",
    "automation_steps",
    "automation_inbox",
    "automation_counts",
    "automation_secrets",
    "labels",
    "conversation_labels",
    "notes",
)

STATEMENTS = (
    """
    CREATE TABLE automations (
        id UUID NOT NULL,
        name VARCHAR NOT NULL,
        status VARCHAR DEFAULT 'draft' NOT NULL,
        archived_at timestamptz,
        draft JSONB NOT NULL,
        revision INTEGER DEFAULT '1' NOT NULL,
        draft_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        draft_by UUID,
        version INTEGER,
        halted JSONB,
        created_by UUID,
        created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_automations PRIMARY KEY (id),
        CONSTRAINT ck_automations_status CHECK (status IN ('draft', 'live', 'paused')),
        CONSTRAINT fk_automations_draft_by_users FOREIGN KEY(draft_by) REFERENCES users (id) ON DELETE SET NULL,
        CONSTRAINT fk_automations_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL
    )
    """,
    "CREATE INDEX ix_automations_name_id ON automations (lower(name), id)",
    """
    CREATE TABLE automation_versions (
        automation_id UUID NOT NULL,
        version INTEGER NOT NULL,
        graph JSONB NOT NULL,
        published_by UUID,
        published_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_automation_versions PRIMARY KEY (automation_id, version),
        CONSTRAINT fk_automation_versions_automation_id_automations FOREIGN KEY(automation_id) REFERENCES automations (id) ON DELETE CASCADE,
        CONSTRAINT fk_automation_versions_published_by_users FOREIGN KEY(published_by) REFERENCES users (id) ON DELETE SET NULL
    )
    """,
    """
    CREATE TABLE automation_triggers (
        automation_id UUID NOT NULL,
        trigger_id VARCHAR NOT NULL,
        version INTEGER NOT NULL,
        type VARCHAR NOT NULL,
        data JSONB NOT NULL,
        done_until timestamptz,
        next_at timestamptz,
        missed_at timestamptz,
        CONSTRAINT pk_automation_triggers PRIMARY KEY (automation_id, trigger_id),
        CONSTRAINT fk_automation_triggers_automation_id_automations FOREIGN KEY(automation_id) REFERENCES automations (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_automation_triggers_next_at ON automation_triggers (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX ix_automation_triggers_type ON automation_triggers (type)",
    """
    CREATE TABLE automation_hooks (
        automation_id UUID NOT NULL,
        trigger_id VARCHAR NOT NULL,
        digest VARCHAR NOT NULL,
        token VARCHAR NOT NULL,
        sample JSONB,
        called_at timestamptz,
        created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_automation_hooks PRIMARY KEY (automation_id, trigger_id),
        CONSTRAINT fk_automation_hooks_automation_id_automations FOREIGN KEY(automation_id) REFERENCES automations (id) ON DELETE CASCADE,
        CONSTRAINT uq_automation_hooks_digest UNIQUE (digest)
    )
    """,
    """
    CREATE TABLE automation_runs (
        id UUID NOT NULL,
        automation_id UUID NOT NULL,
        version INTEGER NOT NULL,
        contact_id UUID NOT NULL,
        channel_id UUID NOT NULL,
        trigger_id VARCHAR NOT NULL,
        cause VARCHAR NOT NULL,
        entry_key VARCHAR,
        message_id UUID,
        marketing BOOLEAN DEFAULT false NOT NULL,
        state JSONB NOT NULL,
        answers JSONB DEFAULT '{}'::jsonb NOT NULL,
        node VARCHAR NOT NULL,
        step INTEGER DEFAULT '1' NOT NULL,
        waits VARCHAR,
        until timestamptz,
        parent_id UUID,
        parent_step INTEGER,
        ending VARCHAR,
        reason VARCHAR DEFAULT '' NOT NULL,
        started_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        moved_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        ended_at timestamptz,
        CONSTRAINT pk_automation_runs PRIMARY KEY (id),
        CONSTRAINT ck_automation_runs_waits CHECK (waits IN ('reply', 'time', 'effect', 'child')),
        CONSTRAINT ck_automation_runs_ending CHECK (ending IN ('completed', 'goal', 'handed_over', 'failed', 'stopped', 'opted_out', 'restarted', 'removed')),
        CONSTRAINT fk_automation_runs_automation_id_automations FOREIGN KEY(automation_id) REFERENCES automations (id) ON DELETE CASCADE,
        CONSTRAINT fk_automation_runs_contact_id_contacts FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE,
        CONSTRAINT fk_automation_runs_channel_id_channels FOREIGN KEY(channel_id) REFERENCES channels (id)
    )
     WITH (fillfactor = 80)
    """,
    "CREATE INDEX ix_automation_runs_active_automation_id_node"
    " ON automation_runs (automation_id, node) WHERE ended_at IS NULL",
    "CREATE INDEX ix_automation_runs_active_contact_id"
    " ON automation_runs (contact_id, channel_id) WHERE ended_at IS NULL",
    "CREATE INDEX ix_automation_runs_automation_id_id ON automation_runs (automation_id, id DESC)",
    "CREATE INDEX ix_automation_runs_contact_id_id ON automation_runs (contact_id, id DESC)",
    "CREATE INDEX ix_automation_runs_due"
    " ON automation_runs (until) WHERE ended_at IS NULL AND until IS NOT NULL",
    "CREATE INDEX ix_automation_runs_parent_id ON automation_runs (parent_id) WHERE parent_id IS NOT NULL",
    "CREATE UNIQUE INDEX uq_automation_runs_automation_id_contact_id_cause"
    " ON automation_runs (automation_id, contact_id, cause)",
    """
    CREATE TABLE automation_steps (
        run_id UUID NOT NULL,
        step INTEGER NOT NULL,
        automation_id UUID NOT NULL,
        node VARCHAR NOT NULL,
        type VARCHAR NOT NULL,
        branch VARCHAR,
        reason VARCHAR DEFAULT '' NOT NULL,
        detail JSONB,
        started_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        ended_at timestamptz,
        CONSTRAINT pk_automation_steps PRIMARY KEY (run_id, step),
        CONSTRAINT fk_automation_steps_run_id_automation_runs FOREIGN KEY(run_id) REFERENCES automation_runs (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_automation_steps_automation_id_ended_at ON automation_steps (automation_id, ended_at)",
    """
    CREATE TABLE automation_inbox (
        run_id UUID NOT NULL,
        message_id UUID NOT NULL,
        at timestamptz DEFAULT clock_timestamp() NOT NULL,
        taken_at timestamptz,
        CONSTRAINT pk_automation_inbox PRIMARY KEY (run_id, message_id),
        CONSTRAINT fk_automation_inbox_run_id_automation_runs FOREIGN KEY(run_id) REFERENCES automation_runs (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE automation_counts (
        automation_id UUID NOT NULL,
        node VARCHAR NOT NULL,
        branch VARCHAR NOT NULL,
        hour timestamptz NOT NULL,
        runs BIGINT NOT NULL,
        CONSTRAINT pk_automation_counts PRIMARY KEY (automation_id, node, branch, hour),
        CONSTRAINT fk_automation_counts_automation_id_automations FOREIGN KEY(automation_id) REFERENCES automations (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE automation_secrets (
        name VARCHAR NOT NULL,
        value VARCHAR NOT NULL,
        created_by UUID,
        created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_automation_secrets PRIMARY KEY (name),
        CONSTRAINT fk_automation_secrets_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL
    )
    """,
    """
    CREATE TABLE labels (
        id UUID NOT NULL,
        name VARCHAR NOT NULL,
        color VARCHAR DEFAULT '' NOT NULL,
        created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_labels PRIMARY KEY (id),
        CONSTRAINT uq_labels_name UNIQUE (name)
    )
    """,
    """
    CREATE TABLE conversation_labels (
        conversation_id UUID NOT NULL,
        label_id UUID NOT NULL,
        at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_conversation_labels PRIMARY KEY (conversation_id, label_id),
        CONSTRAINT fk_conversation_labels_conversation_id_conversations FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
        CONSTRAINT fk_conversation_labels_label_id_labels FOREIGN KEY(label_id) REFERENCES labels (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_conversation_labels_label_id ON conversation_labels (label_id)",
    """
    CREATE TABLE notes (
        id UUID NOT NULL,
        conversation_id UUID NOT NULL,
        author_id UUID,
        run_id UUID,
        step INTEGER,
        text VARCHAR NOT NULL,
        created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_notes PRIMARY KEY (id),
        CONSTRAINT fk_notes_conversation_id_conversations FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
        CONSTRAINT fk_notes_author_id_users FOREIGN KEY(author_id) REFERENCES users (id) ON DELETE SET NULL
    )
    """,
    "CREATE INDEX ix_notes_conversation_id_id ON notes (conversation_id, id DESC)",
    "CREATE UNIQUE INDEX uq_notes_run_id_step ON notes (run_id, step) WHERE run_id IS NOT NULL",
)

READERS = ("routing", "starts", "runs")
"""Streams that are read from this moment on, whenever their reader begins."""


def upgrade() -> None:
    """Add the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)
    op.add_column("conversations", sa.Column("taken_at", sa.DateTime(timezone=True)))
    op.add_column("conversations", sa.Column("taken_by", sa.Uuid()))
    # Validated at once: no conversation has the new column filled.
    op.create_foreign_key(
        op.f("fk_conversations_taken_by_users"),
        "conversations",
        "users",
        ["taken_by"],
        ["id"],
        ondelete="SET NULL",
    )
    for name in READERS:
        op.execute(
            sa.text(
                "INSERT INTO journal_readers (name, position) VALUES (:name, pg_current_snapshot()::text)"
            ).bindparams(name=name)
        )


def downgrade() -> None:
    """Remove them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        sa.text("DELETE FROM journal_readers WHERE name = ANY(:names)").bindparams(
            names=list(READERS)
        )
    )
    op.drop_column("conversations", "taken_by")
    op.drop_column("conversations", "taken_at")
    for table in reversed(TABLES):
        op.drop_table(table)
