"""Claims: the committed rows that must exist before a message leaves (laws 1 and 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.counters import COUNT_MOVES
from store.gate import REFUSAL

SOON = timedelta(seconds=30)
"""A retry due within this is waited for by the sender itself; a later one by the workflow."""


@dataclass(frozen=True, slots=True)
class Sendable:
    """A claimed recipient of a campaign: this very attempt is on record as ``sending``."""

    message_id: UUID
    attempt: int
    phone: str
    variables: Sequence[str]


# Uses the primary key of campaign_recipients for the range and ix_messages_campaign_id_seq for the
# anti-join; the unique index on (campaign_id, contact_id) decides between two claimers.
_CLAIM_FRESH = text(f"""
WITH picked AS (
    SELECT r.seq, r.contact_id, r.phone, r.variables, row_number() OVER (ORDER BY r.seq) AS n,
        {REFUSAL} AS refusal
    FROM (
        SELECT * FROM campaign_recipients r
        WHERE r.campaign_id = :campaign_id AND r.seq BETWEEN :low AND :high
            AND NOT EXISTS (
                SELECT 1 FROM messages m WHERE m.campaign_id = r.campaign_id AND m.seq = r.seq)
        ORDER BY r.seq LIMIT :wanted
    ) r
    LEFT JOIN contacts ct ON ct.id = r.contact_id
    LEFT JOIN conversations cv ON cv.contact_id = r.contact_id AND cv.channel_id = :channel_id
),
inserted AS (
    INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, campaign_id, seq,
        attempt, claimed_by, claimed_at, error_detail)
    SELECT ids.id, :channel_id, p.contact_id, 'out', 'campaign', 'template',
        CASE WHEN p.refusal IS NULL THEN 'sending' ELSE 'refused' END, :campaign_id, p.seq,
        1, :claim, clock_timestamp(), p.refusal
    FROM picked p
    JOIN unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS ids(id, n) USING (n)
    ON CONFLICT (campaign_id, contact_id) WHERE campaign_id IS NOT NULL DO NOTHING
    RETURNING id, seq, campaign_id, state
),
moves AS (SELECT campaign_id, 'queued' AS before_state, state AS after_state FROM inserted),
{COUNT_MOVES}
SELECT i.id, i.seq, i.state, p.phone, p.variables FROM inserted i JOIN picked p USING (seq) ORDER BY i.seq
""")

# Uses ix_messages_campaign_id_seq.
_CLAIM_AGAIN = text(f"""
WITH due AS (
    SELECT m.id, r.phone, r.variables, {REFUSAL} AS refusal
    FROM messages m
    JOIN campaign_recipients r ON r.campaign_id = m.campaign_id AND r.seq = m.seq
    LEFT JOIN contacts ct ON ct.id = m.contact_id
    LEFT JOIN conversations cv ON cv.contact_id = m.contact_id AND cv.channel_id = m.channel_id
    WHERE m.campaign_id = :campaign_id AND m.seq BETWEEN :low AND :high
        AND m.state = 'queued' AND m.next_try_at <= clock_timestamp()
    ORDER BY m.seq LIMIT :wanted FOR UPDATE OF m SKIP LOCKED
),
claimed AS (
    UPDATE messages m
    SET state = CASE WHEN due.refusal IS NULL THEN 'sending' ELSE 'refused' END,
        attempt = m.attempt + 1, claimed_by = :claim, claimed_at = clock_timestamp(),
        next_try_at = NULL, error_detail = due.refusal
    FROM due WHERE m.id = due.id
    RETURNING m.id, m.campaign_id, m.state, m.attempt, due.phone, due.variables
),
moves AS (SELECT campaign_id, 'queued' AS before_state, state AS after_state FROM claimed),
{COUNT_MOVES}
SELECT id, state, attempt, phone, variables FROM claimed
""")

_CLAIMED_BY = text("""
SELECT m.id, m.attempt, r.phone, r.variables
FROM messages m JOIN campaign_recipients r ON r.campaign_id = m.campaign_id AND r.seq = m.seq
WHERE m.campaign_id = :campaign_id AND m.seq BETWEEN :low AND :high
    AND m.claimed_by = :claim AND m.state = 'sending'
