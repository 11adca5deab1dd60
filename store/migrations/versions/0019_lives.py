"""Recipients, exclusions and attempts in parts by month; people of old campaigns may go, their figures stay.

The table as it is becomes the first part, without being rewritten or read under a lock: a CHECK that it
holds already is validated while everybody works, and proves the bounds when it is attached.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEYS = {
    "message_attempts": "message_id",
    "campaign_recipients": "campaign_id",
    "campaign_exclusions": "campaign_id",
}
NAMES = {
    "message_attempts": ("pk_message_attempts", "ix_message_attempts_message_id_attempt"),
    "campaign_recipients": (
        "pk_campaign_recipients",
        "uq_campaign_recipients_campaign_id_contact_id",
        "fk_campaign_recipients_campaign_id_campaigns",
    ),
    "campaign_exclusions": (
        "pk_campaign_exclusions",
        "fk_campaign_exclusions_campaign_id_campaigns",
    ),
}
TO_CAMPAIGNS = "FOREIGN KEY (campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE"
SHAPES = {
    "message_attempts": (
        "ALTER TABLE message_attempts ADD CONSTRAINT pk_message_attempts PRIMARY KEY (message_id, id)",
        "CREATE INDEX ix_message_attempts_message_id_attempt ON message_attempts (message_id, attempt)",
    ),
    "campaign_recipients": (
        "ALTER TABLE campaign_recipients ADD CONSTRAINT pk_campaign_recipients PRIMARY KEY (campaign_id, seq)",
        "ALTER TABLE campaign_recipients ADD CONSTRAINT uq_campaign_recipients_campaign_id_contact_id"
        " UNIQUE (campaign_id, contact_id)",
        f"ALTER TABLE campaign_recipients ADD CONSTRAINT fk_campaign_recipients_campaign_id_campaigns {TO_CAMPAIGNS}",
    ),
    "campaign_exclusions": (
        "ALTER TABLE campaign_exclusions ADD CONSTRAINT pk_campaign_exclusions PRIMARY KEY (campaign_id, contact_id)",
        f"ALTER TABLE campaign_exclusions ADD CONSTRAINT fk_campaign_exclusions_campaign_id_campaigns {TO_CAMPAIGNS}",
    ),
}
# The application owns no tables, so it asks for months by functions of whoever does. They can do no harm, whoever
# calls them: a month is dropped only when nothing in it is kept, and what no month takes goes into the rest.
FUNCTIONS = (
    """
CREATE FUNCTION month_bound(at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$
""",
    """
CREATE FUNCTION months_of(parent text) RETURNS TABLE (part text, low uuid, high uuid)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
SELECT c.relname::text,
    coalesce(substring(b.bound FROM 'FROM \\(''([0-9a-f-]{36})'), '00000000-0000-0000-0000-000000000000')::uuid,
    coalesce(substring(b.bound FROM 'TO \\(''([0-9a-f-]{36})'), 'ffffffff-ffff-ffff-ffff-ffffffffffff')::uuid
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
    LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid) AS bound) b
WHERE i.inhparent = to_regclass(parent) AND b.bound <> 'DEFAULT'
$$
""",
    """
CREATE FUNCTION prepare_months() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    parent text; id text; starts timestamp; first uuid; beyond uuid; name text; taken boolean;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7730019);
    FOR parent, id IN VALUES ('message_attempts', 'message_id'), ('campaign_recipients', 'campaign_id'),
        ('campaign_exclusions', 'campaign_id')
    LOOP
        FOR ahead IN 0..3 LOOP
            starts := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + ahead * interval '1 month';
            first := month_bound(starts AT TIME ZONE 'UTC');
            beyond := month_bound((starts + interval '1 month') AT TIME ZONE 'UTC');
            CONTINUE WHEN EXISTS (SELECT FROM months_of(parent) m WHERE m.low < beyond AND first < m.high);
            -- What the rest took stays there: to move it would hold up whoever writes.
            EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %I < $2)', parent || '_rest', id, id)
                INTO taken USING first, beyond;
            CONTINUE WHEN taken;
            name := parent || to_char(starts, '_"y"YYYY"m"MM');
            BEGIN
                -- Attached, it locks the rest; made as a part, it would lock the whole table.
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name, parent);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                    parent, name, first, beyond);
                made := made + 1;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN NULL; -- within the hour
            END;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$
""",
    """
CREATE FUNCTION month_is_kept(parent text, low uuid, high uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
SELECT CASE parent WHEN 'message_attempts' THEN
    EXISTS (SELECT FROM messages WHERE id >= low AND id < high)
ELSE
    EXISTS (SELECT FROM campaigns WHERE id >= low AND id < high AND people_gone_at IS NULL
        AND status <> 'draft')
END
$$
""",
    """
CREATE FUNCTION drop_months() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    parent text; month record; dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7730019);
    FOREACH parent IN ARRAY ARRAY['message_attempts', 'campaign_recipients', 'campaign_exclusions'] LOOP
        FOR month IN SELECT * FROM months_of(parent)
            WHERE high <= month_bound(clock_timestamp() - interval '31 days')
        LOOP
            CONTINUE WHEN month_is_kept(parent, month.low, month.high);
            BEGIN
                -- Looked at again under the lock: nobody is writing into it now.
                EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', month.part);
                CONTINUE WHEN month_is_kept(parent, month.low, month.high);
                EXECUTE format('DROP TABLE %I', month.part);
                dropped := dropped + 1;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN NULL; -- within the hour
            END;
        END LOOP;
    END LOOP;
    RETURN dropped;
