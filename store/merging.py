"""Merge two contacts: everything that names the removed one moves to the one that stays.

``TABLES`` lists every table with a ``contact_id``; a test fails when a table is missing from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from store import consents
from store.campaigns import places
from store.campaigns.places import PAIRS

# In the order in which imports lock contacts.
_LOCK_CONTACTS = text("""
SELECT id FROM contacts WHERE id = ANY(CAST(:gone AS uuid[])) OR id = ANY(CAST(:kept AS uuid[]))
ORDER BY phone_key NULLS FIRST, id FOR UPDATE
""")

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
        created_at = least(k.created_at, g.created_at)
    FROM twice t JOIN conversations g ON g.id = t.gone_id
    WHERE k.id = t.kept_id
    RETURNING k.id, k.window_opened_at, k.window_expires_at, k.window_closed_at, t.gone_id,
        g.window_opened_at = k.window_opened_at AS moved
),
noted AS (INSERT INTO moved_ids (old_id, new_id) SELECT gone_id, id FROM joined),
older AS (
    UPDATE moved_ids m SET new_id = joined.id FROM joined WHERE m.new_id = joined.gone_id
)
SELECT * FROM joined
""")

_DROP_THREADS = text("DELETE FROM conversations WHERE id = ANY(CAST(:ids AS uuid[]))")

_MOVE_THREADS = text(f"""
WITH {PAIRS}
UPDATE conversations v SET contact_id = p.kept FROM pairs p CROSS JOIN channels ch
WHERE v.channel_id = ch.id AND v.contact_id = p.gone
""")

# Uses ix_messages_contact_id_id.
_MESSAGES = text(f"""
WITH {PAIRS}
UPDATE messages m SET contact_id = p.kept FROM pairs p WHERE m.contact_id = p.gone
""")

# Group messages are in the groups' own threads, which few people are part of.
_AUTHORS = text(f"""
WITH {PAIRS}
UPDATE messages m SET author_id = p.kept FROM pairs p, conversations v
WHERE v.group_id IS NOT NULL AND m.contact_id = v.id AND m.author_id = p.gone
""")

# Uses ix_group_members_contact_id; the rest is deleted with the old contact.
_GROUPS = text(f"""
WITH {PAIRS}
INSERT INTO group_members (group_id, contact_id)
SELECT m.group_id, p.kept FROM pairs p JOIN group_members m ON m.contact_id = p.gone
ORDER BY m.group_id, p.kept ON CONFLICT DO NOTHING
""")

# One probe of the primary key per portfolio.
_BUDGET = text(f"""
WITH {PAIRS},
gone AS (
    DELETE FROM portfolio_recipients b USING pairs p, portfolios f
    WHERE b.portfolio_id = f.id AND b.contact_id = p.gone RETURNING b.portfolio_id, p.kept, b.at
)
INSERT INTO portfolio_recipients (portfolio_id, contact_id, at)
SELECT portfolio_id, kept, at FROM gone
ON CONFLICT (portfolio_id, contact_id) DO UPDATE SET at = greatest(portfolio_recipients.at, excluded.at)
""")

# Uses ix_contact_identities_contact_id.
_IDENTITIES = text(f"""
WITH {PAIRS}
UPDATE contact_identities k SET contact_id = p.kept FROM pairs p WHERE k.contact_id = p.gone
""")

# Uses ix_message_reactions_contact_id: the later of two reactions to a message stays.
_REACTIONS = text(f"""
WITH {PAIRS},
gone AS (
    DELETE FROM message_reactions r USING pairs p WHERE r.contact_id = p.gone
    RETURNING r.channel_id, r.wamid, p.kept, r.emoji, r.at
)
INSERT INTO message_reactions AS r (channel_id, wamid, author_id, contact_id, emoji, at)
SELECT channel_id, wamid, kept, kept, emoji, at FROM gone
ON CONFLICT (channel_id, wamid, author_id) DO UPDATE SET emoji = excluded.emoji, at = excluded.at
WHERE r.at < excluded.at
""")

# Uses ix_message_changes_contact_id.
_CHANGES = text(f"""
WITH {PAIRS}
UPDATE message_changes c SET contact_id = p.kept FROM pairs p WHERE c.contact_id = p.gone
""")

# Blocked if either is blocked; what one lacks comes from the other. Consent follows from the ledger.
_FOLD = text(f"""
WITH {PAIRS}
UPDATE contacts k SET
    name = CASE WHEN k.name = '' THEN g.name ELSE k.name END,
    language = coalesce(k.language, g.language),
    timezone = coalesce(k.timezone, g.timezone),
    fields = g.fields || jsonb_strip_nulls(k.fields),
    blocked_at = least(k.blocked_at, g.blocked_at),
    created_at = least(k.created_at, g.created_at),
    updated_at = clock_timestamp()
FROM pairs p JOIN contacts g ON g.id = p.gone WHERE k.id = p.kept
""")

_DROP = text("DELETE FROM contacts WHERE id = ANY(CAST(:gone AS uuid[]))")

_NOTE = text(f"""
WITH {PAIRS},
older AS (UPDATE moved_ids m SET new_id = p.kept FROM pairs p WHERE m.new_id = p.gone)
INSERT INTO moved_ids (old_id, new_id) SELECT gone, kept FROM pairs
""")

# Uses ix_consents_contact_id_at. An opt-out from before the ledger becomes a fact first.
_EARLIER = text(f"""
WITH {PAIRS}
INSERT INTO consents (contact_id, action, source, keepers, at)
SELECT c.id, 'stop', 'earlier', ARRAY['team'], c.marketing_opt_out_at
FROM pairs p JOIN contacts c ON c.id IN (p.gone, p.kept)
WHERE c.marketing_opt_out_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM consents f WHERE f.contact_id = c.id AND f.action = 'stop')
""")