""")

# Uses ix_messages_campaign_id_seq.
_ABANDON = text(f"""
WITH stale AS (
    SELECT id, campaign_id, attempt FROM messages
    WHERE campaign_id = :campaign_id AND seq BETWEEN :low AND :high AND state = 'sending'
        AND claimed_by NOT LIKE :owner || '/%'
    ORDER BY id FOR UPDATE
),
changed AS (
    UPDATE messages m SET state = 'unknown', error_detail = 'sender_died' FROM stale s WHERE m.id = s.id
    RETURNING m.id, m.campaign_id, m.attempt
),
logged AS (
    INSERT INTO message_attempts (message_id, attempt, outcome, error_detail)
    SELECT id, attempt, 'unknown', 'sender_died' FROM changed
),
moves AS (SELECT campaign_id, 'sending' AS before_state, 'unknown' AS after_state FROM changed),
{COUNT_MOVES}
SELECT count(*) FROM changed
""")


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a campaign one activity works on."""

    campaign_id: UUID
    channel_id: UUID
    low: int
    high: int

    def parameters(self) -> dict[str, object]:
        """The span as bind parameters."""
        return {"campaign_id": self.campaign_id, "low": self.low, "high": self.high}


async def claim_fresh(
    session: AsyncSession, span: Span, after: int, ids: list[UUID], claim: str, marketing: bool
) -> tuple[list[Sendable], int | None]:
    """Claim the next recipients after a seq that have no message yet; also the last seq touched.

    People the gate refuses become ``refused`` rows and are not returned.
    """
    parameters = span.parameters() | {
        "low": after + 1, "channel_id": span.channel_id, "wanted": len(ids), "ids": ids,
        "claim": claim, "marketing": marketing, "free_form": False,
    }  # fmt: skip
    rows = (await session.execute(_CLAIM_FRESH, parameters)).all()
    sendable = [
        Sendable(row.id, 1, row.phone, row.variables) for row in rows if row.state == "sending"
    ]
    return sendable, rows[-1].seq if rows else None


async def claim_again(
    session: AsyncSession, span: Span, wanted: int, claim: str, marketing: bool
) -> list[Sendable]:
    """Claim messages whose earlier attempt definitely did not leave and whose next try is due."""
    parameters = span.parameters() | {
        "wanted": wanted, "claim": claim, "marketing": marketing, "free_form": False,
    }  # fmt: skip
    rows = (await session.execute(_CLAIM_AGAIN, parameters)).all()
    return [
        Sendable(row.id, row.attempt, row.phone, row.variables)
        for row in rows
        if row.state == "sending"
    ]


async def claimed_by(session: AsyncSession, span: Span, claim: str) -> list[Sendable]:
    """What a claim holds, for a sender that lost the answer to its own commit."""
    rows = (await session.execute(_CLAIMED_BY, span.parameters() | {"claim": claim})).all()
    return [Sendable(row.id, row.attempt, row.phone, row.variables) for row in rows]


async def abandon_others(session: AsyncSession, span: Span, owner: str) -> int:
    """Mark what a dead sender left ``sending`` in the span as ``unknown``; how many."""
    result = await session.execute(_ABANDON, span.parameters() | {"owner": owner})
    return int(result.scalar_one())


# Uses ix_messages_campaign_id_seq.
_NEXT_TRY = text("""
SELECT min(next_try_at) - clock_timestamp() FROM messages
WHERE campaign_id = :campaign_id AND seq BETWEEN :low AND :high AND state = 'queued'
""")


async def next_try(session: AsyncSession, span: Span) -> timedelta | None:
    """How long until the next retry of the span is due; None when there is none."""
    result = await session.execute(_NEXT_TRY, span.parameters())
    wait: timedelta | None = result.scalar_one()
    return wait
