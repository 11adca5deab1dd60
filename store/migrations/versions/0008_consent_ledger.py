"""Who allowed or stopped marketing, when and how; restrictions that end; times of Meta's news."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# A contact that comes back, by whatever path, is as opted out as it was when it was deleted. A trigger,
# so that no path can forget it; by the statement, and for nothing while nobody is suppressed.
RESTORE = """
CREATE FUNCTION restore_suppressed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM suppressions) THEN
        RETURN NULL;
    END IF;
    WITH hits AS (
        SELECT s.id, a.id AS contact_id FROM suppressions s
        JOIN added a ON s.phone_hash = sha256(convert_to(a.phone_key, 'UTF8'))
        UNION
        SELECT s.id, a.id FROM suppressions s
        JOIN added a ON s.bsuid_hash = sha256(convert_to(a.bsuid, 'UTF8'))
    ),
    gone AS (
        DELETE FROM suppressions s WHERE s.id IN (SELECT id FROM hits)
        RETURNING s.id, s.facts, s.blocked_at
    ),
    back AS (SELECT h.contact_id, g.facts, g.blocked_at FROM gone g JOIN hits h USING (id)),
    facts AS (
        INSERT INTO consents (contact_id, action, source, keepers, at)
        SELECT b.contact_id, 'stop', f.source, f.keepers, f.at
        FROM back b, jsonb_to_recordset(b.facts) AS f(source text, keepers text[], at timestamptz)
        RETURNING contact_id, at
    )
    UPDATE contacts c SET
        marketing_opt_out_at = coalesce(
            (SELECT min(f.at) FROM facts f WHERE f.contact_id = c.id), c.marketing_opt_out_at),
        blocked_at = coalesce(
            c.blocked_at, (SELECT min(b.blocked_at) FROM back b WHERE b.contact_id = c.id))
    WHERE c.id IN (SELECT contact_id FROM back);
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER contacts_restore_suppressed AFTER INSERT ON contacts
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION restore_suppressed()
"""
# A number or an id that is learned later brings back what was stopped, too; not by its own update.
LEARNED = """
CREATE TRIGGER contacts_restore_learned AFTER UPDATE ON contacts
REFERENCING NEW TABLE AS added FOR EACH STATEMENT
WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION restore_suppressed()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _consents()
    _suppressions()
    op.add_column("contacts", _time("marketing_agreed_at"))
    op.add_column("campaign_entries", sa.Column("consent", sa.String(), nullable=True))
    for table in ("channels", "templates"):
        op.add_column(table, _object("news"))
    op.add_column("channels", _object("restrictions"))
    op.execute(RESTORE)
    op.execute(TRIGGER)
    op.execute(LEARNED)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _object(name: str) -> sa.Column[object]:
    default = sa.text("'{}'::jsonb")
    return sa.Column(name, postgresql.JSONB(), server_default=default, nullable=False)


def _now(name: str) -> sa.Column[object]:
    now = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.BIGINT(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("keepers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.String(), server_default="", nullable=False),
        _now("created_at"),
        sa.CheckConstraint("action IN ('stop', 'agree')", name=op.f("ck_consents_action")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_consents_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_consents_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )  # fmt: skip
    op.create_index("ix_consents_contact_id_at", "consents", ["contact_id", "at"])
    op.create_index(
        "uq_consents_message_id", "consents", ["message_id"], unique=True,
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )  # fmt: skip


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", sa.BIGINT(), sa.Identity(always=False), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=True),
        sa.Column("bsuid_hash", sa.LargeBinary(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        _time("blocked_at"),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    for column in ("phone_hash", "bsuid_hash"):
        op.create_index(f"ix_suppressions_{column}", "suppressions", [column])


def downgrade() -> None:
    op.execute("DROP TRIGGER contacts_restore_learned ON contacts")
    op.execute("DROP TRIGGER contacts_restore_suppressed ON contacts")
    op.execute("DROP FUNCTION restore_suppressed()")
    op.drop_table("suppressions")
    op.drop_table("consents")
    op.drop_column("contacts", "marketing_agreed_at")
    op.drop_column("campaign_entries", "consent")
    op.drop_column("channels", "restrictions")
    for table in ("channels", "templates"):
        op.drop_column(table, "news")
