"""Deleting old messages step by step in the order of their ids, which is by time (law 13)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

# A walk along the primary key, which needs no extra index. A campaign's message stays while the campaign has its
# people: without it, its recipient would look as if not messaged yet (law 2). What depends on a message is looked up by
# key: reactions and edits, and its thread, which notes that older messages are gone and must not preview a deleted one;
# its file is deleted with it.
_PURGE = text("""
WITH old AS MATERIALIZED (
    SELECT id, channel_id, contact_id, wamid, campaign_id, seq, created_at FROM messages
    WHERE id > :after AND id < :before ORDER BY id LIMIT :limit
),
over AS MATERIALIZED (
    SELECT o.* FROM old o LEFT JOIN campaigns c ON c.id = o.campaign_id
    WHERE o.campaign_id IS NULL OR c.people_gone_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM campaign_recipients r WHERE r.campaign_id = o.campaign_id AND r.seq = o.seq)
),
gone AS (DELETE FROM messages m USING over WHERE m.id = over.id RETURNING m.id),
unreacted AS (
    DELETE FROM message_reactions x USING over
    WHERE x.channel_id = over.channel_id AND x.wamid = over.wamid
),
unchanged AS (
    DELETE FROM message_changes x USING over
    WHERE x.channel_id = over.channel_id AND x.wamid = over.wamid
),
threads AS MATERIALIZED (
    SELECT coalesce(p.id, g.id) AS id, bool_or(o.id = coalesce(p.last_message_id, g.last_message_id)
        OR o.created_at >= coalesce(p.last_message_at, g.last_message_at)) AS empty
    FROM over o
    LEFT JOIN conversations p ON p.channel_id = o.channel_id AND p.contact_id = o.contact_id
    LEFT JOIN conversations g ON g.id = o.contact_id
    WHERE p.id IS NOT NULL OR g.id IS NOT NULL GROUP BY 1
),
locked AS (
    SELECT v.id FROM conversations v WHERE v.id IN (SELECT id FROM threads) AND (NOT v.older_gone
        OR v.id IN (SELECT id FROM threads WHERE empty))
    ORDER BY v.id FOR NO KEY UPDATE
),
told AS (
    UPDATE conversations v SET older_gone = true,
        preview = CASE WHEN t.empty THEN '' ELSE v.preview END,
        unread = CASE WHEN t.empty THEN 0 ELSE v.unread END
    FROM locked JOIN threads t ON t.id = locked.id WHERE v.id = locked.id
)
SELECT (SELECT count(*) FROM old) AS looked, (SELECT count(*) FROM gone) AS gone,
    (SELECT id FROM old ORDER BY id DESC LIMIT 1) AS last
""")

# Walks pk_message_attempts. Whole months are not found here: their partition was dropped.
_ATTEMPTS = text("""
WITH old AS MATERIALIZED (
    SELECT message_id, id FROM message_attempts
    WHERE message_id > :after AND message_id < :before ORDER BY message_id, id LIMIT :limit
),
gone AS (
    DELETE FROM message_attempts a USING old
    WHERE a.message_id = old.message_id AND a.id = old.id
        AND NOT EXISTS (SELECT FROM messages m WHERE m.id = old.message_id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM old) AS looked, (SELECT count(*) FROM gone) AS gone,
    (SELECT message_id FROM old ORDER BY message_id DESC LIMIT 1) AS last
""")


@dataclass(frozen=True, slots=True)
class Step:
    """How many rows a step examined and deleted, and the last id; None if there was nothing."""

    looked: int
    gone: int
    last: UUID | None


async def purge(session: AsyncSession, after: UUID, before: UUID, limit: int) -> Step:
    """Delete the messages between two ids that nothing needs any more, up to a limit."""
    return await _step(session, _PURGE, after, before, limit)


async def purge_attempts(session: AsyncSession, after: UUID, before: UUID, limit: int) -> Step:
    """Delete attempts of deleted messages between two ids, about up to a limit."""
    return await _step(session, _ATTEMPTS, after, before, limit)


async def _step(
    session: AsyncSession, statement: TextClause, after: UUID, before: UUID, limit: int
) -> Step:
    parameters = {"after": after, "before": before, "limit": limit}
    row = (await session.execute(statement, parameters)).one()
    return Step(row.looked, row.gone, row.last)
