"""Opt-outs come back with any number or id of a deleted person; reactions of nobody have an end of life."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Of a row that names a number and an id only the one that came back is spent. The columns follow from the
# ledger: what was allowed again meanwhile stays allowed.
GIVE_BACK = """
CREATE FUNCTION give_back_suppressed(ids bigint[], people uuid[], kinds text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    touched uuid[];
BEGIN
    WITH hits AS (SELECT * FROM unnest(ids, people, kinds) AS h(id, contact_id, kind)),
    spent AS (
        SELECT id, bool_or(kind = 'phone') AS phone, bool_or(kind = 'user') AS bsuid FROM hits GROUP BY id
    ),
    gone AS (
        DELETE FROM suppressions s USING spent p
        WHERE s.id = p.id AND (s.phone_hash IS NULL OR p.phone) AND (s.bsuid_hash IS NULL OR p.bsuid)
        RETURNING s.id, s.facts, s.blocked_at
    ),
    halved AS (
        UPDATE suppressions s SET phone_hash = CASE WHEN NOT p.phone THEN s.phone_hash END,
            bsuid_hash = CASE WHEN NOT p.bsuid THEN s.bsuid_hash END
        FROM spent p
        WHERE s.id = p.id
            AND NOT ((s.phone_hash IS NULL OR p.phone) AND (s.bsuid_hash IS NULL OR p.bsuid))
        RETURNING s.id, s.facts, s.blocked_at
    ),
    back AS (
        SELECT h.contact_id, g.facts, g.blocked_at
        FROM (SELECT * FROM gone UNION ALL SELECT * FROM halved) g
        JOIN (SELECT DISTINCT id, contact_id FROM hits) h USING (id)
    ),
    blocked AS (
        UPDATE contacts c SET blocked_at = b.blocked_at
        FROM (SELECT contact_id, min(blocked_at) AS blocked_at FROM back GROUP BY contact_id) b
        WHERE c.id = b.contact_id AND c.blocked_at IS NULL AND b.blocked_at IS NOT NULL
    ),
    earlier AS (
        INSERT INTO consents (contact_id, action, source, keepers, at)
        SELECT c.id, 'stop', 'earlier', ARRAY['team'], c.marketing_opt_out_at FROM contacts c
        WHERE c.id IN (SELECT contact_id FROM back) AND c.marketing_opt_out_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM consents f WHERE f.contact_id = c.id AND f.action = 'stop')
    ),
    facts AS (
        INSERT INTO consents (contact_id, action, source, keepers, at)
        SELECT DISTINCT b.contact_id, 'stop', f.source, f.keepers, f.at
        FROM back b, jsonb_to_recordset(b.facts) AS f(source text, keepers text[], at timestamptz)
        WHERE NOT EXISTS (
            SELECT FROM consents o WHERE o.contact_id = b.contact_id AND o.action = 'stop'
                AND o.source = f.source AND o.keepers = f.keepers AND o.at = f.at)
    )
    SELECT array_agg(DISTINCT contact_id) INTO touched FROM back;

    UPDATE contacts c SET marketing_opt_out_at = n.stopped_at
    FROM (
        SELECT l.contact_id, min(l.at) AS stopped_at FROM (
            SELECT DISTINCT ON (f.contact_id, keeper) f.contact_id, f.action, f.at
            FROM consents f, unnest(f.keepers) AS keeper WHERE f.contact_id = ANY(touched)
            ORDER BY f.contact_id, keeper, f.at DESC, keeper = 'meta' AND f.action = 'stop' DESC, f.id DESC
        ) l WHERE l.action = 'stop' GROUP BY l.contact_id
    ) n
    WHERE c.id = n.contact_id AND c.marketing_opt_out_at IS DISTINCT FROM n.stopped_at;
END
$$
"""
RESTORE = """
CREATE OR REPLACE FUNCTION restore_suppressed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
    people uuid[];
    kinds text[];
BEGIN
    IF NOT EXISTS (SELECT FROM suppressions) THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(h.id), array_agg(h.contact_id), array_agg(h.kind) INTO ids, people, kinds FROM (
        SELECT s.id, a.id AS contact_id, 'phone' AS kind FROM suppressions s
        JOIN added a ON s.phone_hash = sha256(convert_to(a.phone_key, 'UTF8'))
        UNION ALL
        SELECT s.id, a.id, 'user' FROM suppressions s
        JOIN added a ON s.bsuid_hash = sha256(convert_to(a.bsuid, 'UTF8'))
    ) h;
    IF ids IS NOT NULL THEN
        PERFORM give_back_suppressed(ids, people, kinds);
    END IF;
    RETURN NULL;
END
$$
"""
# A number that was left before the stop was kept is not the one that stopped.
RESTORE_TIES = """
CREATE FUNCTION restore_suppressed_ties() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
    people uuid[];
    kinds text[];
BEGIN
    IF NOT EXISTS (SELECT FROM suppressions) THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(h.id), array_agg(h.contact_id), array_agg(h.kind) INTO ids, people, kinds FROM (
        SELECT s.id, a.contact_id, a.kind FROM suppressions s
        JOIN added a ON a.kind = 'phone' AND s.phone_hash = sha256(convert_to(a.value, 'UTF8'))
            AND (a.until IS NULL OR a.until > s.created_at)
        UNION ALL
        SELECT s.id, a.contact_id, a.kind FROM suppressions s
        JOIN added a ON a.kind = 'user' AND s.bsuid_hash = sha256(convert_to(a.value, 'UTF8'))
    ) h;
    IF ids IS NOT NULL THEN
        PERFORM give_back_suppressed(ids, people, kinds);
    END IF;
    RETURN NULL;
END
$$
"""
TIES = """
CREATE TRIGGER contact_identities_restore_{when} AFTER {when} ON contact_identities
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION restore_suppressed_ties()
"""
BEFORE = """
CREATE OR REPLACE FUNCTION restore_suppressed() RETURNS trigger LANGUAGE plpgsql AS $$
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


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (GIVE_BACK, RESTORE, RESTORE_TIES):
        op.execute(statement)
    for when in ("INSERT", "UPDATE"):
        op.execute(TIES.format(when=when))
    for table in ("message_reactions", "message_changes"):
        nobody = sa.text("contact_id IS NULL")
        op.create_index(f"ix_{table}_at", table, ["at"], postgresql_where=nobody)


def downgrade() -> None:
    for table in ("message_reactions", "message_changes"):
        op.drop_index(f"ix_{table}_at", table)
    for when in ("INSERT", "UPDATE"):
        op.execute(f"DROP TRIGGER contact_identities_restore_{when} ON contact_identities")
    op.execute("DROP FUNCTION restore_suppressed_ties()")
    op.execute(BEFORE)
    op.execute("DROP FUNCTION give_back_suppressed(bigint[], uuid[], text[])")
