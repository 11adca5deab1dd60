"""The journal: what happens is written once, in partitions that end by age."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = (
    "CREATE SEQUENCE journal_id_seq AS bigint",
    """
    CREATE TABLE journal (
        id bigint NOT NULL DEFAULT nextval('journal_id_seq'),
        life varchar NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
        kind varchar NOT NULL,
        stream varchar,
        audited boolean NOT NULL,
        user_id uuid,
        actor varchar NOT NULL,
        ip varchar NOT NULL,
        entity varchar NOT NULL,
        entity_id varchar NOT NULL,
        contact_id uuid,
        conversation_id uuid,
        message_id uuid,
        campaign_id uuid,
        before jsonb,
        data jsonb,
        CONSTRAINT pk_journal PRIMARY KEY (id, life, at)
    ) PARTITION BY LIST (life)
    """,
    "ALTER SEQUENCE journal_id_seq OWNED BY journal.id",
    "CREATE INDEX ix_journal_xact ON journal (xact)",
    "CREATE INDEX ix_journal_stream_xact ON journal (stream, xact) WHERE stream IS NOT NULL",
    "CREATE TABLE journal_kept PARTITION OF journal FOR VALUES IN ('kept') PARTITION BY RANGE (at)",
    "CREATE TABLE journal_traffic PARTITION OF journal FOR VALUES IN ('traffic') PARTITION BY RANGE (at)",
    "CREATE TABLE journal_kept_rest PARTITION OF journal_kept DEFAULT",
    "CREATE TABLE journal_traffic_rest PARTITION OF journal_traffic DEFAULT",
    # Only what is kept is asked for by the thing it happened to.
    "CREATE INDEX ix_journal_kept_id ON journal_kept (id) WHERE audited",
    "CREATE INDEX ix_journal_kept_entity ON journal_kept (entity, entity_id)",
    "CREATE INDEX ix_journal_kept_campaign_id_id ON journal_kept (campaign_id, id)"
    " WHERE campaign_id IS NOT NULL",
    "CREATE INDEX ix_journal_kept_contact_id_id ON journal_kept (contact_id, id)"
    " WHERE contact_id IS NOT NULL",
    """
    CREATE TABLE journal_readers (
        name varchar CONSTRAINT pk_journal_readers PRIMARY KEY,
        position varchar NOT NULL,
        floor bigint NOT NULL DEFAULT 0,
        moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    """
    INSERT INTO journal_readers (name, position)
    SELECT name, pg_current_snapshot() FROM unnest(ARRAY['messages', 'campaigns', 'windows', 'jobs']) AS name
    """,
)

# The application's role may write rows but makes no tables: this acts with the rights of their owner. What
# waited in the rest for a partition that was missing moves into it before it is attached.
TURN = """
CREATE FUNCTION turn_journal(parent text, keep interval, ahead int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    unit text := CASE parent WHEN 'journal_kept' THEN 'month' WHEN 'journal_traffic' THEN 'week' END;
    low timestamptz;
    high timestamptz;
    part text;
BEGIN
    IF unit IS NULL THEN
        RAISE EXCEPTION '% is no part of the journal', parent;
    END IF;
    IF keep IS NULL OR ahead IS NULL OR ahead NOT BETWEEN 0 AND 12 THEN
        RAISE EXCEPTION 'no life, or too many partitions ahead';
    END IF;
    PERFORM pg_advisory_xact_lock(7730005);
    FOR turn IN 0..ahead LOOP
        low := date_trunc(unit, now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + turn * ('1 ' || unit)::interval;
        high := (low AT TIME ZONE 'UTC' + ('1 ' || unit)::interval) AT TIME ZONE 'UTC';
        part := parent || to_char(low AT TIME ZONE 'UTC', '_YYYYMMDD');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
        EXECUTE format(
            'WITH moved AS (DELETE FROM %I WHERE at >= %L AND at < %L RETURNING *)'
            ' INSERT INTO %I SELECT * FROM moved', parent || '_rest', low, high, part);
        EXECUTE format(
            'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, low, high);
    END LOOP;
    FOR part, high IN
        SELECT relname, to_date(right(relname, 8), 'YYYYMMDD') + ('1 ' || unit)::interval
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = parent::regclass AND relname ~ '_[0-9]{8}$'
    LOOP
        IF high < now() - greatest(keep, interval '7 days') THEN
            EXECUTE format('DROP TABLE %I', part);
        END IF;
    END LOOP;
    EXECUTE format('DELETE FROM %I WHERE at < %L', parent || '_rest', now() - greatest(keep, interval '7 days'));
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
    op.execute(TURN)
    # What the older logs hold moves here after the migrations, under numbers in front of all others.
    op.execute("""
        SELECT setval('journal_id_seq', (SELECT coalesce(max(id), 1) FROM audit_log))
    """)
    op.execute("SELECT turn_journal('journal_kept', '100 years', 2)")
    op.execute("SELECT turn_journal('journal_traffic', '100 years', 2)")


def downgrade() -> None:
    op.execute("DROP FUNCTION turn_journal(text, interval, int)")
    op.execute("DROP TABLE journal")
    op.execute("DROP TABLE journal_readers")
