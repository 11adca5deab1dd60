"""Moves what earlier releases stored elsewhere into the journal, a batch at a time, after the migrations.

The emptied tables are dropped by a later release.
"""

from sqlalchemy import Connection, text

PORTION = 5_000

_NAMES = """
    ('campaign.archive', 'campaign.archived'),
    ('campaign.close', 'campaign.closed'),
    ('campaign.copy', 'campaign.copied'),
    ('campaign.create', 'campaign.created'),
    ('campaign.delete', 'campaign.deleted'),
    ('campaign.edit', 'campaign.edited'),
    ('campaign.file', 'campaign.file_given'),
    ('campaign.launch', 'campaign.launched'),
    ('campaign.move', 'campaign.moved'),
    ('campaign.rename', 'campaign.renamed'),
    ('campaign.restore', 'campaign.unarchived'),
    ('campaign.retry', 'campaign.retried'),
    ('campaign.undo', 'campaign.undone'),
    ('campaign_file.export', 'campaign_file.exported'),
    ('campaign_recipients.export', 'campaign_recipients.exported'),
    ('contact.create', 'contact.created'),
    ('contact.delete', 'contact.deleted'),
    ('deletion.undo', 'deletion.undone'),
    ('contact.delete_many', 'contacts.deleted'),
    ('contact.group_add', 'contacts.grouped'),
    ('contact.group_remove', 'contacts.ungrouped'),
    ('contact.merge', 'contact.merged'),
    ('contact.opt_in', 'contact.opted_in'),
    ('contact.opt_out', 'contact.opted_out'),
    ('contact.update', 'contact.updated'),
    ('contacts.export', 'contacts.exported'),
    ('import.export', 'import.exported'),
    ('field.create', 'field.created'),
    ('field.delete', 'field.deleted'),
    ('field.update', 'field.updated'),
    ('group.create', 'group.created'),
    ('group.delete', 'group.deleted'),
    ('group.fill', 'group.filled'),
    ('group.rename', 'group.renamed'),
    ('import.start', 'import.started'),
    ('conversation.assign', 'conversation.assigned'),
    ('conversation.status', 'conversation.status_changed'),
    ('audit.export', 'audit.exported'),
    ('template.changed', 'template.edited'),
    ('token.create', 'token.created'),
    ('token.revoke', 'token.revoked'),
    ('user.create', 'user.created'),
    ('user.deactivate', 'user.deactivated'),
    ('user.password', 'user.password_changed'),
    ('user.password_reset', 'user.password_reset'),
    ('user.profile', 'user.profile_changed'),
    ('user.reactivate', 'user.reactivated'),
    ('user.role', 'user.role_changed'),
    ('user.sign_in', 'user.signed_in')
"""
"""The journal's names for the old audit log's actions."""

BEHIND = 2**62
"""Histories are numbered far below the audit log, which keeps its numbers, so none is used twice."""

# Primary keys. Entries keep their order before all newer ones: their numbers were reserved.
_AUDIT = text(f"""
WITH moved AS (
    DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log ORDER BY id LIMIT :limit) RETURNING *
)
INSERT INTO journal (id, life, at, kind, audited, user_id, actor, ip, entity, entity_id, contact_id, before, data)
SELECT m.id, 'kept', m.at,
    CASE
        WHEN m.entity_id = 'many' AND m.action = 'contact.opt_in' THEN 'contacts.opted_in'
        WHEN m.entity_id = 'many' AND m.action = 'contact.opt_out' THEN 'contacts.opted_out'
        WHEN m.action = 'webhook.replayed' THEN replace(m.entity, 'webhook_', '') || '.replayed'
        ELSE coalesce(n.new, m.action)
    END,
    true, m.user_id, m.actor, m.ip, m.entity, m.entity_id,
    CASE WHEN m.entity = 'contact' AND m.entity_id ~* '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'
        THEN m.entity_id::uuid END,
    m.before, m.after
FROM moved m LEFT JOIN (VALUES {_NAMES}) n(old, new) ON n.old = m.action
""")

_EVENTS = text("""
WITH moved AS (
    DELETE FROM campaign_events WHERE id IN (
        SELECT id FROM campaign_events ORDER BY id LIMIT :limit) RETURNING *
)
INSERT INTO journal (id, life, at, kind, audited, user_id, actor, ip, entity, entity_id, campaign_id, data)
SELECT m.id - :behind, 'kept', m.at, 'campaign.' || m.kind, false, m.user_id,
    CASE WHEN m.user_id IS NULL THEN 'system' ELSE 'user' END, '', 'campaign', m.campaign_id::text,
    m.campaign_id,
    CASE m.kind
        WHEN 'launched' THEN jsonb_build_object('recipients', m.detail -> 'expected')
        ELSE nullif(m.detail, '{}')
    END
FROM moved m
""")


def old_logs(connection: Connection) -> bool:
    """Move a batch of the audit log and campaign histories; returns whether there may be more."""
    moved = [
        connection.execute(_AUDIT, {"limit": PORTION}).rowcount,
        connection.execute(_EVENTS, {"limit": PORTION, "behind": BEHIND}).rowcount,
    ]
    return any(moved)
