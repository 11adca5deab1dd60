"""Places in campaigns, and exclusions, of people who were merged or changed their number."""

from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import ACTIVE
from domain.ids import new_id
from domain.merging import Place, counting
from domain.messages import MessageState
from domain.refusals import Refusal
from store.counters import COUNT_MOVES

PAIRS = """pairs AS (
    SELECT * FROM unnest(CAST(:gone AS uuid[]), CAST(:kept AS uuid[])) AS p(gone, kept)
)"""
"""Contacts to remove, each with the one it is merged into."""

FEW = 10_000
"""The most changed contacts that are looked up one by one."""

_ACTIVE = ", ".join(f"'{status}'" for status in ACTIVE)

# One probe of the unique index on (campaign_id, contact_id) per campaign and contact.
_PLACES = text(f"""
WITH {PAIRS}
SELECT c.id AS campaign_id, c.status IN ({_ACTIVE}) AS active, p.gone, p.kept,
    g.seq AS gone_seq, gm.state AS gone_state, k.seq AS kept_seq, km.state AS kept_state
FROM pairs p CROSS JOIN campaigns c
JOIN campaign_recipients g ON g.campaign_id = c.id AND g.contact_id = p.gone
JOIN campaign_recipients k ON k.campaign_id = c.id AND k.contact_id = p.kept
LEFT JOIN messages gm ON gm.campaign_id = c.id AND gm.seq = g.seq
LEFT JOIN messages km ON km.campaign_id = c.id AND km.seq = k.seq
""")

MOVE = text(f"""
WITH {PAIRS}
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

# uq_messages_campaign_id_seq decides between this and a sender claiming the place right now.
_REFUSE = text(f"""
WITH wanted AS (
    SELECT * FROM json_to_recordset(CAST(:rows AS json))
        AS i(id uuid, campaign_id uuid, seq int, contact_id uuid)
),
made AS (
    INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, campaign_id, seq,
        error_detail, failed_at)
    SELECT i.id, c.channel_id, i.contact_id, 'out', 'campaign', 'template', 'refused', i.campaign_id,
        i.seq, '{Refusal.SAME_PERSON}', clock_timestamp()
    FROM wanted i JOIN campaigns c ON c.id = i.campaign_id
    ON CONFLICT (campaign_id, seq) WHERE campaign_id IS NOT NULL DO NOTHING
    RETURNING campaign_id
),
stopped AS (
    UPDATE messages m SET state = 'refused', error_detail = '{Refusal.SAME_PERSON}', error_code = NULL,
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

EXCLUSIONS = text(f"""
WITH {PAIRS}
UPDATE campaign_exclusions e SET contact_id = p.kept FROM pairs p CROSS JOIN campaigns c
WHERE e.campaign_id = c.id AND e.contact_id = p.gone AND NOT EXISTS (
    SELECT FROM campaign_exclusions k WHERE k.campaign_id = c.id AND k.contact_id = p.kept)
""")

# If both were excluded, that is one person: the reason of the one who stays counts.
# Runs after the others were moved. One probe of the primary key per campaign.
EXCLUDED_TWICE = text(f"""
WITH {PAIRS},
gone AS (
    DELETE FROM campaign_exclusions e USING pairs p, campaigns c
    WHERE e.campaign_id = c.id AND e.contact_id = p.gone RETURNING e.campaign_id
)
UPDATE campaign_counters k SET excluded = k.excluded - g.people
FROM (SELECT campaign_id, count(*) AS people FROM gone GROUP BY 1) g
WHERE k.campaign_id = g.campaign_id
""")


async def settle(session: AsyncSession, parameters: dict[str, object]) -> list[UUID]:
    """Keep the place that counts for people in a campaign twice; the other gets nothing more.

    Looks again until nothing was open: a sender may have claimed the other place since the look before, and then that
    place counts.
    """
    campaigns: dict[UUID, None] = {}
    while refused := await _named(session, parameters):
        rows = {"rows": orjson.dumps(refused).decode()}
        campaigns |= dict.fromkeys(await session.scalars(_REFUSE, rows))
    return list(campaigns)


async def _named(session: AsyncSession, parameters: dict[str, object]) -> list[dict[str, object]]:
    """Give each person the place that counts; returns the others that are still open."""
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
        # The unique index does not allow a swap in one step.
        aside = [row | {"contact_id": new_id()} for row in named[::2]]
        for rows in (aside, named[1::2], named[::2]):
            await session.execute(_NAME_PLACES, {"rows": orjson.dumps(rows).decode()})
    return refused


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

# Anything not committed yet has a transaction id from ``since`` on. Primary key look-up.
_MARK = text("""
SELECT CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS since,
    CAST(pg_current_xact_id() AS text) AS own
WHERE NOT EXISTS (SELECT FROM campaign_counters WHERE campaign_id = :campaign_id)
""")

# One pass over contacts; few rows were written since the mark. Not by time: launches follow imports, which touch
# everybody. Contacts the freeze created have the number of their place.
_CHANGED = text("""
SELECT id FROM contacts c
WHERE age(c.xmin) <= age(CAST(CAST(:since AS xid8) AS xid))
    AND c.xmin <> CAST(CAST(:own AS xid8) AS xid) LIMIT :limit
""")


def _at_their_number(which: str) -> TextClause:
    return text(f"""
UPDATE campaign_recipients r SET phone = c.phone FROM contacts c
WHERE r.campaign_id = :campaign_id AND r.contact_id = c.id AND c.phone <> r.phone {which}
    AND NOT EXISTS (SELECT FROM messages m WHERE m.campaign_id = r.campaign_id AND m.seq = r.seq
        AND m.state <> 'queued')
""")


# One probe each of the unique index on (campaign_id, contact_id); or everybody in the campaign.
_THESE = _at_their_number("AND r.contact_id = ANY(CAST(:ids AS uuid[]))")
_EVERYBODY = _at_their_number("")


@dataclass(frozen=True, slots=True)
class Mark:
    """The moment before an audience was frozen: the oldest running transaction's id, and its own."""

    since: str
    own: str


async def mark(session: AsyncSession, campaign_id: UUID) -> Mark | None:
    """Taken in the freezing transaction before it freezes; None when the audience is already frozen."""
    row = (await session.execute(_MARK, {"campaign_id": campaign_id})).one_or_none()
    return Mark(row.since, row.own) if row else None


async def hand_over(session: AsyncSession, campaign_id: UUID, since: Mark | None) -> None:
    """Fix the places of people who were merged, or changed their number, during the freeze.

    Neither transaction saw the other. Without a mark everybody is checked. The caller keeps merges waiting, so later
    ones see the places.
    """
    for row in (await session.execute(_MISSED, {"campaign_id": campaign_id})).all():
        parameters: dict[str, object] = {"gone": [row.gone], "kept": [row.kept]}
        await settle(session, parameters)
        for statement in (MOVE, EXCLUSIONS, EXCLUDED_TWICE):
            await session.execute(statement, parameters)
    known = {"campaign_id": campaign_id}
    changed = await _changed(session, since)
    if changed is None:
        await session.execute(_EVERYBODY, known)
    elif changed:
        await session.execute(_THESE, known | {"ids": changed})


async def _changed(session: AsyncSession, since: Mark | None) -> list[UUID] | None:
    """Contacts written since the mark; None when there are too many or it is unknown."""
    if since is None:
        return None
    asked = {"since": since.since, "own": since.own, "limit": FEW + 1}
    found = list((await session.scalars(_CHANGED, asked)).all())
    return found if len(found) <= FEW else None