_OTHER = "CASE a.contact_id WHEN p.gone THEN p.kept ELSE p.gone END"
_STANDING = f"""SELECT l.keeper FROM ({consents.LATEST.format(which=f"f.contact_id = {_OTHER}")}) l
    WHERE l.action = 'stop'"""

# A teammate who allowed one of them had not seen the other's no: that yes does not lift it. What the person wrote and
# chose counts by its time, whichever contact got it. Uses ix_consents_contact_id_at.
_STRICTEST = text(f"""
WITH {PAIRS}
UPDATE consents a SET keepers = ARRAY(SELECT unnest(a.keepers) EXCEPT {_STANDING})
FROM pairs p WHERE a.contact_id IN (p.gone, p.kept) AND a.action = 'agree'
    AND a.source IN ('agent', 'bulk', 'api') AND a.keepers && ARRAY({_STANDING})
""")

_CONSENTS = text(f"""
WITH {PAIRS}
UPDATE consents k SET contact_id = p.kept FROM pairs p WHERE k.contact_id = p.gone
""")

# Uses ix_journal_kept_contact_id_id; traffic ends within weeks.
_JOURNAL = text(
    f"WITH {PAIRS} UPDATE journal_kept j SET contact_id = p.kept FROM pairs p WHERE j.contact_id = p.gone"
)

TABLES: Mapping[str, Sequence[TextClause]] = {
    "conversations": (_MOVE_THREADS,),
    "messages": (_MESSAGES, _AUTHORS),
    "campaign_recipients": (places.MOVE,),
    "campaign_exclusions": (places.EXCLUSIONS, places.EXCLUDED_TWICE),
    "group_members": (_GROUPS,),
    "portfolio_recipients": (_BUDGET,),
    "contact_identities": (_IDENTITIES,),
    "message_reactions": (_REACTIONS,),
    "message_changes": (_CHANGES,),
    "leaving": (),  # contacts being deleted are never merged
    "deletions": (),  # an id for the log
    "journal": (_JOURNAL,),
    "consents": (_EARLIER, _STRICTEST, _CONSENTS),
}
"""Every table with a ``contact_id``, and what moves its rows."""


@dataclass(frozen=True, slots=True)
class JoinedThread:
    """A conversation that another was merged into; ``moved`` if it took over the other's window."""

    id: UUID
    window_opened_at: datetime | None
    window_expires_at: datetime | None
    window_closed_at: datetime | None
    gone_id: UUID
    moved: bool | None


@dataclass(frozen=True, slots=True)
class Merged:
    """What else a merge changed: threads, and campaigns that both were in."""

    threads: Sequence[JoinedThread]
    campaigns: Sequence[UUID]


async def merge(session: AsyncSession, pairs: Sequence[tuple[UUID, UUID]]) -> Merged:
    """Merge the first contact of each pair into the second; nobody may be second in two pairs."""
    parameters: dict[str, object] = {
        "gone": [gone for gone, _ in pairs],
        "kept": [kept for _, kept in pairs],
    }
    await session.execute(_LOCK_CONTACTS, parameters)
    await session.execute(_LOCK_CONVERSATIONS, parameters)
    joined = (await session.execute(_JOIN_THREADS, parameters)).all()
    threads = [JoinedThread(**row._mapping) for row in joined]
    if threads:
        await session.execute(_DROP_THREADS, {"ids": [thread.gone_id for thread in threads]})
    campaigns = await places.settle(session, parameters)
    for statements in TABLES.values():
        for statement in statements:
            await session.execute(statement, parameters)
    for statement in (_FOLD, _DROP, _NOTE):
        await session.execute(statement, parameters)
    await consents.follow(session, [kept for _, kept in pairs])
    return Merged(threads, campaigns)


# Uses ix_moved_ids_at, then ix_messages_contact_id_id and the unique indexes of the others.
_LATE = text("""
WITH late AS (
    SELECT old_id AS gone, new_id AS kept FROM moved_ids
    WHERE at > clock_timestamp() - interval '3 hours'
)
UPDATE messages m SET contact_id = l.kept FROM late l WHERE m.contact_id = l.gone
""")


async def hand_over_late(session: AsyncSession) -> int:
    """Move messages written to a contact while it was being merged; returns how many."""
    result = await session.execute(_LATE)
    return int(getattr(result, "rowcount", 0))


# One pass over the exclusions.
_EXCLUDED = text("""
SELECT DISTINCT e.contact_id AS gone, m.new_id AS kept
FROM campaign_exclusions e JOIN moved_ids m ON m.old_id = e.contact_id LIMIT :limit
""")


async def hand_over_excluded(session: AsyncSession, limit: int) -> int:
    """Fix exclusions that still name merged contacts, up to a limit of people; returns how many people."""
    rows = (await session.execute(_EXCLUDED, {"limit": limit})).all()
    parameters = {"gone": [row.gone for row in rows], "kept": [row.kept for row in rows]}
    for statement in (places.EXCLUSIONS, places.EXCLUDED_TWICE) if rows else ():
        await session.execute(statement, parameters)
    return len(rows)


# Primary key look-up.
_MOVED_TO = text("SELECT new_id FROM moved_ids WHERE old_id = :id")


async def moved_to(session: AsyncSession, old_id: UUID) -> UUID | None:
    """What a contact or conversation was merged into."""
    found: UUID | None = await session.scalar(_MOVED_TO, {"id": old_id})
    return found


# Uses ix_moved_ids_at.
_FORGET = text("DELETE FROM moved_ids WHERE at < :before")


async def forget(session: AsyncSession, before: datetime) -> None:
    """Delete old links to merged contacts and conversations."""
    await session.execute(_FORGET, {"before": before})
