"""Make one contact of two: everything that names the one that goes is handed to the one that stays.

``TABLES`` lists every table with a ``contact_id`` and what becomes of its rows; a test walks the
metadata and fails when a new table is not in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import ACTIVE
from domain.ids import new_id
from domain.merging import SAME_PERSON, Place, counting
from domain.messages import MessageState
from store import consents
from store.counters import COUNT_MOVES

_PAIRS = """pairs AS (
    SELECT * FROM unnest(CAST(:gone AS uuid[]), CAST(:kept AS uuid[])) AS p(gone, kept)
)"""
_ACTIVE = ", ".join(f"'{status}'" for status in ACTIVE)

# In the order in which imports lock contacts.
_LOCK_CONTACTS = text("""
SELECT id FROM contacts WHERE id = ANY(CAST(:gone AS uuid[])) OR id = ANY(CAST(:kept AS uuid[]))
ORDER BY phone_key NULLS FIRST, id FOR UPDATE
""")

# One probe of uq_conversations_channel_id_contact_id per channel and contact. Before the messages, so
# that a message which is just being written comes with its thread or after it.
_LOCK_CONVERSATIONS = text("""
SELECT v.id FROM channels ch JOIN conversations v ON v.channel_id = ch.id
    AND (v.contact_id = ANY(CAST(:gone AS uuid[])) OR v.contact_id = ANY(CAST(:kept AS uuid[])))
ORDER BY v.id FOR UPDATE OF v
""")

# Two threads on one number become one: what is unread adds up, the later message is the preview, the
# later window holds, and what the team still owes either of them it owes the person.
_JOIN_THREADS = text(f"""
WITH {_PAIRS},
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
WITH {_PAIRS}
UPDATE conversations v SET contact_id = p.kept FROM pairs p CROSS JOIN channels ch
WHERE v.channel_id = ch.id AND v.contact_id = p.gone
""")

# Uses ix_messages_contact_id_id.
_MESSAGES = text(f"""
WITH {_PAIRS}
UPDATE messages m SET contact_id = p.kept FROM pairs p WHERE m.contact_id = p.gone
""")

# Messages of groups stand in the groups' own threads, which few people are part of.
_AUTHORS = text(f"""
WITH {_PAIRS}
UPDATE messages m SET author_id = p.kept FROM pairs p, conversations v
WHERE v.group_id IS NOT NULL AND m.contact_id = v.id AND m.author_id = p.gone
""")

# One probe of the unique index on (campaign_id, contact_id) per campaign and contact.
_PLACES = text(f"""
WITH {_PAIRS}
SELECT c.id AS campaign_id, c.status IN ({_ACTIVE}) AS active, p.gone, p.kept,
    g.seq AS gone_seq, gm.state AS gone_state, k.seq AS kept_seq, km.state AS kept_state
FROM pairs p CROSS JOIN campaigns c
JOIN campaign_recipients g ON g.campaign_id = c.id AND g.contact_id = p.gone
JOIN campaign_recipients k ON k.campaign_id = c.id AND k.contact_id = p.kept
LEFT JOIN messages gm ON gm.campaign_id = c.id AND gm.seq = g.seq
LEFT JOIN messages km ON km.campaign_id = c.id AND km.seq = k.seq
""")

_MOVE_PLACES = text(f"""
WITH {_PAIRS}
UPDATE campaign_recipients r SET contact_id = p.kept FROM pairs p CROSS JOIN campaigns c
WHERE r.campaign_id = c.id AND r.contact_id = p.gone AND NOT EXISTS (
    SELECT FROM campaign_recipients k WHERE k.campaign_id = c.id AND k.contact_id = p.kept)
