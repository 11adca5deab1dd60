"""Claims: the committed rows that must exist before a message leaves (laws 1 and 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from store import gate
from store.counters import COUNT_MOVES
from store.gate import LEAVING
from store.sending import budget
from store.sending.pulses import GOES, PULSE, Pulse

SOON = timedelta(seconds=30)
"""A sender waits for a retry due within this time; the workflow waits for later ones."""


@dataclass(frozen=True, slots=True)
class Sendable:
    """A claimed recipient of a campaign: this very attempt is on record as ``sending``."""

    message_id: UUID
    attempt: int
    phone: str
    variables: Sequence[str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a claim took, and the campaign as the same statement saw it.

    ``spent``: the portfolio's budget ran out before the people did, or the number rests.
    After ``leave_by``, which the claimer knows, none of it may be sent.
    """

    pulse: Pulse | None
    items: Sequence[Sendable] = ()
    spent: bool = False
    leave_by: float = 0.0


_ANSWER = """
SELECT pulse.*, (SELECT count(*) FROM picked) < (SELECT count(*) FROM candidates) AS spent,
    m.id, m.attempt, m.phone, m.variables
FROM pulse LEFT JOIN made m ON m.state = 'sending'
ORDER BY m.seq
"""

_REFUSAL = f"""{gate.first(gate.person("(SELECT marketing FROM pulse)"))} AS refusal,
        {gate.is_open("cv")} AS window_open"""

# The state of a candidate after gate and budget; from ``p(contact_id, refusal)``.
_STATE = f"""CASE WHEN p.refusal IS NULL THEN 'sending'
        WHEN p.refusal = '{LEAVING}' THEN 'queued' ELSE 'refused' END"""
_REASON = f"nullif(p.refusal, '{LEAVING}')"
# pk_leaving and pk_deletions, only for people being deleted.
_WAITS_UNTIL = f"""CASE WHEN p.refusal = '{LEAVING}' THEN greatest(clock_timestamp(), (
        SELECT d.due_at FROM leaving l JOIN deletions d ON d.id = l.deletion_id
        WHERE l.contact_id = p.contact_id)) + interval '2 seconds' END"""
_TRIED = f"CASE WHEN p.refusal = '{LEAVING}' THEN 0 ELSE 1 END"
"""Waiting people have not been tried."""

# People without a message in a short range of seqs, which are dense. Uses the primary key of campaign_recipients for
# the range and, per person, uq_messages_campaign_id_seq, which also decides between two claimers. An anti-join planned
# while the table was small would read the whole campaign each time: 1,300 µs per message instead of 60.
_FRESH_CANDIDATES = f"""
candidates AS MATERIALIZED (
    SELECT r.seq, r.contact_id, r.phone, r.variables, {_REFUSAL}
    FROM campaign_recipients r
    LEFT JOIN contacts ct ON ct.id = r.contact_id
    LEFT JOIN conversations cv ON cv.contact_id = r.contact_id AND cv.channel_id = :channel_id
    LEFT JOIN LATERAL (
        SELECT true AS has_one FROM messages m
        WHERE m.campaign_id = r.campaign_id AND m.seq = r.seq LIMIT 1
    ) message ON true
    WHERE r.campaign_id = :campaign_id AND r.seq BETWEEN :low AND :high AND {GOES}
        AND message.has_one IS NULL
),
"""

_INSERTED = f"""
inserted AS (
    INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, campaign_id, seq,
        attempt, claimed_by, claimed_at, error_detail, next_try_at)
    SELECT ids.id, :channel_id, p.contact_id, 'out', 'campaign', 'template', {_STATE}, :campaign_id, p.seq,
        {_TRIED}, :claim, clock_timestamp(), {_REASON}, {_WAITS_UNTIL}
    FROM (SELECT *, row_number() OVER (ORDER BY seq) AS n FROM picked) p
    JOIN unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS ids(id, n) USING (n)
    ON CONFLICT (campaign_id, seq) WHERE campaign_id IS NOT NULL DO NOTHING
    RETURNING id, seq, campaign_id, state, attempt
),
moves AS (SELECT campaign_id, 'queued' AS before_state, state AS after_state FROM inserted),
made AS (
    SELECT i.id, i.seq, i.state, i.attempt, p.phone, p.variables FROM inserted i JOIN picked p USING (seq)
),
"""

# Messages whose earlier attempt reached nobody; uses ix_messages_retries.
_DUE_CANDIDATES = f"""
candidates AS MATERIALIZED (
    SELECT m.id, m.seq, m.contact_id, m.attempt, r.phone, r.variables, {_REFUSAL}
    FROM messages m
    JOIN campaign_recipients r ON r.campaign_id = m.campaign_id AND r.seq = m.seq
    LEFT JOIN contacts ct ON ct.id = m.contact_id
    LEFT JOIN conversations cv ON cv.contact_id = m.contact_id AND cv.channel_id = m.channel_id
    WHERE m.campaign_id = :campaign_id AND m.next_try_at <= clock_timestamp()
        AND m.seq BETWEEN :low AND :high AND m.state = 'queued' AND {GOES}
    ORDER BY m.seq LIMIT :wanted FOR NO KEY UPDATE OF m SKIP LOCKED
),
"""

