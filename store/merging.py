"""Merge two contacts: everything that names the removed one moves to the one that stays.

``TABLES`` lists every table with a ``contact_id``; a test fails when a table is missing from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from store import consents, joining
from store.automations import meeting
from store.campaigns import places
from store.campaigns.places import PAIRS
from store.joining import JoinedThread, MovedThread

# In the order in which imports lock contacts.
_LOCK_CONTACTS = text("""
SELECT id FROM contacts WHERE id = ANY(CAST(:gone AS uuid[])) OR id = ANY(CAST(:kept AS uuid[]))
ORDER BY phone_key NULLS FIRST, id FOR UPDATE
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

# By the primary key, from its front.
_NAMED = text(f"""
WITH {PAIRS},
gone AS (
    DELETE FROM journal_contacts j USING pairs p WHERE j.contact_id = p.gone
    RETURNING p.kept, j.entry_id, j.at
)
INSERT INTO journal_contacts (contact_id, entry_id, at) SELECT kept, entry_id, at FROM gone
ON CONFLICT DO NOTHING
""")

TABLES: Mapping[str, Sequence[TextClause]] = {
    "conversations": (),  # first, by ``store.joining``: pages are told
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
    "journal_contacts": (_NAMED,),
    "automation_runs": (),  # by ``store.automations.meeting``: some end
    "consents": (_EARLIER, _STRICTEST, _CONSENTS),
}
"""Every table with a ``contact_id``, and what moves its rows."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What else a merge changed: threads, campaigns that both were in, and runs that moved to the contact that stays."""

    threads: Sequence[JoinedThread]
    moved: Sequence[MovedThread]
    campaigns: Sequence[UUID]
    runs: Sequence[UUID]


async def merge(session: AsyncSession, pairs: Sequence[tuple[UUID, UUID]]) -> Merged:
    """Merge the first contact of each pair into the second; nobody may be second in two pairs."""
    parameters: dict[str, object] = {
        "gone": [gone for gone, _ in pairs],
        "kept": [kept for _, kept in pairs],
    }
    await session.execute(_LOCK_CONTACTS, parameters)
    threads, moved = await joining.join(session, parameters)
    campaigns = await places.settle(session, parameters)
    runs = await meeting.move(session, parameters)
    for statements in TABLES.values():
        for statement in statements:
            await session.execute(statement, parameters)
    for statement in (_FOLD, _DROP, _NOTE):
        await session.execute(statement, parameters)
    await consents.follow(session, [kept for _, kept in pairs])
    return Merged(threads, moved, campaigns, runs)


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