""")

# Primary key look-ups.
_NAME_PLACES = text("""
UPDATE campaign_recipients r SET contact_id = i.contact_id
FROM json_to_recordset(CAST(:rows AS json)) AS i(campaign_id uuid, seq int, contact_id uuid)
WHERE r.campaign_id = i.campaign_id AND r.seq = i.seq
""")

# uq_messages_campaign_id_seq decides between this and a sender that claims the place at this moment.
_REFUSE = text(f"""
WITH wanted AS (
    SELECT * FROM json_to_recordset(CAST(:rows AS json))
        AS i(id uuid, campaign_id uuid, seq int, contact_id uuid)
),
made AS (
    INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, campaign_id, seq,
        error_detail, failed_at)
    SELECT i.id, c.channel_id, i.contact_id, 'out', 'campaign', 'template', 'refused', i.campaign_id,
        i.seq, '{SAME_PERSON}', clock_timestamp()
    FROM wanted i JOIN campaigns c ON c.id = i.campaign_id
    ON CONFLICT (campaign_id, seq) WHERE campaign_id IS NOT NULL DO NOTHING
    RETURNING campaign_id
),
stopped AS (
    UPDATE messages m SET state = 'refused', error_detail = '{SAME_PERSON}', error_code = NULL,
        next_try_at = NULL, failed_at = clock_timestamp()
    FROM wanted i WHERE m.campaign_id = i.campaign_id AND m.seq = i.seq AND m.state = 'queued'
    RETURNING m.campaign_id
),
moves AS (
    SELECT campaign_id, 'queued' AS before_state, 'refused' AS after_state
    FROM (SELECT * FROM made UNION ALL SELECT * FROM stopped) both_kinds
),
{COUNT_MOVES}
SELECT DISTINCT campaign_id FROM moves
""")

_EXCLUSIONS = text(f"""
WITH {_PAIRS}
UPDATE campaign_exclusions e SET contact_id = p.kept FROM pairs p CROSS JOIN campaigns c
WHERE e.campaign_id = c.id AND e.contact_id = p.gone AND NOT EXISTS (
    SELECT FROM campaign_exclusions k WHERE k.campaign_id = c.id AND k.contact_id = p.kept)
""")

# Who was left out as both of them was one person left out: the reason given to the one that stays counts.
# Runs after the others went over. One probe of the primary key per campaign.
_EXCLUDED_TWICE = text(f"""
WITH {_PAIRS},
gone AS (
    DELETE FROM campaign_exclusions e USING pairs p, campaigns c
    WHERE e.campaign_id = c.id AND e.contact_id = p.gone RETURNING e.campaign_id
)
UPDATE campaign_counters k SET excluded = k.excluded - g.people
FROM (SELECT campaign_id, count(*) AS people FROM gone GROUP BY 1) g
WHERE k.campaign_id = g.campaign_id
""")

# Uses ix_group_members_contact_id; what is left of the old contact goes with it.
_GROUPS = text(f"""
WITH {_PAIRS}
INSERT INTO group_members (group_id, contact_id)
SELECT m.group_id, p.kept FROM pairs p JOIN group_members m ON m.contact_id = p.gone
ORDER BY m.group_id, p.kept ON CONFLICT DO NOTHING
""")

# One probe of the primary key per portfolio.
_BUDGET = text(f"""
WITH {_PAIRS},
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
WITH {_PAIRS}
UPDATE contact_identities k SET contact_id = p.kept FROM pairs p WHERE k.contact_id = p.gone
""")

# Uses ix_message_reactions_contact_id: of two on one message the later one stays.
_REACTIONS = text(f"""
WITH {_PAIRS},
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
WITH {_PAIRS}
UPDATE message_changes c SET contact_id = p.kept FROM pairs p WHERE c.contact_id = p.gone
""")

# Blocked as one of them is blocked; what one of them lacks, the other gives. Consent follows from the ledger.
_FOLD = text(f"""
WITH {_PAIRS}
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
WITH {_PAIRS},
older AS (UPDATE moved_ids m SET new_id = p.kept FROM pairs p WHERE m.new_id = p.gone)
INSERT INTO moved_ids (old_id, new_id) SELECT gone, kept FROM pairs
""")

# Uses ix_consents_contact_id_at. An opt-out from before the ledger becomes a fact first.
_EARLIER = text(f"""
WITH {_PAIRS}
INSERT INTO consents (contact_id, action, source, keepers, at)
SELECT c.id, 'stop', 'earlier', ARRAY['team'], c.marketing_opt_out_at
FROM pairs p JOIN contacts c ON c.id IN (p.gone, p.kept)
WHERE c.marketing_opt_out_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM consents f WHERE f.contact_id = c.id AND f.action = 'stop')
""")

_OTHER = "CASE a.contact_id WHEN p.gone THEN p.kept ELSE p.gone END"
_STANDING = f"""SELECT l.keeper FROM ({consents.LATEST.format(which=f"f.contact_id = {_OTHER}")}) l
    WHERE l.action = 'stop'"""

# Who of the team allowed one of them had not seen that the other said no: such a yes does not lift it. What
# the person wrote and chose counts by its time, whichever contact it came to. Uses ix_consents_contact_id_at.
_STRICTEST = text(f"""
WITH {_PAIRS}
UPDATE consents a SET keepers = ARRAY(SELECT unnest(a.keepers) EXCEPT {_STANDING})
FROM pairs p WHERE a.contact_id IN (p.gone, p.kept) AND a.action = 'agree'
    AND a.source IN ('agent', 'bulk', 'api') AND a.keepers && ARRAY({_STANDING})
