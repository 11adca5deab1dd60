"""Whom an entry about many is about: a thin row for each, in parts that end with the entry's."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE journal_contacts (
        contact_id uuid NOT NULL,
        entry_id bigint NOT NULL,
        at timestamptz NOT NULL,
        CONSTRAINT pk_journal_contacts PRIMARY KEY (contact_id, entry_id, at)
    ) PARTITION BY RANGE (at)
    """,
    "CREATE TABLE journal_contacts_rest PARTITION OF journal_contacts DEFAULT",
)

BEFORE = "WHEN 'journal_kept' THEN 'month' WHEN 'journal_traffic' THEN 'week'"
UNITS = BEFORE + " WHEN 'journal_contacts' THEN 'month'"

# As migration 0018 has it; only the table of the parts' lengths differs.
TURN = """
CREATE OR REPLACE FUNCTION turn_journal(parent text, keep interval, ahead int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    unit text := CASE parent {units} END;
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
    op.execute(TURN.replace("{units}", UNITS))
    op.execute("SELECT turn_journal('journal_contacts', '100 years', 2)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TURN.replace("{units}", BEFORE))
    op.execute("DROP TABLE journal_contacts")