END
$$
""",
)
NAMES_OF_FUNCTIONS = (
    "drop_months()", "month_is_kept(text, uuid, uuid)", "prepare_months()", "months_of(text)",
    "month_bound(timestamptz)",
)  # fmt: skip
BOUND = "within_before"
MARGIN = timedelta(days=14)
"""What is written while the CHECK is validated lies below the bound, also where a clock is off."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        for table in KEYS:
            _prove(table)
        # The key that the part will have; of a try that was broken off there may be half of one.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS pk_message_attempts_before")
        op.execute(
            "CREATE UNIQUE INDEX CONCURRENTLY pk_message_attempts_before ON message_attempts (message_id, id)"
        )
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("campaigns", sa.Column("people_gone_at", sa.DateTime(timezone=True)))
    op.add_column("campaigns", sa.Column("figures", postgresql.JSONB()))
    op.add_column(
        "conversations",
        sa.Column("older_gone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    _release_ids()
    for table in KEYS:
        _part(table)
    op.execute("ALTER SEQUENCE message_attempts_id_seq OWNED BY message_attempts.id")
    for statement in FUNCTIONS:
        op.execute(statement)


def _prove(table: str) -> None:
    """Give the table a CHECK that says where its part ends; reading it all locks nobody out."""
    key, name = KEYS[table], f"ck_{table}_{BOUND}"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    bound = _bound(table)
    if bound is not None:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({key} < '{bound}') NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def _bound(table: str) -> UUID | None:
    """The month after whatever is there and comes soon; None when an id lies beyond all months."""
    key = KEYS[table]
    # No max() of uuid before PostgreSQL 18; the first entry of an index, from its end.
    last = op.get_bind().scalar(sa.text(f"SELECT {key} FROM {table} ORDER BY {key} DESC LIMIT 1"))
    at = datetime.now(UTC) + MARGIN
    if last is not None:
        milliseconds = last.int >> 80
        if milliseconds > (at + timedelta(days=3650)).timestamp() * 1000:
            return None
        at = max(at, datetime.fromtimestamp(milliseconds / 1000, UTC))
    month = (at.replace(day=1) + timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    return UUID(int=int(month.timestamp() * 1000) << 80)


def _release_ids() -> None:
    """Take the ids of attempts from a sequence that all parts share."""
    next_id = op.get_bind().scalar(sa.text("SELECT coalesce(max(id), 0) + 1 FROM message_attempts"))
    op.execute("ALTER TABLE message_attempts ALTER COLUMN id DROP IDENTITY")
    op.execute(f"CREATE SEQUENCE message_attempts_id_seq START {next_id}")
    op.execute(
        "ALTER TABLE message_attempts ALTER COLUMN id SET DEFAULT nextval('message_attempts_id_seq')"
    )
    op.execute("ALTER TABLE message_attempts DROP CONSTRAINT pk_message_attempts")
    op.execute(
        "ALTER TABLE message_attempts ADD CONSTRAINT pk_message_attempts"
        " PRIMARY KEY USING INDEX pk_message_attempts_before"
    )


def _part(table: str) -> None:
    """Put a table in parts over the one that is there, which becomes the first of them."""
    key, before = KEYS[table], f"{table}_before"
    bound = op.get_bind().scalar(
        sa.text(
            "SELECT substring(pg_get_constraintdef(oid) from '''([0-9a-f-]{36})''') FROM pg_constraint"
            " WHERE conname = :name"
        ),
        {"name": f"ck_{table}_{BOUND}"},
    )
    op.execute(f"ALTER TABLE {table} RENAME TO {before}")
    for name in NAMES[table]:
        _rename(before, name, f"{name}_before")
    op.execute(
        f"CREATE TABLE {table} (LIKE {before} INCLUDING DEFAULTS) PARTITION BY RANGE ({key})"
    )
    for statement in SHAPES[table]:
        op.execute(statement)
    end = f"'{bound}'" if bound else "MAXVALUE"
    op.execute(
        f"ALTER TABLE {table} ATTACH PARTITION {before} FOR VALUES FROM (MINVALUE) TO ({end})"
    )
    op.execute(f"ALTER TABLE {before} DROP CONSTRAINT IF EXISTS ck_{table}_{BOUND}")
    op.execute(f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT")


def _rename(table: str, old: str, new: str) -> None:
    if old.startswith("ix_"):
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    else:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in NAMES_OF_FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    for table in KEYS:
        _whole(table)
    op.drop_column("conversations", "older_gone")
    op.drop_column("campaigns", "figures")
    op.drop_column("campaigns", "people_gone_at")


def _whole(table: str) -> None:
    """Copy all parts into one table; unlike the way up, this takes its time."""
    op.execute(f"CREATE TABLE {table}_whole (LIKE {table} INCLUDING DEFAULTS)")
    op.execute(f"INSERT INTO {table}_whole SELECT * FROM {table}")
    if table == "message_attempts":
        op.execute(f"ALTER TABLE {table}_whole ALTER COLUMN id DROP DEFAULT")
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_whole RENAME TO {table}")
    if table != "message_attempts":
        for statement in SHAPES[table]:
            op.execute(statement)
        return
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY (id)")
    op.execute(SHAPES[table][1])
    op.execute(f"ALTER TABLE {table} ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY")
    op.execute(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 0) + 1, false) FROM {table}"
    )