""")

_CONSENTS = text(f"""
WITH {_PAIRS}
UPDATE consents k SET contact_id = p.kept FROM pairs p WHERE k.contact_id = p.gone
""")

TABLES: Mapping[str, Sequence[TextClause]] = {
    "conversations": (_MOVE_THREADS,),
    "messages": (_MESSAGES, _AUTHORS),
    "campaign_recipients": (_MOVE_PLACES,),
    "campaign_exclusions": (_EXCLUSIONS, _EXCLUDED_TWICE),
    "group_members": (_GROUPS,),
    "portfolio_recipients": (_BUDGET,),
    "contact_identities": (_IDENTITIES,),
    "message_reactions": (_REACTIONS,),
    "message_changes": (_CHANGES,),
    "consents": (_EARLIER, _STRICTEST, _CONSENTS),
}
"""Every table with a ``contact_id``, and what hands its rows over."""


@dataclass(frozen=True, slots=True)
class JoinedThread:
    """A conversation another one went up in; ``moved`` when it took over the other's window."""

    id: UUID
    window_opened_at: datetime | None
    window_expires_at: datetime | None
    window_closed_at: datetime | None
    gone_id: UUID
    moved: bool | None


@dataclass(frozen=True, slots=True)
class Merged:
    """What else a merge changed: threads, and campaigns of which both were part."""

    threads: Sequence[JoinedThread]
    campaigns: Sequence[UUID]


async def merge(session: AsyncSession, pairs: Sequence[tuple[UUID, UUID]]) -> Merged:
    """Let the first contact of each pair go up in the second; nobody may be in two pairs as the second."""
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
    campaigns = await _settle_places(session, parameters)
    for statements in TABLES.values():
        for statement in statements:
            await session.execute(statement, parameters)
    for statement in (_FOLD, _DROP, _NOTE):
        await session.execute(statement, parameters)
    await consents.follow(session, [kept for _, kept in pairs])
    return Merged(threads, campaigns)


async def _settle_places(session: AsyncSession, parameters: dict[str, object]) -> list[UUID]:
    """Who is in a campaign twice keeps the place that counts; the other gets nothing more."""
    named: list[dict[str, object]] = []
    refused: list[dict[str, object]] = []
    for row in (await session.execute(_PLACES, parameters)).all():
        best, other = counting(
            (
                Place(row.kept_seq, row.kept, _state(row.kept_state)),
                Place(row.gone_seq, row.gone, _state(row.gone_state)),
            )
        )
        place = {"campaign_id": row.campaign_id}
        if best.contact_id != row.kept:
            named += [
                place | {"seq": other.seq, "contact_id": row.gone},
                place | {"seq": best.seq, "contact_id": row.kept},
            ]
        if row.active and other.open:
            refused.append(place | {"id": new_id(), "seq": other.seq, "contact_id": row.kept})
    if named:
        # The unique index allows no exchange in one step.
        aside = [row | {"contact_id": new_id()} for row in named[::2]]
        for rows in (aside, named[1::2], named[::2]):
            await session.execute(_NAME_PLACES, {"rows": orjson.dumps(rows).decode()})
    if not refused:
        return []
    parameters = {"rows": orjson.dumps(refused).decode()}
    return list((await session.scalars(_REFUSE, parameters)).all())


