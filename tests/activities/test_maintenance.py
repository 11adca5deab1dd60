"""The hourly clean-up takes every step: in each table, expired rows are deleted and others stay."""

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.dependencies import Dependencies
from activities.maintenance import Maintenance
from domain.lives import LIVES, Ends
from tests import factories

pytestmark = pytest.mark.fault("C2")

# ``at``: a row of three years ago, and one of now. ``n`` tells them apart.
ROWS = {
    "messages": """(id, channel_id, contact_id, direction, origin, kind, state, wamid, created_at)
        SELECT month_bound(at), h.id, c.id, 'in', 'customer', 'text', 'received', 'w' || n, at FROM channels h, contacts c""",
    "message_attempts": "(message_id, attempt, outcome) SELECT month_bound(at), 1, 'failed'",
    "media_files": """(message_id, state, sha256, created_at)
        SELECT month_bound(at), 'kept', repeat('0', 64), at""",
    "journal_kept": """(life, audited, ip, at, actor, kind, entity, entity_id)
        SELECT 'kept', true, '', at, 'user', 'x', 'x', 'x'""",
    "journal_traffic": """(life, audited, ip, at, actor, kind, entity, entity_id)
        SELECT 'traffic', false, '', at, 'user', 'x', 'x', 'x'""",
    "journal_contacts": "(contact_id, entry_id, at) SELECT gen_random_uuid(), n, at",
    "campaign_rates": "SELECT id, at, 1 FROM campaigns",
    "idempotency_keys": "SELECT id, n::text, '', 200, NULL, at FROM users",
    "login_throttles": "SELECT n::text, 1, at",
    "message_reactions": "SELECT id, n::text, id, NULL, 'x', at FROM channels",
    "message_changes": "(channel_id, wamid, kind, at) SELECT id, n::text, 'edit', at FROM channels",
    "moved_ids": "SELECT gen_random_uuid(), gen_random_uuid(), at",
    "pictures": "(digest, fetched_at) SELECT sha256(n::text::bytea), at",
    "portfolio_recipients": "SELECT id, gen_random_uuid(), at FROM portfolios",
    "portfolio_usage": "SELECT id, at, 1 FROM portfolios",
    "rate_slots": "(key, tat) SELECT 'pair:' || n, at",
    "rejected_webhooks": "SELECT at, 'x', 1",
    "sessions": "(token_hash, user_id, expires_at) SELECT sha256(n::text::bytea), id, at + interval '1 hour' FROM users",
    "api_tokens": """(id, user_id, name, prefix, token_hash, scopes, expires_at)
        SELECT gen_random_uuid(), id, 'x', 'x', sha256(n::text::bytea), '{}', at FROM users""",
    "alerts": """(id, kind, subject, name, why, count, raised_at, seen_at, cleared_at)
        SELECT gen_random_uuid(), 'x', n, '', '', 1, at, at, at""",
    "outgoing_files": "(sha256, mime_type, size, named_at) SELECT n, '', 1, at",
    "webhook_events": "(digest, body, state, received_at) SELECT sha256(n::text::bytea), '', 'done', at",
    "webhook_objects": """(event_id, phone_number_id, field, kind, reason, body, digest, state, received_at)
        SELECT n, '', '', '', '', '', sha256(n::text::bytea), 'kept', at""",
    "webhook_repeats": "(digest, at) SELECT sha256(n::text::bytea), at",
    "webhook_replays": """(scope, low, high, position, state, started_at, ended_at)
        SELECT 'all', n, n, n, 'done', at, at""",
}  # fmt: skip
ELSEWHERE = {
    # tests/services/maintenance/test_old_messages.py: who got a campaign goes some time after it was let go.
    "campaign_recipients", "campaign_exclusions", "campaign_entries",
    # tests/store/test_moving.py: into the journal.
    "audit_log", "campaign_events",
    # tests/services/imports/test_limits.py: with its import's age.
    "import_errors",
    # tests/services/automations/test_upkeep.py: a run goes with its steps and inbox, and counts become months.
    "automation_runs", "automation_steps", "automation_inbox", "automation_counts",
    # tests/services/deletions: by the wait for what was deleted. tests/services/maintenance/test_lives.py: by those who live.
    "deletions", "leaving", "processes",
    # tests/services/messages/test_outgoing_files.py: when WhatsApp has forgotten the file.
    "outgoing_file_ids",
    # tests/services/test_alerts.py: with their alerts.
    "alert_marks",
    # tests/store/receiving/test_finding.py: with the deliveries of their block.
    "webhook_marks",
}  # fmt: skip


def test_whatever_ends_by_age_is_tried() -> None:
    ending = {table for life in LIVES if life.ends is Ends.AGE for table in life.tables}
    tried = {table.removesuffix("_kept").removesuffix("_traffic") for table in ROWS}
    assert ending == tried | ELSEWHERE


async def test_the_hourly_clean_up_ends_what_is_over_everywhere(needs: Dependencies) -> None:
    async with needs.sessions.begin() as session:
        launched = await factories.campaign(session, needs.vault, 1)
        await session.execute(
            text("UPDATE campaigns SET finished_at = now() - interval '3 years' WHERE id = :id"),
            {"id": launched.id},
        )
        await session.execute(
            text("""INSERT INTO users (id, email, name, password_hash, role)
            VALUES (gen_random_uuid(), 'a@example.com', 'A', 'x', 'admin')""")
        )
        for table, rows in ROWS.items():
            await session.execute(text(f"DELETE FROM {table}"))
            picked, _, source = rows.partition(" FROM ")
            ages = "(VALUES (1, now() - interval '3 years'), (2, now())) AS age(n, at)"
            sources = f"{source}, {ages}" if source else ages
            await session.execute(text(f"INSERT INTO {table} {picked} FROM {sources}"))
    await ActivityEnvironment().run(Maintenance(needs).purge)
    async with needs.sessions() as session:
        left = {
            table: await session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ROWS
        }
    # How fast a campaign went goes as a whole, some time after its end.
    assert left == dict.fromkeys(ROWS, 1) | {"campaign_rates": 0}
