"""Merge the conversations of two contacts: two on one number become one, the others move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.targets import Said
from store import due
from store.campaigns.places import PAIRS

# One probe of uq_conversations_channel_id_contact_id per channel and contact. Runs before the messages, so that a
# message being written moves with its thread or after it.
_LOCK_CONVERSATIONS = text("""
SELECT v.id FROM channels ch JOIN conversations v ON v.channel_id = ch.id
    AND (v.contact_id = ANY(CAST(:gone AS uuid[])) OR v.contact_id = ANY(CAST(:kept AS uuid[])))
ORDER BY v.id FOR UPDATE OF v
""")

# Two threads on one number become one: unread counts add up, the later message is the preview, the later window
# applies, and the thread is open if either was.
_JOIN_THREADS = text(f"""
WITH {PAIRS},
twice AS (
    SELECT k.id AS kept_id, g.id AS gone_id FROM pairs p CROSS JOIN channels ch
    JOIN conversations g ON g.channel_id = ch.id AND g.contact_id = p.gone
    JOIN conversations k ON k.channel_id = ch.id AND k.contact_id = p.kept
),
joined AS (
    UPDATE conversations k SET
        unread = k.unread + g.unread,
        preview = CASE WHEN g.last_message_at > k.last_message_at THEN g.preview ELSE k.preview END,
        last_message_id = CASE WHEN g.last_message_at > k.last_message_at
            THEN g.last_message_id ELSE k.last_message_id END,
        last_message_at = greatest(k.last_message_at, g.last_message_at),
        status = CASE WHEN 'open' IN (k.status, g.status) THEN 'open'
            WHEN 'pending' IN (k.status, g.status) THEN 'pending' ELSE 'resolved' END,
        resolved_at = greatest(k.resolved_at, g.resolved_at),
        assignee_id = CASE WHEN g.assignee_id IS NOT NULL AND (k.assignee_id IS NULL
            OR g.last_message_at > k.last_message_at) THEN g.assignee_id ELSE k.assignee_id END,
        window_opened_at = CASE WHEN g.window_expires_at > coalesce(k.window_expires_at, '-infinity')
            THEN g.window_opened_at ELSE k.window_opened_at END,
        window_closed_at = CASE WHEN g.window_expires_at > coalesce(k.window_expires_at, '-infinity')
            THEN g.window_closed_at ELSE k.window_closed_at END,
        window_expires_at = greatest(k.window_expires_at, g.window_expires_at),
        opened_at = least(k.opened_at, g.opened_at), replied_at = least(k.replied_at, g.replied_at),
        waiting_since = least(k.waiting_since, g.waiting_since),
        taken_at = coalesce(k.taken_at, g.taken_at),
        taken_by = CASE WHEN k.taken_at IS NULL THEN g.taken_by ELSE k.taken_by END,
        created_at = least(k.created_at, g.created_at)
    FROM twice t JOIN conversations g ON g.id = t.gone_id
    WHERE k.id = t.kept_id
    RETURNING k.id, k.contact_id, k.window_opened_at, k.window_expires_at, k.window_closed_at, t.gone_id,
        g.window_opened_at = k.window_opened_at AS moved
),
noted AS (INSERT INTO moved_ids (old_id, new_id) SELECT gone_id, id FROM joined),
older AS (
    UPDATE moved_ids m SET new_id = joined.id FROM joined WHERE m.new_id = joined.gone_id
)
SELECT * FROM joined
""")

# Uses ix_notes_conversation_id_id and the primary key of labels.
_THREADS = "twice AS (SELECT * FROM unnest(CAST(:gone AS uuid[]), CAST(:kept AS uuid[])) AS t(gone_id, kept_id))"
_NOTES = text(f"""
WITH {_THREADS}
UPDATE notes n SET conversation_id = t.kept_id FROM twice t WHERE n.conversation_id = t.gone_id
""")
_LABELS = text(f"""
WITH {_THREADS}
INSERT INTO conversation_labels (conversation_id, label_id, at)
SELECT t.kept_id, l.label_id, l.at FROM twice t JOIN conversation_labels l ON l.conversation_id = t.gone_id
ON CONFLICT DO NOTHING
""")

_DROP_THREADS = text("DELETE FROM conversations WHERE id = ANY(CAST(:ids AS uuid[]))")

_MOVE_THREADS = text(f"""
WITH {PAIRS}
UPDATE conversations v SET contact_id = p.kept FROM pairs p CROSS JOIN channels ch
WHERE v.channel_id = ch.id AND v.contact_id = p.gone
RETURNING v.id, v.contact_id
""")


@dataclass(frozen=True, slots=True)
class JoinedThread:
    """A conversation that another was merged into; ``moved`` if it took over the other's window."""

    id: UUID
    contact_id: UUID
    window_opened_at: datetime | None
    window_expires_at: datetime | None
    window_closed_at: datetime | None
    gone_id: UUID
    moved: bool | None


@dataclass(frozen=True, slots=True)
class MovedThread:
    """A conversation that now belongs to the other contact, who had none on its number."""

    id: UUID
    contact_id: UUID


async def join(
    session: AsyncSession, parameters: Mapping[str, object]
) -> tuple[Sequence[JoinedThread], Sequence[MovedThread]]:
    """Lock, join and move the conversations of these pairs; returns those joined and those moved."""
    await session.execute(_LOCK_CONVERSATIONS, parameters)
    joined = (await session.execute(_JOIN_THREADS, parameters)).all()
    threads = [JoinedThread(**row._mapping) for row in joined]
    if threads:
        ids = {"gone": [one.gone_id for one in threads], "kept": [one.id for one in threads]}
        for statement in (_NOTES, _LABELS):
            await session.execute(statement, ids)
        await due.move(session, [(thread.id, Said.NOTHING, None) for thread in threads])
        await session.execute(_DROP_THREADS, {"ids": [thread.gone_id for thread in threads]})
    moved = (await session.execute(_MOVE_THREADS, parameters)).all()
    return threads, [MovedThread(row.id, row.contact_id) for row in moved]