def _state(text: str | None) -> MessageState | None:
    return MessageState(text) if text else None


# Uses ix_moved_ids_at, then the unique indexes on (campaign_id, contact_id).
_MISSED = text("""
SELECT old_id AS gone, new_id AS kept FROM moved_ids m
WHERE at > clock_timestamp() - interval '3 hours' AND (
    EXISTS (SELECT FROM campaign_recipients r
        WHERE r.campaign_id = :campaign_id AND r.contact_id = m.old_id)
    OR EXISTS (SELECT FROM campaign_exclusions e
        WHERE e.campaign_id = :campaign_id AND e.contact_id = m.old_id))
ORDER BY at, old_id
""")

# Primary key look-up. The minutes before are for a change that was not committed by then.
_SINCE = text("""
SELECT coalesce(launched_at, created_at) - interval '10 minutes' AS since
FROM campaigns WHERE id = :campaign_id
""")

# Reads contacts for whoever changed since the launch, mostly few, then one probe each of the unique index
# on (campaign_id, contact_id). The time is a parameter: the planner then knows how few.
_AT_THEIR_NUMBER = text("""
UPDATE campaign_recipients r SET phone = c.phone FROM contacts c
WHERE c.updated_at > CAST(:since AS timestamptz)
    AND r.campaign_id = :campaign_id AND r.contact_id = c.id AND c.phone <> r.phone
    AND NOT EXISTS (SELECT FROM messages m WHERE m.campaign_id = r.campaign_id AND m.seq = r.seq
        AND m.state <> 'queued')
""")


async def hand_over_places(session: AsyncSession, campaign_id: UUID) -> None:
    """Places of people who went up in another, or changed their number, while they were written down.

    Neither saw the other. The caller keeps merges waiting, so whoever comes after sees the places.
    """
    for row in (await session.execute(_MISSED, {"campaign_id": campaign_id})).all():
        parameters: dict[str, object] = {"gone": [row.gone], "kept": [row.kept]}
        await _settle_places(session, parameters)
        for statement in (_MOVE_PLACES, _EXCLUSIONS, _EXCLUDED_TWICE):
            await session.execute(statement, parameters)
    known = {"campaign_id": campaign_id}
    since = {"since": await session.scalar(_SINCE, known)}
    await session.execute(_AT_THEIR_NUMBER, known | since)


# Uses ix_moved_ids_at, then ix_messages_contact_id_id and the unique indexes of the others.
_LATE = text("""
WITH late AS (
    SELECT old_id AS gone, new_id AS kept FROM moved_ids
    WHERE at > clock_timestamp() - interval '3 hours'
)
UPDATE messages m SET contact_id = l.kept FROM late l WHERE m.contact_id = l.gone
""")


async def hand_over_late(session: AsyncSession) -> int:
    """Messages that somebody was writing to a contact while it went up in another; how many."""
    result = await session.execute(_LATE)
    return int(getattr(result, "rowcount", 0))


# Primary key look-up.
_MOVED_TO = text("SELECT new_id FROM moved_ids WHERE old_id = :id")


async def moved_to(session: AsyncSession, old_id: UUID) -> UUID | None:
    """What a contact or a conversation went up in."""
    found: UUID | None = await session.scalar(_MOVED_TO, {"id": old_id})
    return found


# Uses ix_moved_ids_at.
_FORGET = text("DELETE FROM moved_ids WHERE at < :before")


async def forget(session: AsyncSession, before: datetime) -> None:
    """Old addresses of what went up in something else lead nowhere after this."""
    await session.execute(_FORGET, {"before": before})