_UPDATED = f"""
claimed AS (
    UPDATE messages m
    SET state = {_STATE}, attempt = m.attempt + {_TRIED}, claimed_by = :claim,
        claimed_at = clock_timestamp(), next_try_at = {_WAITS_UNTIL}, error_detail = {_REASON}
    FROM picked p WHERE m.id = p.id
    RETURNING m.id, m.seq, m.campaign_id, m.state, m.attempt, p.phone, p.variables
),
moves AS (SELECT campaign_id, 'queued' AS before_state, state AS after_state FROM claimed),
made AS (SELECT id, seq, state, attempt, phone, variables FROM claimed),
"""


def _claim(candidates: str, within: str, written: str) -> TextClause:
    """One statement: read the campaign, ask the gate, keep within the budget, write, count, return."""
    return text(f"WITH {PULSE}, {candidates} {within} {written} {COUNT_MOVES} {_ANSWER}")


_BUDGETS = {False: budget.WITHOUT, True: budget.WITHIN}
_CLAIM_FRESH = {key: _claim(_FRESH_CANDIDATES, part, _INSERTED) for key, part in _BUDGETS.items()}
_CLAIM_AGAIN = {key: _claim(_DUE_CANDIDATES, part, _UPDATED) for key, part in _BUDGETS.items()}
"""The statement, by whether the portfolio has a limit."""

_CLAIMED_BY = text("""
SELECT m.id, m.attempt, r.phone, r.variables
FROM messages m JOIN campaign_recipients r ON r.campaign_id = m.campaign_id AND r.seq = m.seq
WHERE m.campaign_id = :campaign_id AND m.seq BETWEEN :low AND :high
    AND m.claimed_by = :claim AND m.state = 'sending'
""")

# Uses uq_messages_campaign_id_seq.
_ABANDON = text(f"""
WITH stale AS (
    SELECT id, campaign_id, attempt FROM messages
    WHERE campaign_id = :campaign_id AND seq BETWEEN :low AND :high AND state = 'sending'
        AND claimed_by NOT LIKE :owner || '/%'
    ORDER BY id FOR NO KEY UPDATE
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
    session: AsyncSession,
    span: Span,
    after: int,
    ids: list[UUID],
    claim: str,
    *,
    limited: bool = False,
) -> Taken:
    """Claim recipients without a message yet, from as many after a seq as there are ids.

    People the gate refuses become ``refused`` rows, people being deleted wait; neither are returned. If the portfolio
    is ``limited``, its budget must already be locked in the same transaction.
    """
    parameters = span.parameters() | {
        "low": after + 1, "high": min(span.high, after + len(ids)), "channel_id": span.channel_id, "ids": ids,
        "claim": claim,
    }  # fmt: skip
    return _taken((await session.execute(_CLAIM_FRESH[limited], parameters)).all())


async def claim_again(
    session: AsyncSession,
    span: Span,
    wanted: int,
    claim: str,
    *,
    limited: bool = False,
) -> Taken:
    """Claim messages whose earlier attempt definitely did not arrive and whose next try is due."""
    parameters = span.parameters() | {
        "channel_id": span.channel_id, "wanted": wanted, "claim": claim,
    }  # fmt: skip
    return _taken((await session.execute(_CLAIM_AGAIN[limited], parameters)).all())


def _taken(rows: Sequence[Any]) -> Taken:
    if not rows:
        return Taken(None)
    first = rows[0]
    pulse = Pulse(
        first.halt, first.marketing, first.throttle, first.throughput, first.limited, first.rest
    )
    items = [Sendable(r.id, r.attempt, r.phone, r.variables) for r in rows if r.id is not None]
    return Taken(pulse, items, first.spent or first.rest is not None)


async def claimed_by(session: AsyncSession, span: Span, claim: str) -> list[Sendable]:
    """The contents of a claim, for a sender that lost the answer to its own commit."""
    rows = (await session.execute(_CLAIMED_BY, span.parameters() | {"claim": claim})).all()
    return [Sendable(row.id, row.attempt, row.phone, row.variables) for row in rows]


async def abandon_others(session: AsyncSession, span: Span, owner: str) -> int:
    """Mark what a dead sender left ``sending`` in the span as ``unknown``; returns how many."""
    result = await session.execute(_ABANDON, span.parameters() | {"owner": owner})
    return int(result.scalar_one())


# Uses ix_messages_retries.
_NEXT_TRY = text("""
SELECT min(next_try_at) - clock_timestamp() FROM messages
WHERE campaign_id = :campaign_id AND next_try_at IS NOT NULL AND seq BETWEEN :low AND :high
    AND state = 'queued'
""")


async def next_try(session: AsyncSession, span: Span) -> timedelta | None:
    """How long until the span's next retry is due; None if there is none."""
    result = await session.execute(_NEXT_TRY, span.parameters())
    wait: timedelta | None = result.scalar_one()
    return wait


# Uses the primary key of campaign_recipients and uq_messages_campaign_id_seq.
_FIRST_FRESH = text("""
SELECT min(r.seq) FROM campaign_recipients r
WHERE r.campaign_id = :campaign_id AND r.seq BETWEEN :low AND :high
    AND NOT EXISTS (SELECT FROM messages m WHERE m.campaign_id = r.campaign_id AND m.seq = r.seq)
""")


async def first_fresh(session: AsyncSession, span: Span) -> int | None:
    """The first recipient of a span without a message; None if all have one."""
    found: int | None = (await session.execute(_FIRST_FRESH, span.parameters())).scalar_one()
    return found
